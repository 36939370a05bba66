import Consensus
import Registry

/// Compares this node's state hashes with the leader's (design.md, invariant 4).
///
/// The leader claims a hash for an index. A claim for an index not reached yet waits for it; one for an index passed
/// long ago is dropped: the next comes soon.
struct StateAgreement {
    /// Ticks between two claims of a leader: divergence is found within a second or so, for a few bytes.
    static let claimTicks: UInt64 = 100
    /// Hashes of past indexes kept: more than are applied between two claims under load.
    private static let remembered = 8_192

    private var hashes: [LogIndex: StateHash] = [:]
    private var awaited: (index: LogIndex, hash: StateHash)?
    /// The index at which this node was found to differ, if ever.
    private(set) var diverged: LogIndex?

    /// An entry was applied; returns the leader's hash if it was claimed before and differs.
    mutating func applied(_ index: LogIndex, _ hash: StateHash) -> StateHash? {
        hashes[index] = hash
        hashes[index &- UInt64(Self.remembered)] = nil
        guard let claim = awaited, claim.index == index else { return nil }
        awaited = nil
        guard claim.hash != hash else { return nil }
        diverged = diverged ?? index
        return claim.hash
    }

    /// The leader claims `hash` at `index`; returns this node's own hash there if it differs.
    mutating func compare(_ hash: StateHash, at index: LogIndex, applied: LogIndex) -> StateHash? {
        guard index <= applied else {
            awaited = (index, hash)
            return nil
        }
        guard let own = hashes[index], own != hash else { return nil }
        diverged = diverged ?? index
        return own
    }
}
