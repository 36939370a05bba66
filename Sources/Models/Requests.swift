/// The JSON bodies of REST requests and answers that are not records themselves.

/// Asks for a project.
public struct CreateProjectRequest: Hashable, Sendable, Codable {
    /// The project's name, not validated yet.
    public let name: String
    /// What it is for.
    public let description: String?
    /// Who shall see it; nil for everyone who has a token.
    public let visibility: Visibility?

    /// A request for a project called `name`.
    public init(name: String, description: String? = nil, visibility: Visibility? = nil) {
        self.name = name
        self.description = description
        self.visibility = visibility
    }
}

/// Asks to change a project; what is not named stays as it is.
public struct ChangeProjectRequest: Hashable, Sendable, Codable {
    /// What it is for.
    public let description: Setting<String>
    /// The sites that shall hold the bytes of its files, not validated yet; none for every site.
    public let sites: Setting<[String]>
    /// How many bytes its files may have; none for as many as there is room for.
    public let quotaBytes: Setting<UInt64>
    /// The verdicts on files that it shall not take; none for the standard.
    public let refuses: Setting<[Verdict]>
    /// Who shall see it; none for everyone who has a token.
    public let visibility: Setting<Visibility>

    enum CodingKeys: String, CodingKey {
        case description, sites, refuses, visibility
        case quotaBytes = "quota_bytes"
    }

    /// A request for these changes.
    public init(
        description: Setting<String> = .unchanged, sites: Setting<[String]> = .unchanged,
        quotaBytes: Setting<UInt64> = .unchanged, refuses: Setting<[Verdict]> = .unchanged,
        visibility: Setting<Visibility> = .unchanged
    ) {
        self.description = description
        self.sites = sites
        self.quotaBytes = quotaBytes
        self.refuses = refuses
        self.visibility = visibility
    }

    /// Decodes an RFC 7396 merge patch.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        description = try container.decodeSetting(.description)
        sites = try container.decodeSetting(.sites)
        quotaBytes = try container.decodeSetting(.quotaBytes)
        refuses = try container.decodeSetting(.refuses)
        visibility = try container.decodeSetting(.visibility)
    }

    /// Encodes an RFC 7396 merge patch.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(description, forKey: .description)
        try container.encode(sites, forKey: .sites)
        try container.encode(quotaBytes, forKey: .quotaBytes)
        try container.encode(refuses, forKey: .refuses)
        try container.encode(visibility, forKey: .visibility)
    }
}

/// Asks for a model.
public struct CreateModelRequest: Hashable, Sendable, Codable {
    /// The model's name, not validated yet.
    public let name: String
    /// What it is.
    public let description: String?

    /// A request for a model called `name`.
    public init(name: String, description: String? = nil) {
        self.name = name
        self.description = description
    }
}

/// Asks to make uploaded files a version. Project and model are created when they do not exist.
public struct RegisterVersionRequest: Hashable, Sendable, Codable {
    /// A file that was uploaded before.
    public struct File: Hashable, Sendable, Codable {
        /// Where the file shall lie, not validated yet.
        public let path: String
        /// Bytes of the file.
        public let size: UInt64
        /// SHA-256 of the file.
        public let sha256: Digest

        /// An uploaded file to be placed at `path`.
        public init(path: String, size: UInt64, sha256: Digest) {
            self.path = path
            self.size = size
            self.sha256 = sha256
        }
    }

    /// The files, in any order.
    public let files: [File]
    /// A JSON object.
    public let metadata: JSONValue?
    /// Labels.
    public let tags: [String: String]?
    /// Why this version is.
    public let message: String?
    /// Aliases to move to the new version in the same step.
    public let aliases: [String]?

    /// A request to register `files`.
    public init(
        files: [File], metadata: JSONValue? = nil, tags: [String: String]? = nil, message: String? = nil,
        aliases: [String]? = nil
    ) {
        self.files = files
        self.metadata = metadata
        self.tags = tags
        self.message = message
        self.aliases = aliases
    }
}

/// Asks to move an alias.
public struct SetAliasRequest: Hashable, Sendable, Codable {
    /// The number of the version it shall name.
    public let version: UInt64
    /// Why; kept in the alias's history.
    public let reason: String?

