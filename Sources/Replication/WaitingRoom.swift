import Consensus
import Models
import Registry

/// What a proposal comes to.
typealias ProposalResult = Result<(index: LogIndex, outcome: Outcome), ProposalFailure>

/// Who waits for what, and no more than so many, kept behind the loop's lock. Methods return the wake-ups; the caller
/// resumes them after unlocking.
struct WaitingRoom {
    /// Who may wait at once, of each kind: bounds memory at this many times `Limits.commandBytes` in the worst case,
    /// and a few megabytes in practice.
    private static let limit = 10_000

    /// Continuations to be resumed outside the lock.
    struct WakeUps {
        fileprivate var actions: [() -> Void] = []

        /// Wakes everyone.
        func resume() { for action in actions { action() } }
    }

    private struct ConditionWaiter {
        let condition: @Sendable (WaitingRoom) -> Bool
        let continuation: CheckedContinuation<Void, Never>
        let deadline: UInt64
    }

    private struct ProposalWaiters {
        var continuations: [CheckedContinuation<ProposalResult, Never>] = []
        var deadline: UInt64 = 0
    }

    private(set) var status: ReplicaStatus
    private(set) var health: ReplicaLoop.Health = .running
    private var proposals: [UniqueID: ProposalWaiters] = [:]
    private var reads: [UInt64: (continuation: CheckedContinuation<LogIndex?, Never>, deadline: UInt64)] = [:]
    private var conditions: [ConditionWaiter] = []
    private var endWaiters: [CheckedContinuation<Void, Never>] = []
    private var nextRead: UInt64
    /// Whether the loop's thread has ended.
    private(set) var hasEnded = false

    /// - Parameter firstRead: any number, another one in each process: an answer to a question of the process before must not
    ///   be taken for one of this.
    init(status: ReplicaStatus, firstRead: UInt64) {
        self.status = status
        nextRead = firstRead
    }

    mutating func awaitOutcome(
        of id: UniqueID, _ continuation: CheckedContinuation<ProposalResult, Never>, deadline: UInt64
    ) -> ProposalFailure? {
        guard health == .running else { return .unavailable }
        guard proposals.count < Self.limit else { return .overloaded }
        var waiters = proposals[id] ?? ProposalWaiters()
        waiters.continuations.append(continuation)
        waiters.deadline = max(deadline, waiters.deadline)
        proposals[id] = waiters
        return nil
    }

    mutating func awaitRead(_ continuation: CheckedContinuation<LogIndex?, Never>, deadline: UInt64) -> UInt64? {
        guard health == .running, reads.count < Self.limit else { return nil }
        nextRead &+= 1
        reads[nextRead] = (continuation, deadline)
        return nextRead
    }

    /// Whether the caller now waits; false when `condition` holds already or nothing will change any more.
    mutating func awaitCondition(
        _ condition: @escaping @Sendable (WaitingRoom) -> Bool, _ continuation: CheckedContinuation<Void, Never>,
        deadline: UInt64
    ) -> Bool {
        if case .stopped = health { return false }
        guard !condition(self), conditions.count < Self.limit else { return false }
        conditions.append(ConditionWaiter(condition: condition, continuation: continuation, deadline: deadline))
        return true
    }

    mutating func note(_ outputs: [Replica.Output], _ status: ReplicaStatus?) -> WakeUps {
        var wakeUps = WakeUps()
        if let status { self.status = status }
        for output in outputs {
            switch output {
            case .settled(let id, let index, let outcome): settle(id, .success((index, outcome)), &wakeUps)
            case .failed(let id, let failure): settle(id, .failure(failure), &wakeUps)
            case .readReady(let id, let index): settleRead(id, index, &wakeUps)
            case .readLost(let id): settleRead(id, nil, &wakeUps)
            case .diverged(let index, let own, let majority):
                health = .stopped(
                    "its state at index \(index) is \(own), and a majority of voters has \(majority). This node's memory or "
                        + "disk is damaged, or its build differs: keep its data directory for analysis")
            case .lostEntries(let through, let last):
                health = .stopped(
                    "it acknowledged entries through \(through), and its log ends at \(last): its disk lost what was synced, or is a "
                        + "copy of an older disk. Remove this member, and let its node join anew with an empty data directory"
                )
            case .send, .applied, .leadership: break
            }
        }
        wakeConditions(&wakeUps) { $1.condition($0) }
        return wakeUps
    }

    /// Gives up what waited past its deadline. The replica gives up earlier, and knows why; this is for when it hangs.
    mutating func expire(now: UInt64) -> WakeUps {
        var wakeUps = WakeUps()
        for (id, waiters) in proposals where waiters.deadline <= now {
            settle(id, .failure(.unknownOutcome), &wakeUps)
        }
        for (id, read) in reads where read.deadline <= now { settleRead(id, nil, &wakeUps) }
        wakeConditions(&wakeUps) { $1.deadline <= now || $1.condition($0) }
        return wakeUps
    }

    mutating func revived(_ status: ReplicaStatus) -> WakeUps {
        self.status = status
        if case .full = health { health = .running }
        return WakeUps()
    }

    mutating func suspend(_ reason: String) -> WakeUps {
        if case .stopped = health { return WakeUps() }
        health = .full(reason)
        return failAll()
    }

    /// The thread has ended: nothing uses the store any more.
    mutating func ended() -> WakeUps {
        hasEnded = true
        var wakeUps = WakeUps()
        wakeConditions(&wakeUps) { _, _ in true }
        for continuation in endWaiters { wakeUps.actions.append { continuation.resume() } }
        endWaiters = []
        return wakeUps
    }

    /// Whether the caller now waits for the thread's end.
    mutating func awaitEnd(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
        guard !hasEnded else { return false }
        endWaiters.append(continuation)
        return true
    }

    mutating func stop(_ reason: String) -> WakeUps {
        if case .stopped = health {} else { health = .stopped(reason) }
        var wakeUps = failAll()
        wakeConditions(&wakeUps) { _, _ in true }
        return wakeUps
    }

    private mutating func failAll() -> WakeUps {
        var wakeUps = WakeUps()
        for id in Array(proposals.keys) { settle(id, .failure(.unavailable), &wakeUps) }
        for id in Array(reads.keys) { settleRead(id, nil, &wakeUps) }
        return wakeUps
    }

    private mutating func settle(_ id: UniqueID, _ result: ProposalResult, _ wakeUps: inout WakeUps) {
        for continuation in proposals.removeValue(forKey: id)?.continuations ?? [] {
            wakeUps.actions.append { continuation.resume(returning: result) }
        }
    }

    private mutating func settleRead(_ id: UInt64, _ index: LogIndex?, _ wakeUps: inout WakeUps) {
        guard let read = reads.removeValue(forKey: id) else { return }
        wakeUps.actions.append { read.continuation.resume(returning: index) }
    }

    private mutating func wakeConditions(_ wakeUps: inout WakeUps, where isDone: (WaitingRoom, ConditionWaiter) -> Bool)
    {
        guard !conditions.isEmpty else { return }
        var remaining: [ConditionWaiter] = []
        for waiter in conditions {
            if isDone(self, waiter) {
                wakeUps.actions.append { waiter.continuation.resume() }
            } else {
                remaining.append(waiter)
            }
        }
        conditions = remaining
    }
}
