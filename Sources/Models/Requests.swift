/// The JSON bodies of REST requests and answers that are not records themselves.

/// Asks for a project.
public struct CreateProjectRequest: Hashable, Sendable, Codable {
    /// The project's name, not validated yet.
    public let name: String
    /// What it is for.
    public let description: String?

    /// A request for a project called `name`.
    public init(name: String, description: String? = nil) {
        self.name = name
        self.description = description
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

    enum CodingKeys: String, CodingKey {
        case description, sites
        case quotaBytes = "quota_bytes"
    }

    /// A request for these changes.
    public init(
        description: Setting<String> = .unchanged, sites: Setting<[String]> = .unchanged,
        quotaBytes: Setting<UInt64> = .unchanged
    ) {
        self.description = description
        self.sites = sites
        self.quotaBytes = quotaBytes
    }

    /// Decodes an RFC 7396 merge patch.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        description = try container.decodeSetting(.description)
        sites = try container.decodeSetting(.sites)
        quotaBytes = try container.decodeSetting(.quotaBytes)
    }

    /// Encodes an RFC 7396 merge patch.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(description, forKey: .description)
        try container.encode(sites, forKey: .sites)
        try container.encode(quotaBytes, forKey: .quotaBytes)
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
