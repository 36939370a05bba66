import Consensus
import Migrations
import Models
import Peering
import Registry
import Replication

/// A node's place in its cluster, as each part needs to hear it.
struct Place {
    let identity: PeerIdentity
    let node: Topology.Node
    let topology: Topology
    let administrator: PrincipalName
    let administratorTokenDigest: Digest?
    /// Holds the authority with its key, on nodes that let others join.
    let authorityDirectory: String?

    /// Whose data directory this must be.
    var storeIdentity: StoreIdentity {
        StoreIdentity(
            cluster: identity.cluster.bytes, member: node.member, voters: membership.voters.map(\.rawValue))
    }

    /// The replica's configuration.
    var replica: ReplicaLoop.Configuration {
        var generator = SystemRandomNumberGenerator()
        return ReplicaLoop.Configuration(
            id: MemberID(node.member), cluster: ClusterStamp(identity.cluster), membership: membership,
            settings: ClusterTiming.settings, tickMilliseconds: ClusterTiming.tickMilliseconds, seed: generator.next())
    }

    /// What the first leader puts into the log.
    var founding: Establish {
        Establish(
            cluster: identity.cluster,
            members: topology.nodes.map {
                ClusterMember(
                    member: $0.member, node: $0.node, site: $0.site, endpoint: $0.api.endpoint, isVoter: $0.voter)
            },
            administrator: administrator, tokenDigest: administratorTokenDigest)
    }

    /// Where the members of the topology are reached.
    var founders: [UInt64: Topology.Address] {
        Dictionary(topology.nodes.map { ($0.member, $0.peer) }, uniquingKeysWith: { first, _ in first })
    }

    /// The links to the other nodes.
    func network(credentials: PeerCredentials, limits: PeerLimits) throws(PeerError) -> PeerNetworkConfiguration {
        try PeerNetworkConfiguration(
            identity: identity, member: node.member, host: node.peer.host, port: node.peer.port,
            peers: topology.nodes.filter { $0.member != node.member }.map {
                PeerAddress(
                    member: $0.member,
                    identity: PeerIdentity(cluster: identity.cluster, site: $0.site, node: $0.node),
                    host: $0.peer.host, port: $0.peer.port)
            }, credentials: credentials, limits: limits)
    }

    private var membership: Membership {
        Membership(
            voters: topology.nodes.filter(\.voter).map { MemberID($0.member) },
            learners: topology.nodes.filter { !$0.voter }.map { MemberID($0.member) })
    }
}

extension ClusterStamp {
    /// The cluster's identity as messages carry it.
    init(_ cluster: UniqueID) {
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(high: number(cluster.bytes[..<8]), low: number(cluster.bytes[8...]))
    }
}
