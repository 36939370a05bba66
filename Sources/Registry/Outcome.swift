package import Models

/// What applying a command gave: the same on every node.
package enum Outcome: Hashable, Sendable, CanonicalCodable {
    /// It took effect.
    case accepted(Result)
    /// It was refused and changed nothing.
    case rejected(Rejection)

    /// What an accepted command made.
    package enum Result: Hashable, Sendable {
        /// Nothing to show.
        case none
        /// The project created.
        case project(Project)
        /// The model created.
        case model(Model)
        /// The version registered.
        case version(project: ProjectName, model: ModelName, number: UInt64, digest: Digest)
        /// The alias as it is now.
        case alias(Alias)
        /// The member as it is now.
        case member(ClusterMember)
    }

    /// How audit records tell that a command took effect.
    package static let acceptedCode = "accepted"

    /// `accepted`, or the code of the rejection: how audit records tell it.
    package var code: String {
        switch self {
        case .accepted: Self.acceptedCode
        case .rejected(let rejection): rejection.code.rawValue
        }
    }

    package func encode(to writer: inout CanonicalWriter) {
        switch self {
        case .accepted(let result):
            writer.write(UInt8(1))
            writer.write(result)
        case .rejected(let rejection):
            writer.write(UInt8(2))
            writer.write(rejection)
        }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        switch try reader.readInteger(UInt8.self) {
        case 1: self = .accepted(try reader.read())
        case 2: self = .rejected(try reader.read())
        case let other: throw .invalid("\(other) is not a kind of outcome")
        }
    }
}

extension Outcome.Result: CanonicalCodable {
    package func encode(to writer: inout CanonicalWriter) {
        switch self {
        case .none: writer.write(UInt8(0))
        case .project(let project):
            writer.write(UInt8(1))
            writer.write(project)
        case .model(let model):
            writer.write(UInt8(2))
            writer.write(model)
        case .version(let project, let model, let number, let digest):
            writer.write(UInt8(3))
            writer.write(project)
            writer.write(model)
            writer.write(number)
            writer.write(digest)
        case .alias(let alias):
            writer.write(UInt8(4))
            writer.write(alias)
        case .member(let member):
            writer.write(UInt8(5))
            writer.write(DescribedMember(member))
        }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        switch try reader.readInteger(UInt8.self) {
        case 0: self = .none
        case 1: self = .project(try reader.read())
        case 2: self = .model(try reader.read())
        case 3:
            self = .version(
                project: try reader.read(), model: try reader.read(), number: try reader.readInteger(),
                digest: try reader.read())
        case 4: self = .alias(try reader.read())
        case 5: self = .member(try reader.read(DescribedMember.self).member)
        case let other: throw .invalid("\(other) is not a kind of result")
        }
    }
}
