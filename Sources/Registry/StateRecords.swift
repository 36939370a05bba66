import Models
import Storage

/// How far the log is applied, and what follows from it. Not part of the state hash, because it holds it.
struct AppliedRecord: Hashable, CanonicalCodable {
    var index: UInt64 = 0
    var term: UInt64 = 0
    var hash = StateHash.empty
    /// Audit records written so far: the sequence of the newest.
    var auditRecords: UInt64 = 0
    /// Outcomes ever remembered: the sequence of the newest.
    var outcomes: UInt64 = 0

    init() {}

    func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(index)
        writer.write(term)
        writer.write(hash)
        writer.write(auditRecords)
        writer.write(outcomes)
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "applied record", known: 1...1)
        index = try reader.readInteger()
        term = try reader.readInteger()
        hash = try reader.read()
        auditRecords = try reader.readInteger()
        outcomes = try reader.readInteger()
    }
}

/// The cluster: as founded, and since commands of level 2 are understood, as it shall be.
///
/// While it is as founded it is written in the first format, for builds that know no other.
struct ClusterRecord: Hashable, CanonicalCodable {
    let cluster: UniqueID
    var members: [ClusterMember]
    /// The commands that are understood: see `Command.level`.
    var level: UInt32 = 1
    /// The id of the next node that is admitted: ids are never used again.
    var nextMember: UInt64

    init(cluster: UniqueID, members: [ClusterMember]) {
        self.cluster = cluster
        self.members = members
        nextMember = (members.map(\.member).max() ?? 0) + 1
    }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(level > 1 ? 2 : 1))
        writer.write(cluster)
        guard level > 1 else { return writer.write(list: members) }
        writer.write(list: members.map { DescribedMember($0) })
        writer.write(level)
        writer.write(nextMember)
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let version = try reader.readVersion(of: "cluster record", known: 1...2)
        let cluster: UniqueID = try reader.read()
        guard version > 1 else {
            self.init(cluster: cluster, members: try reader.readList())
            return
        }
        self.init(cluster: cluster, members: try reader.readList(DescribedMember.self).map(\.member))
        level = try reader.readInteger()
        nextMember = try reader.readInteger()
    }
}

/// A member with what it has told of itself.
struct DescribedMember: Hashable, CanonicalCodable {
    let member: ClusterMember

    init(_ member: ClusterMember) { self.member = member }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(member)
        writer.write(member.peer)
        writer.write(member.incarnation)
        writer.write(member.isLeaving)
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        var member: ClusterMember = try reader.read()
        member.peer = try reader.readString()
        member.incarnation = try reader.readInteger()
        member.isLeaving = try reader.readBool()
        self.member = member
    }
}

/// A node that may ask to be admitted.
struct InvitationRecord: Hashable, CanonicalCodable {
    /// Who used it.
    struct Use: Hashable {
        /// SHA-256 of the node's public key.
        let key: Digest
        /// The member that it became.
        let member: UInt64
    }

    let node: NodeName
    let site: SiteName
    let expiresAt: Timestamp
    let by: PrincipalName
    let use: Use?

    init(node: NodeName, site: SiteName, expiresAt: Timestamp, by: PrincipalName, use: Use?) {
        self.node = node
        self.site = site
        self.expiresAt = expiresAt
        self.by = by
        self.use = use
    }

    func used(by key: Digest, as member: UInt64) -> InvitationRecord {
        InvitationRecord(
            node: node, site: site, expiresAt: expiresAt, by: by, use: Use(key: key, member: member))
    }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(node)
        writer.write(site)
        writer.write(expiresAt)
        writer.write(by)
        writer.write(use) { writer, use in
            writer.write(use.key)
            writer.write(use.member)
        }
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "invitation record", known: 1...1)
        node = try reader.read()
        site = try reader.read()
        expiresAt = try reader.read()
        by = try reader.read()
        use = try reader.readOptional { (reader) throws(CanonicalError) in
            Use(key: try reader.read(), member: try reader.readInteger())
        }
    }
}

/// A content that files of a project have.
struct ContentRecord: Hashable, CanonicalCodable {
    /// Bytes of the content.
    let size: UInt64
    /// How many versions have it, also those that are deleted and can be taken back; nil where that was never counted.
    let versions: UInt64?

    init(size: UInt64, versions: UInt64?) {
        self.size = size
        self.versions = versions
    }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(versions == nil ? 1 : 2))
        writer.write(size)
        if let versions { writer.write(versions) }
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let format = try reader.readVersion(of: "content record", known: 1...2)
        size = try reader.readInteger()
        versions = format > 1 ? try reader.readInteger(UInt64.self) : nil
    }
}

