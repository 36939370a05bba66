/// A project: what a team owns; models live in it.
public struct Project: Hashable, Sendable, Codable, CanonicalCodable {
    /// The project's name.
    public let name: ProjectName
    /// What it is for; may be empty.
    public var description: String
    /// When it was created.
    public let createdAt: Timestamp
    /// Who created it.
    public let createdBy: PrincipalName
    /// The sites that hold the bytes of its files, in order, and no others do; nil for every site.
    public var sites: [SiteName]?
    /// The index of the log at which they, or those that stages name, became these; nil when they always were.
    package var sitesSince: UInt64?
    /// How many bytes its files may have; nil for as many as there is room for.
    public var quotaBytes: UInt64?
    /// How many bytes its files have, equal files counted once; nil where that was never counted.
    public var usedBytes: UInt64?
    /// The verdicts on files that it does not take, in order; nil for `standardRefusals`.
    public var refuses: [Verdict]?
    /// Who sees it; nil for everyone who has a token.
    public var visibility: Visibility?

    /// What is refused where nothing else is said: files that run code, and broken ones.
    public static let standardRefusals: [Verdict] = [.dangerous, .malformed]

    enum CodingKeys: String, CodingKey {
        case name, description, sites, refuses, visibility
        case createdAt = "created_at"
        case createdBy = "created_by"
        case quotaBytes = "quota_bytes"
        case usedBytes = "used_bytes"
    }

    /// A project as recorded.
    package init(
        name: ProjectName, description: String, createdAt: Timestamp, createdBy: PrincipalName,
        sites: [SiteName]? = nil, quotaBytes: UInt64? = nil, usedBytes: UInt64? = nil, visibility: Visibility? = nil
    ) {
        self.name = name
        self.description = description
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.sites = sites
        self.quotaBytes = quotaBytes
        self.usedBytes = usedBytes
        self.visibility = visibility
    }

    /// Whether nodes of `site` hold its bytes.
    package func isKept(at site: SiteName) -> Bool { sites?.contains(site) ?? true }

    /// The least format that says all of it: what builds that know no other wrote and read.
    private var format: UInt8 {
        if visibility != nil { return 4 }
        if refuses != nil { return 3 }
        return sites == nil && sitesSince == nil && quotaBytes == nil && usedBytes == nil ? 1 : 2
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(format)
        writer.write(name)
        writer.write(description)
        writer.write(createdAt)
        writer.write(createdBy)
        guard format > 1 else { return }
        writer.write(sites) { $0.write(list: $1) }
        writer.write(sitesSince) { $0.write($1) }
        writer.write(quotaBytes) { $0.write($1) }
        writer.write(usedBytes) { $0.write($1) }
        if format == 3, let refuses { writer.write(list: refuses) }
        guard let visibility else { return }
        writer.write(refuses) { $0.write(list: $1) }
        writer.write(visibility)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let format = try reader.readVersion(of: "project", known: 1...4)
        self.init(
            name: try reader.read(), description: try reader.readString(), createdAt: try reader.read(),
            createdBy: try reader.read())
        guard format > 1 else { return }
        sites = try reader.readOptional { (reader) throws(CanonicalError) in try reader.readList() }
        sitesSince = try reader.readOptional { (reader) throws(CanonicalError) in try reader.readInteger() }
        quotaBytes = try reader.readOptional { (reader) throws(CanonicalError) in try reader.readInteger() }
        usedBytes = try reader.readOptional { (reader) throws(CanonicalError) in try reader.readInteger() }
        if format == 3 { refuses = try reader.readList() }
        if format > 3 {
            refuses = try reader.readOptional { (reader) throws(CanonicalError) in try reader.readList() }
            visibility = try reader.read(Visibility.self)
        }
        guard self.format == format else { throw .invalid("an older format says all that this project is") }
    }
}

/// A model: a series of versions under one name.
public struct Model: Hashable, Sendable, Codable, CanonicalCodable {
    /// The project it belongs to.
    public let project: ProjectName
    /// Its name within the project.
    public let name: ModelName
    /// What it is; may be empty.
    public let description: String
    /// The number of the newest version; 0 while there is none.
    public let latestVersion: UInt64
    /// When it was created.
    public let createdAt: Timestamp
    /// Who created it.
    public let createdBy: PrincipalName

    enum CodingKeys: String, CodingKey {
        case project, name, description
        case latestVersion = "latest_version"
        case createdAt = "created_at"
        case createdBy = "created_by"
    }

    /// A model as recorded.
    package init(
        project: ProjectName, name: ModelName, description: String, latestVersion: UInt64, createdAt: Timestamp,
        createdBy: PrincipalName
    ) {
        self.project = project
        self.name = name
        self.description = description
        self.latestVersion = latestVersion
        self.createdAt = createdAt
        self.createdBy = createdBy
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(project)
        writer.write(name)
        writer.write(description)
        writer.write(latestVersion)
        writer.write(createdAt)
        writer.write(createdBy)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "model", known: 1...1)
        project = try reader.read()
        name = try reader.read()
        description = try reader.readString()
        latestVersion = try reader.readInteger()
        createdAt = try reader.read()
        createdBy = try reader.read()
    }
}

/// Where an alias points, and since when.
public struct Alias: Hashable, Sendable, Codable, CanonicalCodable {
    /// The alias's name.
    public let name: AliasName
    /// The number of the version it names.
    public let version: UInt64
    /// When it came to name that version.
    public let updatedAt: Timestamp
    /// Who moved it there.
    public let updatedBy: PrincipalName

    enum CodingKeys: String, CodingKey {
        case name, version
        case updatedAt = "updated_at"
        case updatedBy = "updated_by"
    }

    /// An alias as recorded.
    package init(name: AliasName, version: UInt64, updatedAt: Timestamp, updatedBy: PrincipalName) {
        self.name = name
        self.version = version
        self.updatedAt = updatedAt
        self.updatedBy = updatedBy
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(name)
        writer.write(version)
        writer.write(updatedAt)
        writer.write(updatedBy)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "alias", known: 1...1)
        name = try reader.read()
        version = try reader.readInteger()
        updatedAt = try reader.read()
        updatedBy = try reader.read()
    }
}

/// One move of an alias. The list of them answers what an alias named at any time.
public struct AliasChange: Hashable, Sendable, Codable, CanonicalCodable {
    /// The version it named before; nil when it did not exist.
    public let from: UInt64?
    /// The version it names since; nil when it was removed.
    public let to: UInt64?
    /// When.
    public let at: Timestamp
    /// Who.
    public let by: PrincipalName
    /// Why, as told; may be empty.
    public let reason: String

    /// A move as recorded.
    package init(from: UInt64?, to: UInt64?, at: Timestamp, by: PrincipalName, reason: String) {
        self.from = from
        self.to = to
        self.at = at
        self.by = by
        self.reason = reason
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(from) { $0.write($1) }
        writer.write(to) { $0.write($1) }
        writer.write(at)
        writer.write(by)
        writer.write(reason)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "alias change", known: 1...1)
        from = try reader.readOptional { (reader) throws(CanonicalError) in try reader.readInteger() }
        to = try reader.readOptional { (reader) throws(CanonicalError) in try reader.readInteger() }
        at = try reader.read()
        by = try reader.read()
        reason = try reader.readString()
    }
}
