package import Models
package import Storage

/// Why something between nodes failed, by what the caller would do about it.
package enum PeerError: Error, Hashable, Sendable {
    // The link.

    /// The peer cannot be reached, or the link closed meanwhile: try again later.
    case unreachable(String)
    /// No answer in time: nothing is known of what was asked; try again later.
    case deadlineExceeded
    /// The peer presents a certificate whose time is over: renew it there.
    case certificateExpired(String, at: Timestamp)
    /// The peer presents a certificate whose time has not come: compare the clocks.
    case certificateNotYetValid(String, from: Timestamp)
    /// The peer presents a certificate that this cluster's authority did not issue to a node.
    case untrustedCertificate(String)
    /// Another node than the expected one answers, or asks: the topology or an address is wrong, or someone pretends.
    case wrongIdentity(presented: PeerIdentity, expected: PeerIdentity?)
    /// The peer belongs to another cluster.
    case otherCluster(PeerIdentity)
    /// The peer does not let this node in, with its reason: act here, on this node's certificate or place.
    case turnedAway(TurnedAway, String)
    /// The two builds have no protocol version in common: upgrade the older.
    case incompatible(String)
    /// Two processes present themselves as one member: a copied disk or certificate. Stop one.
    case duplicateMember(UInt64)
    /// A member that was removed from the cluster: it does not come back, only a new one does.
    case removedMember(UInt64)
    /// The peer sent what no peer should: the link was closed.
    case malformed(String)

    // What was asked.

    /// The peer cannot do what was asked, with its reason; another may.
    case refused(String)
    /// No member that was asked has these whole; `reasons` says what each of them answered.
    case unavailable([ChunkID], reasons: [String])
    /// There is no such peer in the topology.
    case unknownMember(UInt64)
    /// This node's own store failed.
    case storage(StorageError)
    /// The task that asked was cancelled.
    case cancelled

    // This node.

    /// This node's certificate, key or authority cannot be used.
    case credentials(String)
    /// This node cannot listen where it should.
    case cannotListen(String)
    /// This node is stopping, or has not started.
    case stopped

    /// What a peer that does not let this node in finds wrong.
    package enum TurnedAway: UInt8, Sendable, CaseIterable {
        /// Our certificate's time is over.
        case certificateExpired = 1
        /// Our certificate is not one of its cluster's authority.
        case certificateUntrusted = 2
        /// Its topology has no such node, or has it otherwise.
        case notAPeer = 3
        /// It belongs to another cluster.
        case otherCluster = 4
        /// It is another member than we want.
        case otherMember = 5
        /// It speaks no version that we speak.
        case incompatible = 6
        /// Another process runs as this member.
        case duplicate = 7
        /// Anything else, for people to read.
        case other = 8
        /// We were removed from the cluster.
        case removed = 9
    }

    /// Whether the same request may succeed later without anyone doing anything.
    package var isRetryable: Bool {
        switch self {
        case .unreachable, .deadlineExceeded, .refused, .unavailable: true
        case .certificateExpired, .certificateNotYetValid, .untrustedCertificate, .wrongIdentity, .otherCluster,
            .turnedAway, .incompatible, .duplicateMember, .removedMember, .malformed, .unknownMember, .storage,
            .cancelled, .credentials, .cannotListen, .stopped:
            false
        }
    }
}

extension PeerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(let detail): "not reachable: \(detail)"
        case .deadlineExceeded: "no answer before the deadline"
        case .certificateExpired(let whose, let date):
            "the certificate of \(whose) expired at \(date). Put a new one in its place: that node takes it without a restart"
        case .certificateNotYetValid(let whose, let date):
            "the certificate of \(whose) is valid only from \(date). Compare the clocks of both nodes"
        case .untrustedCertificate(let detail):
            "the certificate is not one that this cluster's authority issued to a node: \(detail)"
        case .wrongIdentity(let presented, let expected?):
            "\(presented) answers where \(expected) should be. Check the addresses in the topology"
        case .wrongIdentity(let presented, nil): "\(presented) is no peer in this node's topology"
        case .otherCluster(let identity): "\(identity) belongs to another cluster"
        case .turnedAway(_, let detail): "the peer does not let this node in: \(detail)"
        case .incompatible(let detail): "the builds do not understand each other: \(detail). Upgrade the older one"
        case .duplicateMember(let member):
            "two processes run as member \(member): a copied disk or certificate. Stop one of them"
        case .removedMember(let member):
            "member \(member) was removed from the cluster. Its node comes back as a new member: invite it again, and start it "
                + "with an empty data directory"
        case .malformed(let detail): "the peer broke the protocol: \(detail)"
        case .refused(let reason): reason
        case .unavailable(let chunks, let reasons): Self.describe(chunks, reasons)
        case .unknownMember(let member): "member \(member) is not in the topology"
        case .storage(let error): "\(error)"
        case .cancelled: "cancelled"
        case .credentials(let detail): "this node's certificate or key cannot be used: \(detail)"
        case .cannotListen(let detail): "cannot listen for peers: \(detail)"
        case .stopped: "this node's peer network is not running"
        }
    }

    private static func describe(_ chunks: [ChunkID], _ reasons: [String]) -> String {
        let first = chunks.first.map { " (\($0)\(chunks.count > 1 ? " and others" : ""))" } ?? ""
        let said = reasons.isEmpty ? "nobody could be asked" : reasons.joined(separator: "; ")
        return "no peer gave \(chunks.count) chunks\(first): \(said)"
    }
}
