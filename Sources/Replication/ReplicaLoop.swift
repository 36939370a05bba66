package import Consensus
import Glibc
import Models
package import Registry
package import Storage
import Synchronization

/// The one loop around a `Replica`: a thread that hands it inputs and ticks and carries out what it says. Everything
/// else of the node talks to this type, from any task.
package final class ReplicaLoop: Sendable {
    /// Who this replica is and how fast its clock ticks.
    package struct Configuration: Sendable {
        /// This node's member id.
        package let id: MemberID
        /// The cluster's stamp, in every message.
        package let cluster: ClusterStamp
        /// The members the cluster was founded by.
        package let membership: Membership
        /// Timeouts and windows, in ticks and bytes.
        package let settings: Settings
        /// One tick, in milliseconds.
        package let tickMilliseconds: UInt64
        /// What election timeouts are drawn from.
        package let seed: UInt64

        /// A configuration.
        package init(
            id: MemberID, cluster: ClusterStamp, membership: Membership, settings: Settings, tickMilliseconds: UInt64,
            seed: UInt64
        ) {
            self.id = id
            self.cluster = cluster
            self.membership = membership
            self.settings = settings
            self.tickMilliseconds = tickMilliseconds
            self.seed = seed
        }
    }

    /// Whether this node may serve.
    package enum Health: Hashable, Sendable {
        /// It may.
        case running
        /// Its disk is full: it neither votes nor acknowledges; it resumes by itself when there is space.
        case full(String)
        /// It stopped for good, for this reason.
        case stopped(String)
    }

    /// Sends messages to members; called on the loop's thread, must not block.
    package typealias Transport = @Sendable (_ messages: [PeerMessage], _ to: MemberID) -> Void

    private let configuration: Configuration
    private let store: any KeyValueStore
    private let transport: Transport
    private let mailbox = Mailbox<Replica.Input>()
    private let state: Mutex<WaitingRoom>
    /// Events of applied entries, in order, for one consumer. It holds the newest 65,536: who may miss some looks
    /// through everything from time to time.
    package let events: AsyncStream<[Event]>
    private let eventSink: AsyncStream<[Event]>.Continuation

    /// A loop over what `store` holds. It does nothing before `start()`.
    package init(configuration: Configuration, store: any KeyValueStore, transport: @escaping Transport)
        throws(ReplicaError)
    {
        self.configuration = configuration
        self.store = store
        self.transport = transport
        (events, eventSink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(65_536))
        let replica = try Self.makeReplica(configuration, store)
        var generator = SystemRandomNumberGenerator()
        state = Mutex(WaitingRoom(status: replica.status, firstRead: generator.next()))
    }

    /// The members of the cluster.
    package var membership: Membership { status.membership }

    private static func makeReplica(_ configuration: Configuration, _ store: any KeyValueStore) throws(ReplicaError)
        -> Replica
    {
        try Replica(
            id: configuration.id, cluster: configuration.cluster, membership: configuration.membership, store: store,
            settings: configuration.settings, seed: configuration.seed)
    }

    /// Starts the thread, and one that watches the time for those who wait, for the first may hang in a write.
    package func start() {
        startThread { [self] in
            run()
            state.withLock { $0.ended() }.resume()
        }
        startThread { [self] in
            while !state.withLock(\.hasEnded) {
                usleep(20_000)
                state.withLock { $0.expire(now: monotonicNanoseconds()) }.resume()
            }
        }
    }

    /// Hands leadership over if this node has it, then ends the loop. Commands still waiting fail as `unavailable`.
    /// Returns when the thread has ended, so that the store may be closed. Must not be called before `start()`.
    package func stop() async {
        await handOver(to: nil)
        mailbox.close()
        state.withLock { $0.stop("the node is stopping") }.resume()
        eventSink.finish()
        await withCheckedContinuation { continuation in
            if !state.withLock({ $0.awaitEnd(continuation) }) { continuation.resume() }
        }
    }

    /// Where the replica stands. One that does not run neither leads nor follows, whatever it did last.
    package var status: ReplicaStatus {
        state.withLock { $0.health == .running ? $0.status : $0.status.withoutRole }
    }

    /// Whether this node may serve.
    package var health: Health { state.withLock(\.health) }

    /// A message of member `from` came in.
    package func receive(_ message: PeerMessage, from: MemberID) { mailbox.put(.message(message, from: from)) }

    /// Hands leadership to `member`, or to the best other voter; returns when this node no longer leads, or after two
    /// seconds when nobody could take over.
    package func handOver(to member: MemberID?) async {
        guard status.role == .leader, membership.voters.count > 1 else { return }
        mailbox.put(.transferLeadership(to: member))
        await wait(until: monotonicNanoseconds() + 2_000_000_000) { $0.status.role != .leader }
    }

    /// Puts a command into the log and returns its outcome and index once this node has applied it.
    package func propose(_ envelope: CommandEnvelope, patience: Duration) async throws(ProposalFailure)
        -> (index: LogIndex, outcome: Outcome)
    {
        let result: ProposalResult = await withCheckedContinuation { continuation in
            // A second more than the replica takes: it knows why it gives up.
            let deadline = monotonicNanoseconds() + UInt64(patience.milliseconds + 1_000) * 1_000_000
            let refusal = state.withLock { $0.awaitOutcome(of: envelope.id, continuation, deadline: deadline) }
            if let refusal { return continuation.resume(returning: .failure(refusal)) }
            let ticks = UInt64(patience.milliseconds) / configuration.tickMilliseconds + 1
            mailbox.put(.propose(envelope.id, envelope: envelope.canonicalBytes, patienceTicks: ticks))
        }
        return try result.get()
    }

    /// Returns once this node's state holds every write that was acknowledged anywhere before the call; false when
    /// the leader could not confirm it within `patience`.
    package func waitForLinearizableState(patience: Duration) async -> Bool {
        let deadline = monotonicNanoseconds() + UInt64(patience.milliseconds) * 1_000_000
        while monotonicNanoseconds() < deadline {
            let index: LogIndex? = await withCheckedContinuation { continuation in
                let id = state.withLock { $0.awaitRead(continuation, deadline: deadline) }
                guard let id else { return continuation.resume(returning: nil) }
                mailbox.put(.read(id: id))
            }
            if let index { return await waitUntilApplied(index, deadline: deadline) }
            guard health == .running else { return false }
            // The leader is unknown or just lost it: the next change of leadership, or a while, and again.
            let term = status.term
            let retryAt = min(deadline, monotonicNanoseconds() + 50_000_000)
            await wait(until: retryAt) { $0.status.term != term }
        }
        return false
    }

    /// Returns once this node has applied `index`; false when it has not within `patience`.
    package func waitUntilApplied(_ index: LogIndex, patience: Duration) async -> Bool {
        await waitUntilApplied(index, deadline: monotonicNanoseconds() + UInt64(patience.milliseconds) * 1_000_000)
    }

    private func waitUntilApplied(_ index: LogIndex, deadline: UInt64) async -> Bool {
        await wait(until: deadline) { $0.status.appliedIndex >= index }
        return status.appliedIndex >= index
    }

    /// Returns once this node knows a leader, or after `patience`.
    package func waitForLeader(patience: Duration) async {
        await wait(until: monotonicNanoseconds() + UInt64(patience.milliseconds) * 1_000_000) {
            $0.status.leader != nil
        }
    }

    /// Returns when `condition` holds of the voters' and learners' ids, by this node's log, or after `patience`.
    package func waitForMembership(
        patience: Duration, _ condition: @escaping @Sendable (_ voters: [UInt64], _ learners: [UInt64]) -> Bool
    ) async {
        await wait(until: monotonicNanoseconds() + UInt64(patience.milliseconds) * 1_000_000) {
            let membership = $0.status.membership
            return condition(membership.voters.map(\.rawValue), membership.learners.map(\.rawValue))
        }
    }

    /// This node must not go on, for this reason: it neither votes nor leads any more.
    package func abandon(_ reason: String) {
        state.withLock { $0.stop(reason) }.resume()
        mailbox.close()
    }

    /// Returns when `condition` holds, the loop ended, or the monotonic clock reads `deadline`.
    private func wait(until deadline: UInt64, _ condition: @escaping @Sendable (WaitingRoom) -> Bool) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isWaiting = state.withLock { $0.awaitCondition(condition, continuation, deadline: deadline) }
            if !isWaiting { continuation.resume() }
        }
    }

    // MARK: The thread

    private func run() {
        let tick = configuration.tickMilliseconds * 1_000_000
        var replica: Replica?
        var nextTick = monotonicNanoseconds() + tick
        var nextAttempt: UInt64 = 0
        while var inputs = mailbox.take(until: nextTick) {
            let now = monotonicNanoseconds()
            if now >= nextTick {
                // One tick however long this thread was stopped: a node that slept must not wake up as a candidate.
                inputs.append(.tick)
                nextTick = now + tick
            }
            do {
                if replica == nil {
                    guard now >= nextAttempt else { continue }
                    nextAttempt = now + 1_000_000_000
                    replica = try revive()
                }
                try turn(&replica, inputs)
                if replica?.status.isFinished == true {
                    // It must neither vote nor lead any more.
                    mailbox.close()
                    return state.withLock { $0.stop("its state or its log is wrong") }.resume()
                }
            } catch {
                replica = nil
                guard case .storage(.full(let detail)) = error else {
                    state.withLock { $0.stop(error.description) }.resume()
                    mailbox.close()
                    return
                }
                state.withLock { $0.suspend(detail) }.resume()
            }
        }
    }

    /// A replica from what is on disk; throws while the disk takes no write.
    private func revive() throws(ReplicaError) -> Replica {
        if health != .running {
            var probe = WriteBatch()
            probe.put(Array(repeating: 0, count: 4_096), for: Array("write probe".utf8), in: .local)
            do { try store.write(probe, synced: true) } catch { throw .storage(error) }
        }
        let replica = try Self.makeReplica(configuration, store)
        state.withLock { $0.revived(replica.status) }.resume()
        return replica
    }

    private func turn(_ replica: inout Replica?, _ inputs: [Replica.Input]) throws(ReplicaError) {
        if let outputs = try replica?.turn(inputs) { carryOut(outputs, replica?.status) }
        if let outputs = try replica?.applyCommitted(), !outputs.isEmpty { carryOut(outputs, replica?.status) }
    }

    private func carryOut(_ outputs: [Replica.Output], _ status: ReplicaStatus?) {
        var messages: [MemberID: [PeerMessage]] = [:]
        for case .send(let message, let member) in outputs { messages[member, default: []].append(message) }
        for (member, messages) in messages { transport(messages, member) }
        state.withLock { $0.note(outputs, status) }.resume()
        for case .applied(_, _, let events) in outputs where !events.isEmpty { eventSink.yield(events) }
    }
}

extension Duration {
    /// Whole milliseconds; at least 0.
    fileprivate var milliseconds: Int64 {
        max(0, components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
