package import Models

/// Asks for a project.
package struct CreateProject: Hashable, Sendable, CanonicalCodable {
    /// The project's name.
    package let name: ProjectName
    /// What it is for; may be empty.
    package let description: String

    /// A command that creates the project `name`.
    package init(name: ProjectName, description: String) {
        self.name = name
        self.description = description
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(name)
        writer.write(description)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        name = try reader.read()
        description = try reader.readString()
    }
}
