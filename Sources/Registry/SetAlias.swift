package import Models

/// Asks that an alias name a version.
package struct SetAlias: Hashable, Sendable, CanonicalCodable {
    /// The project.
    package let project: ProjectName
    /// The model.
    package let model: ModelName
    /// The alias.
    package let alias: AliasName
    /// The number of the version it shall name.
    package let version: UInt64
    /// What it must name now.
    package let expectation: AliasExpectation
    /// Why; kept in the alias's history.
    package let reason: String

    /// A command that moves `alias` to `version`.
    package init(
        project: ProjectName, model: ModelName, alias: AliasName, version: UInt64, expectation: AliasExpectation,
        reason: String
    ) {
        self.project = project
        self.model = model
        self.alias = alias
        self.version = version
        self.expectation = expectation
        self.reason = reason
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(project)
        writer.write(model)
        writer.write(alias)
        writer.write(version)
        writer.write(expectation)
        writer.write(reason)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        project = try reader.read()
        model = try reader.read()
        alias = try reader.read()
        version = try reader.readInteger()
        expectation = try reader.read()
        reason = try reader.readString()
    }
}

/// What an alias must name for a command to take effect: how two clients do not undo each other's moves.
package enum AliasExpectation: Hashable, Sendable, CanonicalCodable {
    /// Anything or nothing.
    case none
    /// It must not exist.
    case absent
    /// It must name the version of this number.
    case version(UInt64)

    package func encode(to writer: inout CanonicalWriter) {
        switch self {
        case .none: writer.write(UInt8(0))
        case .absent: writer.write(UInt8(1))
        case .version(let number):
            writer.write(UInt8(2))
            writer.write(number)
        }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        switch try reader.readInteger(UInt8.self) {
        case 0: self = .none
        case 1: self = .absent
        case 2: self = .version(try reader.readInteger())
        case let other: throw .invalid("\(other) is not a kind of expectation")
        }
    }
}
