import Consensus
import Models
import Registry

/// What a proposal comes to.
typealias ProposalResult = Result<(index: LogIndex, outcome: Outcome), ProposalFailure>

/// Who waits for what, kept behind the loop's lock. Methods return the wake-ups; the caller resumes them after unlocking.
struct WaitingRoom {
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

    private(set) var status: ReplicaStatus
    private(set) var health: ReplicaLoop.Health = .running
    private var proposals: [UniqueID: [CheckedContinuation<ProposalResult, Never>]] = [:]
    private var reads: [UInt64: (continuation: CheckedContinuation<LogIndex?, Never>, deadline: UInt64)] = [:]
    private var conditions: [ConditionWaiter] = []
    private var nextRead: UInt64 = 1

    init(status: ReplicaStatus) { self.status = status }

    mutating func awaitOutcome(
        of id: UniqueID, _ continuation: CheckedContinuation<ProposalResult, Never>, limit: Int
    ) -> ProposalFailure? {
        guard health == .running else { return .unavailable }
        guard proposals.count < limit else { return .overloaded }
        proposals[id, default: []].append(continuation)
        return nil
    }

    mutating func awaitRead(_ continuation: CheckedContinuation<LogIndex?, Never>, deadline: UInt64) -> UInt64? {
        guard health == .running else { return nil }
        nextRead += 1
        reads[nextRead] = (continuation, deadline)
        return nextRead
    }

    /// Whether the caller now waits; false when `condition` holds already or nothing will change any more.
    mutating func awaitCondition(
        _ condition: @escaping @Sendable (WaitingRoom) -> Bool, _ continuation: CheckedContinuation<Void, Never>,
        deadline: UInt64
    ) -> Bool {
        if case .stopped = health { return false }
        guard !condition(self) else { return false }
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
            case .diverged(let index, let own, let leaders):
                health = .stopped(
                    "its state differs from the leader's at index \(index): \(own) here, \(leaders) there. "
                        + "Keep the data directory for analysis and start this node anew with an empty one")
            case .send, .applied, .leadership: break
            }
        }
        wakeConditions(&wakeUps) { $1.condition($0) }
        return wakeUps
    }

    mutating func expire(now: UInt64) -> WakeUps {
        var wakeUps = WakeUps()
        for (id, read) in reads where read.deadline <= now { settleRead(id, nil, &wakeUps) }
        wakeConditions(&wakeUps) { $1.deadline <= now || $1.condition($0) }
        return wakeUps
    }

    mutating func revived(_ status: ReplicaStatus) -> WakeUps {
        self.status = status
        health = .running
        return WakeUps()
    }

    mutating func suspend(_ reason: String) -> WakeUps {
        health = .full(reason)
        return failAll()
    }

    mutating func stop(_ reason: String) -> WakeUps {
        health = .stopped(reason)
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
        for continuation in proposals.removeValue(forKey: id) ?? [] {
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
