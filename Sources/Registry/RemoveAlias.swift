package import Models

/// Asks that an alias name nothing any more. Its history stays.
package struct RemoveAlias: Hashable, Sendable, CanonicalCodable {
    /// The project.
    package let project: ProjectName
    /// The model.
    package let model: ModelName
    /// The alias.
    package let alias: AliasName
    /// What it must name now.
    package let expectation: AliasExpectation
    /// Why; kept in the alias's history.
    package let reason: String

    /// A command that removes `alias`.
    package init(
        project: ProjectName, model: ModelName, alias: AliasName, expectation: AliasExpectation, reason: String
    ) {
        self.project = project
        self.model = model
        self.alias = alias
        self.expectation = expectation
        self.reason = reason
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(project)
        writer.write(model)
        writer.write(alias)
        writer.write(expectation)
        writer.write(reason)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        project = try reader.read()
        model = try reader.read()
        alias = try reader.read()
        expectation = try reader.read()
        reason = try reader.readString()
    }
}
