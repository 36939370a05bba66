package import Models

/// Asks to make files the next version of a model. Project and model are created when they do not exist.
package struct RegisterVersion: Hashable, Sendable, CanonicalCodable {
    /// The project.
    package let project: ProjectName
    /// The model.
    package let model: ModelName
    /// The files, in any order.
    package let files: [FileEntry]
    /// What is told about the version: a JSON object.
    package let metadata: JSONValue
    /// Labels.
    package let tags: [String: String]
    /// Why this version is; may be empty.
    package let message: String
    /// Aliases that move to the version in the same step, beside `main`.
    package let aliases: [AliasName]
    /// The members that gave receipts for all bytes of all files.
    package let holders: [UInt64]

    /// A command that registers `files`.
    package init(
        project: ProjectName, model: ModelName, files: [FileEntry], metadata: JSONValue, tags: [String: String],
        message: String, aliases: [AliasName], holders: [UInt64]
    ) {
        self.project = project
        self.model = model
        self.files = files
        self.metadata = metadata
        self.tags = tags
        self.message = message
        self.aliases = aliases
        self.holders = holders
    }

    /// The same request without receipts: a retry through another node asks for the same and brings other receipts.
    var withoutHolders: RegisterVersion {
        RegisterVersion(
            project: project, model: model, files: files, metadata: metadata, tags: tags, message: message,
            aliases: aliases, holders: [])
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(project)
        writer.write(model)
        writer.write(list: files)
        writer.write(metadata)
        writer.write(tags)
        writer.write(message)
        writer.write(list: aliases)
        writer.write(list: holders) { $0.write($1) }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        project = try reader.read()
        model = try reader.read()
        files = try reader.readList()
        metadata = try reader.read()
        tags = try reader.readStringMap()
        message = try reader.readString()
        aliases = try reader.readList()
        holders = try reader.readList { (reader) throws(CanonicalError) in try reader.readInteger() }
    }
}
