package import Models

/// Asks that an alias name again what it named before its last move: a move of its own, with a reason, which the next
/// one undoes.
package struct RollBackAlias: Hashable, Sendable, CanonicalCodable {
    /// The project.
    package let project: ProjectName
    /// The model.
    package let model: ModelName
    /// The alias; it may have been removed.
    package let alias: AliasName
    /// A version that it named before; nil for that before the last move.
    package let to: UInt64?
    /// What it must name now.
    package let expectation: AliasExpectation
    /// Why; never empty.
    package let reason: String

    /// Moves of an alias among which a version is looked for.
    package static let searchedMoves = 1_000

    /// A command that rolls `alias` back.
    package init(
        project: ProjectName, model: ModelName, alias: AliasName, to: UInt64?, expectation: AliasExpectation,
        reason: String
    ) {
        self.project = project
        self.model = model
        self.alias = alias
        self.to = to
        self.expectation = expectation
        self.reason = reason
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(project)
        writer.write(model)
        writer.write(alias)
        writer.write(to) { $0.write($1) }
        writer.write(expectation)
        writer.write(reason)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        project = try reader.read()
        model = try reader.read()
        alias = try reader.read()
        to = try reader.readOptional { (reader) throws(CanonicalError) in try reader.readInteger() }
        expectation = try reader.read()
        reason = try reader.readString()
    }
}
