package import Models

/// Asks for a model in a project that exists.
package struct CreateModel: Hashable, Sendable, CanonicalCodable {
    /// The project.
    package let project: ProjectName
    /// The model's name.
    package let name: ModelName
    /// What it is; may be empty.
    package let description: String

    /// A command that creates the model `name` in `project`.
    package init(project: ProjectName, name: ModelName, description: String) {
        self.project = project
        self.name = name
        self.description = description
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(project)
        writer.write(name)
        writer.write(description)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        project = try reader.read()
        name = try reader.read()
        description = try reader.readString()
    }
}