/// Who belongs to the cluster since the last change of members.
struct MembershipRecord: Hashable, CanonicalCodable {
    let voters: [UInt64]
    let learners: [UInt64]

    init(voters: [UInt64], learners: [UInt64]) {
        self.voters = voters
        self.learners = learners
    }

    func contains(_ member: UInt64) -> Bool { voters.contains(member) || learners.contains(member) }

    /// Those of a cluster as it was founded.
    init(founders: [ClusterMember]) {
        self.init(
            voters: founders.filter(\.isVoter).map(\.member), learners: founders.filter { !$0.isVoter }.map(\.member))
    }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(list: voters) { $0.write($1) }
        writer.write(list: learners) { $0.write($1) }
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "membership record", known: 1...1)
        voters = try reader.readList { (reader) throws(CanonicalError) in try reader.readInteger() }
        learners = try reader.readList { (reader) throws(CanonicalError) in try reader.readInteger() }
    }
}

/// Who may sign in with a token.
struct TokenRecord: Hashable, CanonicalCodable {
    let principal: PrincipalName
    /// What it is for.
    let label: String
    /// When it was issued; nil for the first administrator's.
    let createdAt: Timestamp?
    /// Until when it holds; nil for ever.
    let expiresAt: Timestamp?

    init(_ principal: PrincipalName, label: String = "", createdAt: Timestamp? = nil, expiresAt: Timestamp? = nil) {
        self.principal = principal
        self.label = label
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }

    /// What names a token and opens nothing: the first half of its SHA-256.
    static func id(_ digest: Digest) -> UniqueID {
        guard let id = UniqueID(bytes: Array(digest.bytes.prefix(16))) else {
            preconditionFailure("a digest has 32 bytes")
        }
        return id
    }

    func information(_ digest: Digest) -> TokenInformation {
        TokenInformation(
            id: Self.id(digest), principal: principal, label: label, createdAt: createdAt, expiresAt: expiresAt)
    }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(createdAt == nil ? 1 : 2))
        writer.write(principal)
        guard let createdAt else { return }
        writer.write(label)
        writer.write(createdAt)
        writer.write(expiresAt) { $0.write($1) }
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let format = try reader.readVersion(of: "token record", known: 1...2)
        let principal: PrincipalName = try reader.read()
        guard format > 1 else {
            self.init(principal)
            return
        }
        self.init(
            principal, label: try reader.readString(), createdAt: try reader.read(),
            expiresAt: try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() })
    }
}

/// The name that holds a skeleton.
struct NameRecord: Hashable, CanonicalCodable {
    let text: String

    init(_ text: String) { self.text = text }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(text)
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "name record", known: 1...1)
        text = try reader.readString()
    }

    /// The name, of a project.
    var project: ProjectName {
        get throws(StorageError) {
            do { return try ProjectName(text) } catch {
                throw .corrupted("the state names a project “\(text)”: \(error)")
            }
        }
    }
}

/// How many there are of something.
struct CountRecord: Hashable, CanonicalCodable {
    let count: UInt64

    init(_ count: UInt64) { self.count = count }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(count)
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "count record", known: 1...1)
        count = try reader.readInteger()
    }
}

/// What came of a command, for its repetitions. A refusal is kept by its code: the sentence is an `Explanation`.
struct OutcomeRecord: Hashable, CanonicalCodable {
    /// What was asked and by whom: see `Request.digest`.
    let request: Digest
    /// The outcome, without the sentence of a refusal.
    let outcome: Outcome

    init(request: Digest, outcome: Outcome) {
        self.request = request
        self.outcome = outcome
    }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(request)
        writer.write(outcome)
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "outcome record", known: 1...1)
        request = try reader.read()
        outcome = try reader.read()
    }
}

/// Which command's outcome was remembered at a place in the sequence: how the oldest is found.
struct RememberedRecord: Hashable, CanonicalCodable {
    let id: UniqueID

    init(_ id: UniqueID) { self.id = id }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(id)
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "remembered record", known: 1...1)
        id = try reader.read()
    }
}

/// The sentence of a refusal. Not part of the state hash: two builds may word it differently and still agree.
struct Explanation: Hashable, CanonicalCodable {
    let text: String

    init(_ text: String) { self.text = text }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(text)
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "explanation", known: 1...1)
        text = try reader.readString()
    }
}
