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
/// A command is handed to whoever leads, and again whenever the leader changes or stays silent too long. Handing it
/// over twice is harmless: the state machine remembers outcomes by the command's id. So a lost leader, a lost message
/// and a slow link are one case.
struct Proposals {
    struct Pending {
        let order: UInt64
        let bytes: [UInt8]
        var deadline: UInt64
        /// When it is handed over again, to a leader elsewhere that stays silent.
        var resendAt: UInt64 = .max
        var timesSent: UInt64 = 0
        /// Whether the leader here had no room for it.
        var wasTurnedAway = false
    }

    /// Ticks a leader may stay silent before it is asked again; twice as long each further time, for silence may be
    /// overload.
    static let resendTicks: UInt64 = 100

    private(set) var pending: [UniqueID: Pending] = [:]
    /// Those not handed to the present leader yet, oldest first.
    private var unsent: [UniqueID] = []
    private var taken: UInt64 = 0

    mutating func add(_ id: UniqueID, bytes: [UInt8], deadline: UInt64) {
        if let known = pending[id] {
            pending[id]?.deadline = max(known.deadline, deadline)
            return
        }
        taken += 1
        pending[id] = Pending(order: taken, bytes: bytes, deadline: deadline)
        unsent.append(id)
    }

    /// The command was applied: nothing to wait for any more. Returns whether this node waited for it.
    mutating func settle(_ id: UniqueID) -> Bool { pending.removeValue(forKey: id) != nil }

    /// The leader changed: everything is to be handed over again.
    mutating func leaderChanged() { unsent = inOrder(pending.keys) }

    /// What to hand to the leader now, oldest first.
    var waiting: [[UInt8]] { unsent.compactMap { pending[$0]?.bytes } }

    /// Everything in `waiting` was handed over at tick `now`. What is in this node's own log is not handed over again
    /// while it leads: nothing can be lost on the way.
    mutating func handedOver(now: UInt64, toSelf: Bool) {
        for id in unsent {
            guard var proposal = pending[id] else { continue }
            proposal.resendAt = toSelf ? .max : now + Self.resendTicks << min(proposal.timesSent, 4)
            proposal.timesSent += 1
            pending[id] = proposal
        }
        unsent = []
    }

    /// The leader here had no room for what is in `waiting`.
    mutating func turnedAway() { for id in unsent { pending[id]?.wasTurnedAway = true } }

    /// Removes what is past its deadline, and marks what waited too long to be handed over again.
    mutating func expire(now: UInt64) -> [(id: UniqueID, failure: ProposalFailure)] {
        let late = inOrder(pending.filter { $0.value.deadline <= now }.keys)
        let failed = late.map {
            (id: $0, failure: pending[$0]?.failure ?? .unknownOutcome)
        }
        for id in late { pending[id] = nil }
        for id in inOrder(pending.filter({ $0.value.resendAt <= now }).keys) {
            pending[id]?.resendAt = .max
            unsent.append(id)
        }
        return failed
    }

    /// In the order they were taken in: a dictionary's order differs from run to run, and a simulation may not.
    private func inOrder(_ ids: some Sequence<UniqueID>) -> [UniqueID] {
        ids.sorted { (pending[$0]?.order ?? 0) < (pending[$1]?.order ?? 0) }
    }
}

extension Proposals.Pending {
    /// What to say of a command that got no outcome in time.
    fileprivate var failure: ProposalFailure {
        if timesSent > 0 { return .unknownOutcome }
        return wasTurnedAway ? .overloaded : .noLeader
    }
}
