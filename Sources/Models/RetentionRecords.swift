/// A version that was deleted. Until `purgeAt` it can be taken back; then it and its bytes go, and this stays behind so
/// that it never comes back.
public struct DeletedVersion: Hashable, Sendable, Codable, CanonicalCodable {
    /// The project.
    public let project: ProjectName
    /// The model.
    public let model: ModelName
    /// The version's number, which no other ever has.
    public let number: UInt64
    /// The version's digest.
    public let digest: Digest
    /// Bytes of its files.
    public let size: UInt64
    /// When it was deleted.
    public let at: Timestamp
    /// By whom.
    public let by: PrincipalName
    /// Why.
    public let reason: String
    /// From when on it may be purged.
    public let purgeAt: Timestamp
    /// The version as it was, until it is purged.
    package let version: Version?

    enum CodingKeys: String, CodingKey {
        case project, model, number, digest, size, at, by, reason, purged
        case purgeAt = "purge_at"
    }

    /// Whether nothing is left of it but this.
    public var isPurged: Bool { version == nil }

    /// A version that was deleted.
    package init(_ version: Version, at: Timestamp, by: PrincipalName, reason: String, purgeAt: Timestamp) {
        self.init(
            project: version.project, model: version.model, number: version.number, digest: version.digest,
            size: version.size, at: at, by: by, reason: reason, purgeAt: purgeAt, version: version)
    }

    private init(
        project: ProjectName, model: ModelName, number: UInt64, digest: Digest, size: UInt64, at: Timestamp,
        by: PrincipalName, reason: String, purgeAt: Timestamp, version: Version?
    ) {
        self.project = project
        self.model = model
        self.number = number
        self.digest = digest
        self.size = size
        self.at = at
        self.by = by
        self.reason = reason
        self.purgeAt = purgeAt
        self.version = version
    }

    /// What stays behind.
    package var purged: DeletedVersion {
        DeletedVersion(
            project: project, model: model, number: number, digest: digest, size: size, at: at, by: by,
            reason: reason, purgeAt: purgeAt, version: nil)
    }

    /// Decodes what `encode` wrote; of the version itself nothing is told.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            project: try container.decode(ProjectName.self, forKey: .project),
            model: try container.decode(ModelName.self, forKey: .model),
            number: try container.decode(UInt64.self, forKey: .number),
            digest: try container.decode(Digest.self, forKey: .digest),
            size: try container.decode(UInt64.self, forKey: .size),
            at: try container.decode(Timestamp.self, forKey: .at),
            by: try container.decode(PrincipalName.self, forKey: .by),
            reason: try container.decode(String.self, forKey: .reason),
            purgeAt: try container.decode(Timestamp.self, forKey: .purgeAt), version: nil)
    }

    /// Encodes all but the version itself.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(project, forKey: .project)
        try container.encode(model, forKey: .model)
        try container.encode(number, forKey: .number)
        try container.encode(digest, forKey: .digest)
        try container.encode(size, forKey: .size)
        try container.encode(at, forKey: .at)
        try container.encode(by, forKey: .by)
        try container.encode(reason, forKey: .reason)
        try container.encode(purgeAt, forKey: .purgeAt)
        try container.encode(isPurged, forKey: .purged)
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(project)
        writer.write(model)
        writer.write(number)
        writer.write(digest)
        writer.write(size)
        writer.write(at)
        writer.write(by)
        writer.write(reason)
        writer.write(purgeAt)
        writer.write(version) { $0.write($1) }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "deleted version", known: 1...1)
        self.init(
            project: try reader.read(), model: try reader.read(), number: try reader.readInteger(),
            digest: try reader.read(), size: try reader.readInteger(), at: try reader.read(), by: try reader.read(),
            reason: try reader.readString(), purgeAt: try reader.read(),
            version: try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() })
    }
}

/// That a project or model was deleted: its name is not given to another.
public struct Tombstone: Hashable, Sendable, Codable, CanonicalCodable {
    /// Why.
    public let reason: String
    /// When.
    public let at: Timestamp
    /// By whom.
    public let by: PrincipalName

    /// A deletion as recorded.
    package init(reason: String, at: Timestamp, by: PrincipalName) {
        self.reason = reason
        self.at = at
        self.by = by
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(reason)
        writer.write(at)
        writer.write(by)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "tombstone", known: 1...1)
        reason = try reader.readString()
        at = try reader.read()
        by = try reader.read()
    }
}

/// Somebody's word that a version must be kept, whatever else is decided.
public struct Hold: Hashable, Sendable, Codable, CanonicalCodable {
    /// Why.
    public let reason: String
    /// Since when.
    public let at: Timestamp
    /// By whom.
    public let by: PrincipalName

    /// A hold as recorded.
    package init(reason: String, at: Timestamp, by: PrincipalName) {
        self.reason = reason
        self.at = at
        self.by = by
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(reason)
        writer.write(at)
        writer.write(by)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "hold", known: 1...1)
        reason = try reader.readString()
        at = try reader.read()
        by = try reader.read()
    }
}
