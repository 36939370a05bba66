import Consensus
import Models
import Registry

/// Why a proposal got no outcome. The idempotency key makes asking again safe.
package enum ProposalFailure: Error, Hashable, Sendable {
    /// No leader was known all the while: the command never left this node and has no effect.
    case noLeader
    /// It was handed to a leader whose answer never came: it may or may not take effect. Ask again with the same key.
    case unknownOutcome
    /// This node has too many commands waiting: nothing was done with this one. Try again later.
    case overloaded
    /// This node is stopping or its store failed: ask another node with the same key.
    case unavailable
}

/// The commands this node has taken in and waits to see applied.
///
/// A command is handed to whoever leads, and again whenever the leader changes or stays silent too long. Handing it over
/// twice is harmless: the state machine remembers outcomes by the command's id. So a lost leader, a lost message and a
/// slow link are one case.
struct Proposals {
    struct Pending {
        let order: UInt64
        let bytes: [UInt8]
        var deadline: UInt64
        var resendAt: UInt64
        var wasSent: Bool
    }

    /// Ticks a leader may stay silent before it is asked again.
    static let resendTicks: UInt64 = 100

    private(set) var pending: [UniqueID: Pending] = [:]
    /// Those not handed to the present leader yet, oldest first.
    private var unsent: [UniqueID] = []
    private var taken: UInt64 = 0

    var isEmpty: Bool { pending.isEmpty }

    mutating func add(_ id: UniqueID, bytes: [UInt8], deadline: UInt64) {
        if let known = pending[id] {
            pending[id]?.deadline = max(known.deadline, deadline)
            return
        }
        taken += 1
        pending[id] = Pending(order: taken, bytes: bytes, deadline: deadline, resendAt: 0, wasSent: false)
        unsent.append(id)
    }

    /// The command was applied: nothing to wait for any more. Returns whether this node waited for it.
    mutating func settle(_ id: UniqueID) -> Bool { pending.removeValue(forKey: id) != nil }

    /// The leader changed: everything is to be handed over again.
    mutating func leaderChanged() { unsent = inOrder(pending.keys) }

    /// What to hand to the leader now, oldest first.
    var waiting: [(id: UniqueID, bytes: [UInt8])] {
        unsent.compactMap { id in pending[id].map { (id, $0.bytes) } }
    }

    /// Everything in `waiting` was handed over at tick `now`.
    mutating func handedOver(now: UInt64) {
        for id in unsent {
            pending[id]?.wasSent = true
            pending[id]?.resendAt = now + Self.resendTicks
        }
        unsent = []
    }

    /// Removes what is past its deadline, and marks what waited too long to be handed over again.
    mutating func expire(now: UInt64) -> [(id: UniqueID, failure: ProposalFailure)] {
        let late = inOrder(pending.filter { $0.value.deadline <= now }.keys)
        let failed = late.map {
            (id: $0, failure: pending[$0]?.wasSent == true ? ProposalFailure.unknownOutcome : .noLeader)
        }
        for id in late { pending[id] = nil }
        for id in inOrder(pending.filter({ $0.value.wasSent && $0.value.resendAt <= now }).keys) {
            pending[id]?.resendAt = now + Self.resendTicks
            unsent.append(id)
        }
        return failed
    }

    /// In the order they were taken in: a dictionary's order differs from run to run, and a simulation may not.
    private func inOrder(_ ids: some Sequence<UniqueID>) -> [UniqueID] {
        ids.sorted { (pending[$0]?.order ?? 0) < (pending[$1]?.order ?? 0) }
    }
}
