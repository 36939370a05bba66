package import Models

/// Asks for a project.
package struct CreateProject: Hashable, Sendable, CanonicalCodable {
    /// The project's name.
    package let name: ProjectName
    /// What it is for; may be empty.
    package let description: String
    /// Who sees it; nil for everyone who has a token.
    package let visibility: Visibility?

    /// A command that creates the project `name`.
    package init(name: ProjectName, description: String, visibility: Visibility? = nil) {
        self.name = name
        self.description = description
        self.visibility = visibility == .internal ? nil : visibility
    }

    /// The format of its fields: the second says who sees it.
    var format: UInt8 { visibility == nil ? 1 : 2 }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(name)
        writer.write(description)
        if let visibility { writer.write(visibility) }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) { try self.init(from: &reader, format: 1) }

    init(from reader: inout CanonicalReader, format: UInt8) throws(CanonicalError) {
        name = try reader.read()
        description = try reader.readString()
        visibility = format > 1 ? try reader.read(Visibility.self) : nil
        if visibility == .internal { throw .invalid("the second format says who else sees a project than everyone") }
    }
}