    /// A request to move an alias to `version`.
    public init(version: UInt64, reason: String? = nil) {
        self.version = version
        self.reason = reason
    }
}

/// Asks that an alias name again what it named before.
public struct RollBackAliasRequest: Hashable, Sendable, Codable {
    /// The number of a version that it named before; nil for that before its last move.
    public let to: UInt64?
    /// Why; kept in the alias's history.
    public let reason: String

    /// A request to roll an alias back.
    public init(to: UInt64? = nil, reason: String) {
        self.to = to
        self.reason = reason
    }
}

/// Asks to add to what is known of a version's lineage.
public struct AppendLineageRequest: Hashable, Sendable, Codable {
    /// What is added, as in the metadata's member `lineage`.
    public let lineage: JSONValue
    /// How that is known.
    public let note: String?

    /// A request to add `lineage`.
    public init(lineage: JSONValue, note: String? = nil) {
        self.lineage = lineage
        self.note = note
    }
}

/// Reports that a place serves a version.
public struct ReportDeploymentRequest: Hashable, Sendable, Codable {
    /// What it is part of: `production`, `canary`…
    public let environment: String?
    /// Where it is reached.
    public let uri: String?

    /// A report.
    public init(environment: String? = nil, uri: String? = nil) {
        self.environment = environment
        self.uri = uri
    }
}

/// Asks to recall a thing, or to take that back.
public struct RecallRequest: Hashable, Sendable, Codable {
    /// What: see `LineageThing.id`.
    public let thing: String
    /// Why.
    public let reason: String
    /// Whether its recall is taken back.
    public let lift: Bool?

    /// A request to recall `thing`.
    public init(thing: String, reason: String, lift: Bool? = nil) {
        self.thing = thing
        self.reason = reason
        self.lift = lift
    }
}

/// Asks for a principal.
public struct CreatePrincipalRequest: Hashable, Sendable, Codable {
    /// Its name, not validated yet.
    public let name: String
    /// What it may do in the whole cluster.
    public let role: Role
    /// Who or what it is.
    public let description: String?

    /// A request for a principal called `name`.
    public init(name: String, role: Role, description: String? = nil) {
        self.name = name
        self.role = role
        self.description = description
    }
}

/// Asks to give a role.
public struct RoleRequest: Hashable, Sendable, Codable {
    /// The role.
    public let role: Role

    /// A request for `role`.
    public init(role: Role) { self.role = role }
}

/// Asks for a token.
public struct IssueTokenRequest: Hashable, Sendable, Codable {
    /// What it is for.
    public let label: String?
    /// For how many days it holds; nil for ever.
    public let days: UInt32?

    /// A request for a token.
    public init(label: String? = nil, days: UInt32? = nil) {
        self.label = label
        self.days = days
    }
}

/// Asks to move a version to a stage.
public struct MoveVersionRequest: Hashable, Sendable, Codable {
    /// The stage, not validated yet.
    public let to: String
    /// The stage that it must be in now.
    public let expected: String?
    /// Why.
    public let reason: String?
    /// The version to use in its stead: `project/model:3`.
    public let successor: String?
    /// From when on that shall hold for those who use it.
    public let effectiveAt: Timestamp?

    enum CodingKeys: String, CodingKey {
        case to, expected, reason, successor
        case effectiveAt = "effective_at"
    }

    /// A request to move a version.
    public init(
        to: String, expected: String? = nil, reason: String? = nil, successor: String? = nil,
        effectiveAt: Timestamp? = nil
    ) {
        self.to = to
        self.expected = expected
        self.reason = reason
        self.successor = successor
        self.effectiveAt = effectiveAt
    }
}

/// Approves that a version moves to a stage.
public struct ApproveRequest: Hashable, Sendable, Codable {
    /// The stage, not validated yet.
    public let to: String
    /// The digest of the version that was looked at.
    public let digest: Digest
    /// Why.
    public let reason: String?
    /// Until when that holds, at most for as long as the lifecycle says.
    public let expiresAt: Timestamp?

    enum CodingKeys: String, CodingKey {
        case to, digest, reason
        case expiresAt = "expires_at"
    }

