/// What `peerage cluster status` shows.
public struct ClusterStatus: Hashable, Sendable, Codable {
    /// The cluster's identity.
    public let cluster: UniqueID
    /// Its nodes, by name.
    public let nodes: [NodeStatus]

    /// A status of `nodes`.
    package init(cluster: UniqueID, nodes: [NodeStatus]) {
        self.cluster = cluster
        self.nodes = nodes
    }
}

/// One node as it tells of itself, or as the asked node knows it when it does not answer.
public struct NodeStatus: Hashable, Sendable, Codable, CanonicalCodable {
    /// The node's name.
    public let id: NodeName
    /// Its site.
    public let site: SiteName
    /// The URL clients reach it at.
    public let endpoint: String
    /// `voter` or `learner`.
    public let role: String
    /// Whether it leads.
    public let leader: Bool
    /// Whether it answers and may serve.
    public let healthy: Bool
    /// What is wrong, for people; empty when nothing is.
    public let problem: String
    /// Its term; 0 when it does not answer.
    public let term: UInt64
    /// The index it knows to be committed.
    public let commit: UInt64
    /// The index it has applied.
    public let applied: UInt64
    /// The hash of its state at `applied`: equal on all nodes at equal indexes.
    public let stateHash: String
    /// Its build.
    public let version: String
    /// The level of commands its build knows; nil for a build that does not tell, which knows the first.
    public let level: UInt32?
    /// When its certificate ends; nil when it does not tell, as what follows.
    public let certificateExpires: Timestamp?
    /// Bytes that its data directory's disk has left.
    public let diskFreeBytes: UInt64?
    /// Bytes of that disk.
    public let diskTotalBytes: UInt64?
    /// Versions whose bytes it does not hold whole yet; it serves them through another node meanwhile.
    public let versionsBehind: UInt64?
    /// Entries committed, as far as any node knows, that it has not applied: what the asked node makes of all answers.
    public var lag: UInt64?
    /// Whether its state is that of every other node that has applied as much; nil when there is none to compare with.
    public var agrees: Bool?

    enum CodingKeys: String, CodingKey {
        case id, site, endpoint, role, leader, healthy, problem, term, commit, applied, version, level, lag, agrees
        case stateHash = "state_hash"
        case certificateExpires = "certificate_expires"
        case diskFreeBytes = "disk_free_bytes"
        case diskTotalBytes = "disk_total_bytes"
        case versionsBehind = "versions_behind"
    }

    /// A status as told.
    package init(
        id: NodeName, site: SiteName, endpoint: String, role: String, leader: Bool, healthy: Bool, problem: String,
        term: UInt64, commit: UInt64, applied: UInt64, stateHash: String, version: String, level: UInt32? = nil,
        certificateExpires: Timestamp? = nil, diskFreeBytes: UInt64? = nil, diskTotalBytes: UInt64? = nil,
        versionsBehind: UInt64? = nil
    ) {
        self.id = id
        self.site = site
        self.endpoint = endpoint
        self.role = role
        self.leader = leader
        self.healthy = healthy
        self.problem = problem
        self.term = term
        self.commit = commit
        self.applied = applied
        self.stateHash = stateHash
        self.version = version
        self.level = level
        self.certificateExpires = certificateExpires
        self.diskFreeBytes = diskFreeBytes
        self.diskTotalBytes = diskTotalBytes
        self.versionsBehind = versionsBehind
    }

    package func encode(to writer: inout CanonicalWriter) {
        encode(format: 2, to: &writer)
    }

    /// As builds that know no other format read it.
    package var firstFormat: [UInt8] {
        var writer = CanonicalWriter()
        encode(format: 1, to: &writer)
        return writer.bytes
    }

    private func encode(format: UInt8, to writer: inout CanonicalWriter) {
        writer.write(format)
        writer.write(id)
        writer.write(site)
        writer.write(endpoint)
        writer.write(role)
        writer.write(leader)
        writer.write(healthy)
        writer.write(problem)
        writer.write(term)
        writer.write(commit)
        writer.write(applied)
        writer.write(stateHash)
        writer.write(version)
        guard format > 1 else { return }
        writer.write(level) { $0.write($1) }
        writer.write(certificateExpires) { $0.write($1) }
        writer.write(diskFreeBytes) { $0.write($1) }
        writer.write(diskTotalBytes) { $0.write($1) }
        writer.write(versionsBehind) { $0.write($1) }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let format = try reader.readVersion(of: "node status", known: 1...2)
        id = try reader.read()
        site = try reader.read()
        endpoint = try reader.readString()
        role = try reader.readString()
        leader = try reader.readBool()
        healthy = try reader.readBool()
        problem = try reader.readString()
        term = try reader.readInteger()
        commit = try reader.readInteger()
        applied = try reader.readInteger()
        stateHash = try reader.readString()
        version = try reader.readString()
        level =
            format > 1
            ? try reader.readOptional { (reader) throws(CanonicalError) in try reader.readInteger() } : nil
        certificateExpires =
            format > 1 ? try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() } : nil
        diskFreeBytes = format > 1 ? try reader.readOptionalInteger() : nil
        diskTotalBytes = format > 1 ? try reader.readOptionalInteger() : nil
        versionsBehind = format > 1 ? try reader.readOptionalInteger() : nil
    }
}

extension CanonicalReader {
    fileprivate mutating func readOptionalInteger() throws(CanonicalError) -> UInt64? {
        try readOptional { (reader) throws(CanonicalError) in try reader.readInteger() }
    }
}
