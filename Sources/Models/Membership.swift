/// The JSON bodies by which nodes come into a cluster and go out of it.

/// Asks for an invitation of a node.
public struct AddMemberRequest: Hashable, Sendable, Codable {
    /// The name the node shall have, not validated yet.
    public let node: String
    /// Its site, not validated yet.
    public let site: String
    /// For how many hours it may come; 24 when absent.
    public let hours: Int?

    /// A request to invite `node` at `site`.
    public init(node: String, site: String, hours: Int? = nil) {
        self.node = node
        self.site = site
        self.hours = hours
    }
}

/// What a node needs to come into a cluster, once: whoever holds it can. `peerage serve --join FILE` reads it.
public struct Invitation: Hashable, Sendable, Codable {
    /// The cluster.
    public let cluster: UniqueID
    /// The name the node will have.
    public let node: NodeName
    /// Its site.
    public let site: SiteName
    /// URLs of the cluster's nodes; any of them admits it.
    public let servers: [String]
    /// The one-time token. The cluster keeps its SHA-256 only.
    public let token: String
    /// The cluster's authority, in PEM: by it the node knows whom it talks to.
    public let authority: String
    /// Until when it may come.
    public let expiresAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case cluster, node, site, servers, token, authority
        case expiresAt = "expires_at"
    }

    /// An invitation of `node`.
    package init(
        cluster: UniqueID, node: NodeName, site: SiteName, servers: [String], token: String, authority: String,
        expiresAt: Timestamp
    ) {
        self.cluster = cluster
        self.node = node
        self.site = site
        self.servers = servers
        self.token = token
        self.authority = authority
        self.expiresAt = expiresAt
    }
}

/// A node asks to be let in.
public struct JoinRequest: Hashable, Sendable, Codable {
    /// The invitation's token.
    public let token: String
    /// A certificate signing request (PKCS #10) in PEM, signed by the node's own key.
    public let signingRequest: String
    /// Where clients will reach it.
    public let api: Topology.Address
    /// Where other nodes will reach it.
    public let peer: Topology.Address

    enum CodingKeys: String, CodingKey {
        case token, api, peer
        case signingRequest = "signing_request"
    }

    /// A request by the holder of `token`.
    public init(token: String, signingRequest: String, api: Topology.Address, peer: Topology.Address) {
        self.token = token
        self.signingRequest = signingRequest
        self.api = api
        self.peer = peer
    }
}

/// A node is let in: everything it needs to start.
public struct JoinAnswer: Hashable, Sendable, Codable {
    /// Its certificate, in PEM.
    public let certificate: String
    /// The cluster's authority, in PEM.
    public let authority: String
    /// The cluster's nodes, itself among them as a learner.
    public let topology: Topology

    /// What a node that was let in needs.
    package init(certificate: String, authority: String, topology: Topology) {
        self.certificate = certificate
        self.authority = authority
        self.topology = topology
    }
}

/// A member after a change of its role, or of whether it is one.
public struct MemberDescription: Hashable, Sendable, Codable {
    /// Its number in the consensus.
    public let member: UInt64
    /// Its node's name.
    public let node: NodeName
    /// Its site.
    public let site: SiteName
    /// `voter`, `learner` or `removed`: what it shall be, and is once the leader has taken the step.
    public let role: String

    /// A member as described.
    package init(member: UInt64, node: NodeName, site: SiteName, role: String) {
        self.member = member
        self.node = node
        self.site = site
        self.role = role
    }
}