    /// An approval.
    public init(to: String, digest: Digest, reason: String? = nil, expiresAt: Timestamp? = nil) {
        self.to = to
        self.digest = digest
        self.reason = reason
        self.expiresAt = expiresAt
    }
}

/// Tells what was measured of a version.
public struct EvaluateRequest: Hashable, Sendable, Codable {
    /// What was measured.
    public let metrics: [Metric]
    /// Where that can be seen.
    public let evidence: String?
    /// What else there is to say.
    public let note: String?

    /// An evaluation.
    public init(metrics: [Metric], evidence: String? = nil, note: String? = nil) {
        self.metrics = metrics
        self.evidence = evidence
        self.note = note
    }
}

/// An approval of a version, and whether it counts.
public struct ApprovalDescription: Hashable, Sendable, Codable {
    /// The approval; its members stand beside the other in JSON.
    public let approval: Approval
    /// Why it does not count any more; nil when it does.
    public let objection: String?

    enum CodingKeys: String, CodingKey {
        case objection
    }

    /// An approval, and what speaks against it.
    package init(approval: Approval, objection: String?) {
        self.approval = approval
        self.objection = objection
    }

    /// Decodes both from one object.
    public init(from decoder: any Decoder) throws {
        approval = try Approval(from: decoder)
        objection = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(String.self, forKey: .objection)
    }

    /// Encodes both as one object.
    public func encode(to encoder: any Encoder) throws {
        try approval.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(objection, forKey: .objection)
    }
}

/// Asks for something that needs a reason.
public struct ReasonRequest: Hashable, Sendable, Codable {
    /// Why.
    public let reason: String

    /// A request with its reason.
    public init(reason: String) { self.reason = reason }
}

/// One page of a listing.
public struct Page<Item: Hashable & Sendable & Codable>: Hashable, Sendable, Codable {
    /// The items, in the order of their keys.
    public let items: [Item]
    /// What to pass as `cursor` for the next page; nil when this is the last.
    public let next: String?

    /// A page of `items`.
    package init(items: [Item], next: String?) {
        self.items = items
        self.next = next
    }
}

/// Says in which tier of risk a model is.
public struct AssessRequest: Hashable, Sendable, Codable {
    /// The tier.
    public let tier: RiskTier
    /// Why: what the model is used for.
    public let reason: String

    /// A model is in `tier`.
    public init(tier: RiskTier, reason: String) {
        self.tier = tier
        self.reason = reason
    }
}

/// What the registry holds of an uploaded file.
public struct UploadedFile: Hashable, Sendable, Codable {
    /// SHA-256 of the file.
    public let sha256: Digest
    /// Bytes of the file.
    public let size: UInt64

    /// A file held.
    package init(sha256: Digest, size: UInt64) {
        self.sha256 = sha256
        self.size = size
    }
}

/// How much of a file came in before its upload broke off.
public struct ReceivedBytes: Hashable, Sendable, Codable {
    /// So many bytes of its start need not be sent again.
    public let received: UInt64

    /// `received` bytes.
    package init(received: UInt64) { self.received = received }
}

/// An RFC 9457 problem: `application/problem+json`.
public struct Problem: Hashable, Sendable, Codable, Error, CustomStringConvertible {
    /// `urn:peerage:problem:CODE`; a client acts on it.
    public let type: String
    /// What kind of thing happened.
    public let title: String
    /// The HTTP status.
    public let status: Int
    /// What happened, why, and what to do.
    public let detail: String

    /// A problem of the kind `code`.
    package init(code: String, title: String, status: Int, detail: String) {
        type = "urn:peerage:problem:\(code)"
        self.title = title
        self.status = status
        self.detail = detail
    }

    /// The last part of `type`.
    public var code: String { String(type.split(separator: ":").last ?? "") }

    /// The detail.
    public var description: String { detail }
}

/// Asks the leader to hand leadership over.
public struct TransferRequest: Hashable, Sendable, Codable {
    /// The voter that shall lead; nil for the best one.
    public let to: String?

    /// A request to let `to` lead.
    public init(to: String?) { self.to = to }
}
