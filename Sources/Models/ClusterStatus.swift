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

    enum CodingKeys: String, CodingKey {
        case id, site, endpoint, role, leader, healthy, problem, term, commit, applied, version
        case stateHash = "state_hash"
    }

    /// A status as told.
    package init(
        id: NodeName, site: SiteName, endpoint: String, role: String, leader: Bool, healthy: Bool, problem: String,
        term: UInt64, commit: UInt64, applied: UInt64, stateHash: String, version: String
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
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
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
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "node status", known: 1...1)
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
    }
}
