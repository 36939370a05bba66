/// What a principal may do, in the whole cluster or in a project.
public enum Role: String, Hashable, Sendable, Codable, CaseIterable, CanonicalCodable {
    /// Everything.
    case administrator
    /// What a contributor may, and decide: stages, approvals, recalls, what a project takes.
    case steward
    /// Read, register versions, move aliases, add to what is known of them.
    case contributor
    /// Read.
    case reader
    /// Read, and read the audit log.
    case auditor

    package func encode(to writer: inout CanonicalWriter) { writer.write(rawValue) }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let text = try reader.readString()
        guard let role = Role(rawValue: text) else { throw .invalid("“\(text)” is not a role") }
        self = role
    }

    /// Whether the role allows an action: the whole table of who may do what.
    package func permits(_ permission: Permission) -> Bool {
        switch permission {
        case .read: true
        case .readAudit: self == .auditor || self == .administrator
        case .contribute: [.contributor, .steward, .administrator].contains(self)
        case .decide: [.steward, .administrator].contains(self)
        case .administer: self == .administrator
        }
    }

    /// Whether it counts in every project, private ones too, when it is the role in the whole cluster.
    package var seesPrivateProjects: Bool { self == .administrator || self == .auditor }
}

/// Who sees a project and what is in it.
public enum Visibility: String, Hashable, Sendable, Codable, CaseIterable, CanonicalCodable {
    /// Everyone who has a token.
    case `internal`
    /// Those who have a role in the project, and the cluster's administrators and auditors. To others it is not there.
    case `private`

    package func encode(to writer: inout CanonicalWriter) { writer.write(rawValue) }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let text = try reader.readString()
        guard let visibility = Visibility(rawValue: text) else { throw .invalid("“\(text)” is not a visibility") }
        self = visibility
    }
}

/// A kind of action, by what it takes to be allowed.
package enum Permission: String, CaseIterable, Sendable {
    /// See records and bytes.
    case read
    /// See the audit log.
    case readAudit
    /// Make projects, models and versions, move aliases, report deployments, add evaluations and lineage.
    case contribute
    /// Move stages, approve, recall, say what a project takes and how its versions live.
    case decide
    /// Say who may do what; in the whole cluster also where bytes are, and who belongs to it.
    case administer

    /// The least role that has it, for a person.
    package var leastRole: Role {
        switch self {
        case .read: .reader
        case .readAudit: .auditor
        case .contribute: .contributor
        case .decide: .steward
        case .administer: .administrator
        }
    }
}

/// Whoever asks: a person or a service.
public struct Principal: Hashable, Sendable, Codable, CanonicalCodable {
    /// The principal's name, which nobody else can ever have.
    public let name: PrincipalName
    /// What it may do in the whole cluster.
    public var role: Role
    /// Who or what it is; may be empty.
    public var description = ""
    /// When it was made; nil for the first administrator.
    public var createdAt: Timestamp?
    /// When it was removed: it can do nothing any more.
    public var removedAt: Timestamp?

    enum CodingKeys: String, CodingKey {
        case name, role, description
        case createdAt = "created_at"
        case removedAt = "removed_at"
    }

    /// A principal as recorded.
    package init(
        name: PrincipalName, role: Role, description: String = "", createdAt: Timestamp? = nil
    ) {
        self.name = name
        self.role = role
        self.description = description
        self.createdAt = createdAt
    }

    /// What builds that know no other format wrote and read.
    private var isOfFirstFormat: Bool { description.isEmpty && createdAt == nil && removedAt == nil }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(isOfFirstFormat ? 1 : 2))
        writer.write(name)
        writer.write(role)
        guard !isOfFirstFormat else { return }
        writer.write(description)
        writer.write(createdAt) { $0.write($1) }
        writer.write(removedAt) { $0.write($1) }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let format = try reader.readVersion(of: "principal", known: 1...2)
        name = try reader.read()
        role = try reader.read()
        guard format > 1 else { return }
        description = try reader.readString()
        createdAt = try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() }
        removedAt = try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() }
        guard !isOfFirstFormat else {
            throw .invalid("a principal of the second format says no more than one of the first")
        }
    }
}

/// A role in one project, beside that in the whole cluster: the stronger counts.
public struct Grant: Hashable, Sendable, Codable, CanonicalCodable {
    /// The project.
    public let project: ProjectName
    /// Who has it.
    public let principal: PrincipalName
    /// The role.
    public let role: Role
    /// Since when.
    public let at: Timestamp
    /// Who gave it.
    public let by: PrincipalName

    /// A grant as recorded.
    package init(project: ProjectName, principal: PrincipalName, role: Role, at: Timestamp, by: PrincipalName) {
        self.project = project
        self.principal = principal
        self.role = role
        self.at = at
        self.by = by
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(project)
        writer.write(principal)
        writer.write(role)
        writer.write(at)
        writer.write(by)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "grant", known: 1...1)
        project = try reader.read()
        principal = try reader.read()
        role = try reader.read()
        at = try reader.read()
        by = try reader.read()
    }
}

/// A token, without its secret: who may sign in with it, and until when.
public struct TokenInformation: Hashable, Sendable, Codable {
    /// The first 16 bytes of the token's SHA-256: names it, and opens nothing.
    public let id: UniqueID
    /// Whose it is.
    public let principal: PrincipalName
    /// What it is for; may be empty.
    public let label: String
    /// When it was issued; nil for the first administrator's.
    public let createdAt: Timestamp?
    /// Until when it holds; nil for ever.
    public let expiresAt: Timestamp?

    enum CodingKeys: String, CodingKey {
        case id, principal, label
        case createdAt = "created_at"
        case expiresAt = "expires_at"
    }

    /// What is told of a token.
    package init(
        id: UniqueID, principal: PrincipalName, label: String, createdAt: Timestamp?, expiresAt: Timestamp?
    ) {
        self.id = id
        self.principal = principal
        self.label = label
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// A token as it is issued: its secret is shown this once.
public struct IssuedToken: Hashable, Sendable, Codable {
    /// The secret, to be sent as `Authorization: Bearer`.
    public let token: String
    /// What is kept of it.
    public let information: TokenInformation

    /// A token just issued.
    package init(token: String, information: TokenInformation) {
        self.token = token
        self.information = information
    }
}
