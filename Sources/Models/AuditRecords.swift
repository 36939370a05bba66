/// What one command did: there is one for each, accepted or refused, numbered without gaps.
public struct AuditRecord: Hashable, Sendable, Codable, CanonicalCodable {
    /// The record's number, from 1.
    public let sequence: UInt64
    /// The index of the log entry that carried the command.
    public let index: UInt64
    /// When the command was made, by the clock of the node that took it in.
    public let at: Timestamp
    /// Who asked.
    public let by: PrincipalName
    /// The site that took the command in.
    public let site: SiteName
    /// What was asked: `version.register`, `alias.set`…
    public let action: String
    /// What it was asked of: `project/model:3`, `project/model@alias`…
    public let object: String
    /// `accepted`, or the code of the rejection.
    public let outcome: String

    /// A record as written.
    package init(
        sequence: UInt64, index: UInt64, at: Timestamp, by: PrincipalName, site: SiteName, action: String,
        object: String, outcome: String
    ) {
        self.sequence = sequence
        self.index = index
        self.at = at
        self.by = by
        self.site = site
        self.action = action
        self.object = object
        self.outcome = outcome
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(sequence)
        writer.write(index)
        writer.write(at)
        writer.write(by)
        writer.write(site)
        writer.write(action)
        writer.write(object)
        writer.write(outcome)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "audit record", known: 1...1)
        sequence = try reader.readInteger()
        index = try reader.readInteger()
        at = try reader.read()
        by = try reader.read()
        site = try reader.read()
        action = try reader.readString()
        object = try reader.readString()
        outcome = try reader.readString()
    }
}

/// Which audit records are asked for: all that is said must hold.
public struct AuditFilter: Hashable, Sendable {
    /// Who asked.
    public var by: PrincipalName?
    /// The site that took the command in.
    public var site: SiteName?
    /// What the action begins with: `version.`, `alias.set`.
    public var action: String?
    /// What the object begins with: `acme/`, `acme/ranker:3`.
    public var object: String?
    /// `accepted`, `refused` for anything else, or the code of a rejection.
    public var outcome: String?
    /// Not made before, by the clock of the node that took the command in.
    public var since: Timestamp?
    /// Made before.
    public var until: Timestamp?

    /// Every record.
    public init() {}

    /// Whether a record is among them.
    package func includes(_ record: AuditRecord) -> Bool {
        if let by, record.by != by { return false }
        if let site, record.site != site { return false }
        if let action, !record.action.utf8.starts(with: action.utf8) { return false }
        if let object, !record.object.utf8.starts(with: object.utf8) { return false }
        if let since, record.at < since { return false }
        if let until, record.at >= until { return false }
        guard let outcome, outcome != record.outcome else { return true }
        return outcome == "refused" && record.outcome != "accepted"
    }
}

/// A key by which a node signs checkpoints of the audit log, or did.
public struct AuditKey: Hashable, Sendable, Codable, CanonicalCodable {
    /// The node.
    public let node: NodeName
    /// Its site.
    public let site: SiteName
    /// The key as verifiers read it: `name+id+base64` (C2SP signed-note).
    public let key: String
    /// Since when.
    public let at: Timestamp

    /// A key as recorded.
    package init(node: NodeName, site: SiteName, key: String, at: Timestamp) {
        self.node = node
        self.site = site
        self.key = key
        self.at = at
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(node)
        writer.write(site)
        writer.write(key)
        writer.write(at)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "audit key", known: 1...1)
        node = try reader.read()
        site = try reader.read()
        key = try reader.readString()
        at = try reader.read()
    }
}

/// How far the audit log is, signed by nodes that find it so.
public struct AuditCheckpoint: Hashable, Sendable, Codable {
    /// The text and its signatures (C2SP tlog-checkpoint and signed-note).
    public let note: String
    /// The nodes that did not sign, each with the reason.
    public let unsigned: [String]

    /// A checkpoint as it is written.
    package init(note: String, unsigned: [String]) {
        self.note = note
        self.unsigned = unsigned
    }
}

/// What shows that a record, or an older log, is in the audit log.
public struct AuditProof: Hashable, Sendable, Codable {
    /// How many records the log has that the proof leads to.
    public let size: UInt64
    /// The hash of the tree over them.
    public let root: Digest
    /// The hashes that lead there (RFC 6962, §2.1.1 and §2.1.2).
    public let hashes: [Digest]

    /// A proof.
    package init(size: UInt64, root: Digest, hashes: [Digest]) {
        self.size = size
        self.root = root
        self.hashes = hashes
    }
}
