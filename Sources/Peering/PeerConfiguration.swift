package import Models

/// Another node of the cluster, and where it listens for its peers.
package struct PeerAddress: Hashable, Sendable {
    /// Its member id.
    package let member: UInt64
    /// Who its certificate must say it is.
    package let identity: PeerIdentity
    /// A host name or an IP address; names are looked up anew for every connection.
    package let host: String
    /// A TCP port.
    package let port: Int

    /// The member's address.
    package init(member: UInt64, identity: PeerIdentity, host: String, port: Int) {
        self.member = member
        self.identity = identity
        self.host = host
        self.port = port
    }
}

/// A node's place in the peer network.
package struct PeerNetworkConfiguration: Sendable {
    /// Who this node is; its certificate must say the same.
    package let identity: PeerIdentity
    /// Its member id.
    package let member: UInt64
    /// Where it listens.
    package let host: String
    /// The port it listens at; 0 for any free one.
    package let port: Int
    /// The other nodes.
    package let peers: [PeerAddress]
    /// Certificate, key and authority.
    package let credentials: PeerCredentials
    /// The limits.
    package let limits: PeerLimits

    /// A node's place in the network. Throws `credentials` when the certificate is another node's.
    package init(
        identity: PeerIdentity, member: UInt64, host: String, port: Int, peers: [PeerAddress],
        credentials: PeerCredentials, limits: PeerLimits = .standard
    ) throws(PeerError) {
        try credentials.check(isOf: identity)
        self.identity = identity
        self.member = member
        self.host = host
        self.port = port
        self.peers = peers
        self.credentials = credentials
        self.limits = limits
    }
}

/// Where what comes from other nodes goes.
package protocol PeerHandler: Sendable {
    /// A message came. Called on an event loop, in the order a member sent them; must not block.
    func received(_ message: [UInt8], from member: UInt64)

    /// The link that carries our messages to `member` came up, or went down. Called on an event loop; must not block.
    func linkChanged(member: UInt64, isUp: Bool)

    /// A member that knows says that this node was removed from the cluster. Called on an event loop; must not block.
    func wasRemoved(accordingTo member: UInt64)

    /// How this node is, for a peer that asks; nil while it starts.
    func status() async -> NodeStatus?

    /// Everything that `request` names is here and survives a crash: records it as a staged upload, durably. The
    /// receipt is given after it; what is thrown is told to the peer instead, in the error's own words.
    func didStage(_ request: SecureRequest) async throws

    /// Whether this node keeps the bytes of `project`.
    func keeps(_ project: ProjectName) -> Bool

    /// A page of a file that comes in at a peer is here, too, until a crash.
    func didReceive(_ page: ReceivedPage) async

    /// Takes a file in that a peer hands over, and stages it. What is thrown is told to the peer, in the error's own
    /// words.
    func takeOver(_ handover: AnnouncedFile, _ bytes: HandoverBytes) async throws -> HandedOver

    /// The time by this node's clock.
    var now: Timestamp { get }

    /// This node's signature under a checkpoint of the audit log, when it finds the log so.
    func witness(_ request: WitnessRequest) async throws -> Witnessed

    /// How much of some pages this node holds.
    func inventory(_ request: InventoryRequest) async throws -> Inventory
}
