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
    /// What was found in the files; nil in a cluster whose members do not all know of inspections.
    package let inspection: Inspection?
    /// What was found against the project's schema; nil where the node that was asked knew of none.
    package let check: SchemaCheck?

    /// A command that registers `files`.
    package init(
        project: ProjectName, model: ModelName, files: [FileEntry], metadata: JSONValue, tags: [String: String],
        message: String, aliases: [AliasName], holders: [UInt64], inspection: Inspection? = nil,
        check: SchemaCheck? = nil
    ) {
        self.project = project
        self.model = model
        self.files = files
        self.metadata = metadata
        self.tags = tags
        self.message = message
        self.aliases = aliases
        self.holders = holders
        self.inspection = inspection
        self.check = check
    }

    /// The format of its fields: the second says what was found in the files, the third also what was found against a
    /// schema.
    var format: UInt8 { check != nil ? 3 : inspection == nil ? 1 : 2 }

    /// The same request without receipts and findings: a retry through another node asks for the same and brings its own.
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
        if let check {
            writer.write(inspection) { $0.write($1) }
            writer.write(check)
        } else if let inspection {
            writer.write(inspection)
        }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) { try self.init(from: &reader, format: 1) }

    init(from reader: inout CanonicalReader, format: UInt8) throws(CanonicalError) {
        project = try reader.read()
        model = try reader.read()
        files = try reader.readList()
        metadata = try reader.read()
        tags = try reader.readStringMap()
        message = try reader.readString()
        aliases = try reader.readList()
        holders = try reader.readList { (reader) throws(CanonicalError) in try reader.readInteger() }
        switch format {
        case 1: (inspection, check) = (nil, nil)
        case 2: (inspection, check) = (try reader.read(Inspection.self), nil)
        default:
            inspection = try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() }
            check = try reader.read(SchemaCheck.self)
        }
    }
}
