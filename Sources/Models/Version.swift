/// A version of a model: files and registration metadata that never change.
public struct Version: Hashable, Sendable, Codable, CanonicalCodable {
    /// The project.
    public let project: ProjectName
    /// The model.
    public let model: ModelName
    /// The version's number, from 1, without gaps.
    public let number: UInt64
    /// What the version's files are: see `digest(of:)`.
    public let digest: Digest
    /// The files, in the order of their paths' bytes.
    public let files: [FileEntry]
    /// What was told about the version at registration: a JSON object.
    public let metadata: JSONValue
    /// Labels given at registration.
    public let tags: [String: String]
    /// Why this version is; may be empty.
    public let message: String
    /// When it was registered.
    public let createdAt: Timestamp
    /// Who registered it.
    public let createdBy: PrincipalName
    /// The site it was registered through.
    public let site: SiteName
    /// What was found in the files; nil when nobody looked, as builds did before.
    public let inspection: Inspection?

    enum CodingKeys: String, CodingKey {
        case project, model, number, digest, files, metadata, tags, message, site, inspection
        case createdAt = "created_at"
        case createdBy = "created_by"
    }

    /// A version as recorded.
    package init(
        project: ProjectName, model: ModelName, number: UInt64, files: [FileEntry], metadata: JSONValue,
        tags: [String: String], message: String, createdAt: Timestamp, createdBy: PrincipalName, site: SiteName,
        inspection: Inspection? = nil
    ) {
        self.project = project
        self.model = model
        self.number = number
        let ordered = files.sorted { $0.path < $1.path }
        self.digest = Version.digest(of: ordered)
        self.files = ordered
        self.metadata = metadata
        self.tags = tags
        self.message = message
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.site = site
        self.inspection = inspection
    }

    /// The version's card: its README.md.
    package var card: FileEntry? { files.first { $0.path.text.lowercased() == "readme.md" } }

    /// Bytes of all files.
    public var size: UInt64 { files.reduce(0) { $0.addingReportingOverflow($1.size).partialValue } }

    /// SHA-256 of what `sha256sum` prints for the files in the order of `LC_ALL=C sort`: anyone can recompute it from a
    /// directory with `find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum`.
    public static func digest(of files: [FileEntry]) -> Digest {
        var text = ""
        for file in files.sorted(by: { $0.path < $1.path }) { text += "\(file.sha256)  \(file.path)\n" }
        return Digest(of: Array(text.utf8))
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(inspection == nil ? 1 : 2))
        writer.write(project)
        writer.write(model)
        writer.write(number)
        writer.write(digest)
        writer.write(list: files)
        writer.write(metadata)
        writer.write(tags)
        writer.write(message)
        writer.write(createdAt)
        writer.write(createdBy)
        writer.write(site)
        if let inspection { writer.write(inspection) }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let format = try reader.readVersion(of: "version", known: 1...2)
        project = try reader.read()
        model = try reader.read()
        number = try reader.readInteger()
        digest = try reader.read()
        files = try reader.readList()
        metadata = try reader.read()
        tags = try reader.readStringMap()
        message = try reader.readString()
        createdAt = try reader.read()
        createdBy = try reader.read()
        site = try reader.read()
        inspection = format > 1 ? try reader.read(Inspection.self) : nil
    }
}

/// A version with what is said about it elsewhere: the answer to “show me this version”.
public struct VersionDescription: Hashable, Sendable, Codable {
    /// The version itself; its members stand beside the others in JSON.
    public let version: Version
    /// The aliases that name it now, in order.
    public let aliases: [AliasName]
    /// Where it stands, once it was moved; until then it is in the first stage of its project's lifecycle.
    public let stage: VersionStage?
    /// Why it must not be used any more: its own recalls and those of what it is made of. Nil when there are none, and in
    /// listings.
    public let recalls: [Recall]?

    enum CodingKeys: String, CodingKey {
        case aliases, size, stage, recalls
    }

    /// `version` with its present aliases.
    package init(version: Version, aliases: [AliasName], stage: VersionStage? = nil, recalls: [Recall] = []) {
        self.version = version
        self.aliases = aliases
        self.stage = stage
        self.recalls = recalls.isEmpty ? nil : recalls
    }

    /// Decodes version and aliases from one object.
    public init(from decoder: any Decoder) throws {
        version = try Version(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        aliases = try container.decode([AliasName].self, forKey: .aliases)
        stage = try container.decodeIfPresent(VersionStage.self, forKey: .stage)
        recalls = try container.decodeIfPresent([Recall].self, forKey: .recalls)
    }

    /// Encodes version, total size in bytes and aliases as one object.
    public func encode(to encoder: any Encoder) throws {
        try version.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(aliases, forKey: .aliases)
        try container.encode(version.size, forKey: .size)
        try container.encodeIfPresent(stage, forKey: .stage)
        try container.encodeIfPresent(recalls, forKey: .recalls)
    }
}
