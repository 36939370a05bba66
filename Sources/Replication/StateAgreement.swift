import Consensus
import Registry

/// Finds out which node's state is wrong when states differ (design.md, invariant 4).
///
/// The leader claims its state's hash at an index, once a second. Who differs says so to everyone, and then everyone
/// tells its own hash there: a hash that a majority of voters has is right, and whoever has another one stops. One
/// damaged node, the leader too, so never stops the others.
///
/// A claim for an index not reached yet waits for it; one for an index passed long ago is dropped: the next comes soon.
struct StateAgreement {
    /// What follows from what was heard or applied.
    enum Finding: Hashable {
        /// Tell everyone this node's hash at the index.
        case announce(LogIndex, StateHash)
        /// A majority has another hash than this node: it must stop.
        case diverged(LogIndex, own: StateHash, majority: StateHash)
    }

    /// Ticks between two claims of a leader: divergence is found within a second or so, for a few bytes.
    static let claimTicks: UInt64 = 100
    /// Hashes of past indexes kept: more than are applied between two claims under load.
    private static let remembered = 8_192
    /// Indexes that nodes differ at, remembered at once: one decides, the rest are for messages that overtake.
    private static let disputesRemembered = 8

    private let own: MemberID
    private var hashes: [LogIndex: StateHash] = [:]
    /// The newest claim of each member for an index that this node has not applied.
    private var awaited: [MemberID: (index: LogIndex, hash: StateHash)] = [:]
    /// What members claimed where somebody differs.
    private var disputes: [LogIndex: [MemberID: StateHash]] = [:]
    /// Up to here disputes are forgotten and not taken up again: each is announced once, or nodes that differ for long
    /// would never stop answering one another.
    private var forgotten: LogIndex?
    /// The index at which this node was found to be wrong, if ever.
    private(set) var diverged: LogIndex?

    /// The agreement of member `own`, whose state is applied through `index`.
    init(own: MemberID, applied index: LogIndex, _ hash: StateHash) {
        self.own = own
        hashes[index] = hash
    }

    /// An entry was applied here.
    mutating func applied(_ index: LogIndex, _ hash: StateHash, _ membership: Membership) -> [Finding] {
        hashes[index] = hash
        hashes[index &- UInt64(Self.remembered)] = nil
        guard !awaited.isEmpty else { return [] }
        var findings: [Finding] = []
        for (member, claim) in awaited.sorted(by: { $0.key < $1.key }) where claim.index <= index {
            awaited[member] = nil
            if claim.index == index { findings += compare(claim.hash, at: index, of: member, membership) }
        }
        return findings
    }

    /// `member` has `hash` at `index`.
    mutating func heard(
        _ hash: StateHash, at index: LogIndex, from member: MemberID, applied: LogIndex, _ membership: Membership
    ) -> [Finding] {
        guard index <= applied else {
            awaited[member] = (index, hash)
            return []
        }
        return compare(hash, at: index, of: member, membership)
    }

    private mutating func compare(
        _ hash: StateHash, at index: LogIndex, of member: MemberID, _ membership: Membership
    ) -> [Finding] {
        guard diverged == nil, let ownHash = hashes[index], hash != ownHash || disputes[index] != nil else { return [] }
        if let forgotten, index <= forgotten { return [] }
        var findings: [Finding] = []
        if disputes[index] == nil {
            if disputes.count >= Self.disputesRemembered, let oldest = disputes.keys.min() {
                disputes[oldest] = nil
                forgotten = max(oldest, forgotten ?? oldest)
            }
            disputes[index] = [own: ownHash]
            findings.append(.announce(index, ownHash))
        }
        disputes[index]?[member] = hash
        guard let claims = disputes[index] else { return findings }
        for claimed in Set(claims.values) where claimed != ownHash {
            let count = membership.voters.count { claims[$0] == claimed }
            guard count >= membership.quorum else { continue }
            diverged = index
            findings.append(.diverged(index, own: ownHash, majority: claimed))
        }
        return findings
    }
}
