package import Consensus
package import Models
package import Registry
package import Storage

/// One node's part in the cluster, without threads, clocks or sockets: the consensus core, its log, and the state
/// machine the log drives.
///
/// `turn` takes everything that happened since the last one, in order, and carries it through:
///
///     inputs → core → ONE synced write (hard state, entries) → the core hears of the write → messages
///
/// Nothing leaves before the write it depends on (raft.md, scenario 14). Then `applyCommitted` applies what was
/// committed: after the messages are on their way, so that followers write while this node applies; and it drops the
/// beginning of a log that has become long. A node that lacks what was dropped receives the state itself
/// (`StateReception`, from another node's `StateSource`). Whoever owns a
/// replica (`ReplicaLoop`, or the simulator) calls the two in turn and carries out their outputs; it never reaches
/// inside.
///
/// What it does not do: know who may send (`Peering`), decide what a command means (`Registry`), keep bytes of models.
///
/// Invariants: the state in `store` is the log applied through `appliedIndex`, in one batch with that index. After a
/// thrown error the replica is finished: memory may be ahead of the disk. Build a new one from the store.
package struct Replica {
    /// What happened.
    package enum Input: Sendable {
        /// Time passed: one tick of the cluster's clock rate.
        case tick
        /// A message from a member came in; its link vouches for `from`.
        case message(PeerMessage, from: MemberID)
        /// A client of this node asks for a command, and waits so many ticks for its outcome.
        case propose(UniqueID, envelope: [UInt8], patienceTicks: UInt64)
        /// A client of this node asks for a read index.
        case read(id: UInt64)
        /// Leadership shall go to another member, or to the best one.
        case transferLeadership(to: MemberID?)
    }

    /// What is to be done.
    package enum Output: Sendable {
        /// Send to a member; losing it is allowed.
        case send(PeerMessage, to: MemberID)
        /// A command that this node's clients wait for was applied.
        case settled(UniqueID, index: LogIndex, Outcome)
        /// A command got no outcome in time.
        case failed(UniqueID, ProposalFailure)
        /// State applied through `index` answers the read.
        case readReady(id: UInt64, index: LogIndex)
        /// The read has no answer now: ask again.
        case readLost(id: UInt64)
        /// Entries were applied through `index`, and the state there has this hash.
        case applied(index: LogIndex, StateHash, events: [Event])
        /// Role, term or leader changed.
        case leadership(Leadership)
        /// This node's state at `index` is not what a majority has: it must stop.
        case diverged(index: LogIndex, own: StateHash, majority: StateHash)
        /// This node acknowledged entries through `through`, and its log ends at `last`: it must stop.
        case lostEntries(through: LogIndex, last: LogIndex)
    }

    private let store: any KeyValueStore
    private let log: ReplicatedLog
    private var core: RaftCore
    private var proposals = Proposals()
    private var agreement: StateAgreement
    private var source: StateSource
    private var reception: StateReception?
    /// Who shall belong to the cluster, by the state; nil while it does not say.
    private var plan: MembershipPlan?
    private let retention: LogRetention
    /// Who belonged to the cluster before its state could say so.
    private let founders: Membership
    private var now: UInt64 = 0
    private var committed: [ClosedRange<LogIndex>] = []
    private var lostThrough: LogIndex?
    /// Ticks since a leader was last known.
    private var leaderlessTicks: UInt64 = 0
    /// The index the state is applied through.
    package private(set) var appliedIndex: LogIndex
    /// The hash of the state at `appliedIndex`.
    package private(set) var stateHash: StateHash

    /// The replica that `store` holds, as its last run left it.
    /// - Parameters:
    ///   - membership: who the cluster was founded by; what the state and the log say goes before it.
    ///   - retention: how much of the log is kept for members that lag.
    ///   - seed: what election timeouts are drawn from; any number, different on each member.
    package init(
        id: MemberID, cluster: ClusterStamp, membership: Membership, store: any KeyValueStore, settings: Settings,
        retention: LogRetention = .standard, seed: UInt64
    ) throws(ReplicaError) {
        self.store = store
        self.retention = retention
        source = StateSource(pageBytes: retention.pageBytes)
        founders = membership
        do {
            log = try ReplicatedLog(store: store)
            let catalog = Catalog(store)
            let applied = try catalog.applied()
            let changed = try catalog.membership().map { Membership($0) }
            appliedIndex = applied.index
            stateHash = applied.hash
            core = try RaftCore(
                id: id, cluster: cluster, membership: changed ?? membership, hardState: log.hardState(), log: log,
                appliedIndex: appliedIndex, settings: settings, seed: seed)
            agreement = StateAgreement(own: id, applied: appliedIndex, stateHash)
            plan = try catalog.plan()
        } catch {
            throw ReplicaError(error)
        }
        guard (log.firstIndex - 1...log.lastIndex).contains(appliedIndex) else {
            throw .storage(
                .corrupted("state is applied through \(appliedIndex), the log is \(log.firstIndex)...\(log.lastIndex)"))
        }
    }

    /// Where this node stands, for people and for decisions that only need a hint.
    package var status: ReplicaStatus {
        ReplicaStatus(
            role: core.role, term: core.term, leader: core.leader, membership: core.membership,
            commitIndex: core.commitIndex,
            lastIndex: core.lastIndex, appliedIndex: appliedIndex, stateHash: stateHash, diverged: agreement.diverged,
            lostThrough: lostThrough)
    }

    /// The term of the log's entry at `index`, if the log has it: what a simulated run is checked by.
    package func term(at index: LogIndex) throws(LogReadError) -> Term? { try log.term(at: index) }

    /// Carries `inputs` through, in order, up to the messages they cause.
    package mutating func turn(_ inputs: [Input]) throws(ReplicaError) -> [Output] {
        var outputs: [Output] = []
        do {
            var effects = Effects()
            for input in inputs { effects.merge(try step(input, &outputs)) }
            effects.merge(try submitProposals(&outputs))
            while !effects.isEmpty {
                effects = try carryOut(effects, &outputs)
                effects.merge(try submitProposals(&outputs))
            }
        } catch {
            throw ReplicaError(error)
        }
        return outputs
    }

    /// Applies what earlier turns found committed.
    package mutating func applyCommitted() throws(ReplicaError) -> [Output] {
        var outputs: [Output] = []
        do {
            for range in committed { try apply(range, &outputs) }
            try shortenLog()
        } catch {
            throw ReplicaError(error)
        }
        committed = []
        return outputs
    }

    private mutating func step(_ input: Input, _ outputs: inout [Output]) throws -> Effects {
        switch input {
        case .tick:
            now += 1
            for (id, failure) in proposals.expire(now: now) { outputs.append(.failed(id, failure)) }
            claimState(&outputs)
            source.expire(now: now)
            var effects = try core.tick()
            if let step = reception?.tick(now: now) { effects.merge(try follow(step, &outputs)) }
            effects.merge(try changeMembership())
            seekState(&outputs)
            return effects
        case .message(let message, let from):
            return try receive(message, from: from, &outputs)
        case .propose(let id, let envelope, let patience):
            proposals.add(id, bytes: envelope, deadline: now + patience)
            return Effects()
        case .read(let id):
            return try core.requestRead(id: id)
        case .transferLeadership(let target):
            return try core.transferLeadership(to: target)
        }
    }

    /// A member that has known no leader for long may be led by one it has never heard of, admitted while it was away:
    /// it asks the members it knows for their state, one after the other, and learns of the others by that. One that
    /// has nothing newer says so with its first page.
    private mutating func seekState(_ outputs: inout [Output]) {
        leaderlessTicks = core.leader == nil ? leaderlessTicks + 1 : 0
        guard leaderlessTicks > 0, leaderlessTicks.isMultiple(of: Self.seekTicks), reception == nil else { return }
        let others = core.membership.members.filter { $0 != core.id }
        guard !others.isEmpty else { return }
        let source = others[Int(leaderlessTicks / Self.seekTicks) % others.count]
        begin(SnapshotNeed(source: source, index: core.commitIndex + 1), &outputs)
    }

    /// Ticks without a leader after which a state is asked for: elections are over by then, on the slowest lines too.
    private static let seekTicks: UInt64 = 1_000

    private mutating func begin(_ need: SnapshotNeed, _ outputs: inout [Output]) {
        let began = StateReception(need, founders: founders, now: now)
        outputs.append(.send(.stateRequest(began.request), to: need.source))
        reception = began
    }

    /// Takes the next step to the membership that the state asks for, when this node leads and the step before is
    /// committed.
    private mutating func changeMembership() throws(LogReadError) -> Effects {
        guard core.role == .leader,
            let next = plan?.step(from: core.membership, leader: core.id, isCaughtUp: { isCaughtUp($0) }),
            case .appended(_, let effects) = try core.changeMembership(to: next)
        else { return Effects() }
        return effects
    }

    private func isCaughtUp(_ member: MemberID) -> Bool {
        guard let progress = core.progress(of: member), progress.state == .replicate, progress.isActive else {
            return false
        }
        return progress.matched + MembershipPlan.promotionLag >= core.lastIndex
    }

    private mutating func receive(
        _ message: PeerMessage, from: MemberID, _ outputs: inout [Output]
    ) throws -> Effects {
        switch message {
        case .consensus(let message):
            guard message.from == from else { return Effects() }
            return try core.receive(message)
        case .proposals(let envelopes):
            // Not the leader any more, or full: the sender hears of the change, or asks again after a while.
            guard case .appended(_, _, let effects) = try core.propose(envelopes) else { return Effects() }
            return effects
        case .stateClaim(let index, let hash):
            let findings = agreement.heard(hash, at: index, from: from, applied: appliedIndex, core.membership)
            report(findings, &outputs)
            return Effects()
        case .stateRequest(let request):
            outputs.append(.send(.statePage(try source.page(request, for: from, of: store, now: now)), to: from))
            return Effects()
        case .statePage(let page):
            guard var reception, reception.source == from else { return Effects() }
            let step = try reception.take(page, into: store, now: now)
            self.reception = reception
            return try follow(step, &outputs)
        }
    }

    /// Goes on with the state that is being received.
    private mutating func follow(_ step: StateReception.Step, _ outputs: inout [Output]) throws(LogReadError)
        -> Effects
    {
        guard let source = reception?.source else { return Effects() }
        switch step {
        case .wait: return Effects()
        case .ask(let request):
            outputs.append(.send(.stateRequest(request), to: source))
            return Effects()
        case .complete(let snapshot):
            reception = nil
            return try core.snapshotFetched(snapshot)
        case .failed:
            reception = nil
            return core.snapshotFailed()
        }
    }

    /// Hands waiting commands to the leader, here or elsewhere.
    private mutating func submitProposals(_ outputs: inout [Output]) throws(LogReadError) -> Effects {
        let waiting = proposals.waiting
        guard !waiting.isEmpty else { return Effects() }
        if core.role == .leader {
            guard case .appended(_, _, let effects) = try core.propose(waiting) else {
                proposals.turnedAway()
                return Effects()
            }
            proposals.handedOver(now: now, toSelf: true)
            return effects
        }
        guard let leader = core.leader else { return Effects() }
        for batch in Self.batches(of: waiting) { outputs.append(.send(.proposals(batch), to: leader)) }
        proposals.handedOver(now: now, toSelf: false)
        return Effects()
    }

    /// In messages that a link carries: one that is too long would be dropped, and so would everything in it.
    private static func batches(of envelopes: [[UInt8]]) -> [[[UInt8]]] {
        var (batches, bytes): ([[[UInt8]]], Int) = ([], .max)
        for envelope in envelopes {
            if bytes >= 1 << 20 {
                batches.append([])
                bytes = 0
            }
            batches[batches.count - 1].append(envelope)
            bytes += envelope.count
        }
        return batches
    }

    /// One synced write, then what depends on it; returns what the core asks for next.
    private mutating func carryOut(_ effects: Effects, _ outputs: inout [Output]) throws -> Effects {
        var batch = WriteBatch()
        let base = effects.snapshot.map { LogOrigin(index: $0.index, term: $0.term) }
        if let base {
            batch.exchangeStates()
            batch.clearIncoming()
            batch.clearDerived()
            log.reset(to: base, in: &batch)
        }
        log.append(effects.entries, hardState: effects.hardState, to: &batch)
        if !batch.isEmpty {
            try store.write(batch, synced: true)
            if let base {
                log.reset(to: base)
                try stateWasReplaced(&outputs)
            }
            log.appended(effects.entries)
        }
        if let lost = effects.lostThrough {
            lostThrough = lost
            outputs.append(.lostEntries(through: lost, last: core.lastIndex))
        }
        if let need = effects.snapshotNeed { begin(need, &outputs) }
        for message in effects.messages { outputs.append(.send(.consensus(message), to: message.to)) }
        committed.append(contentsOf: effects.committed)
        for read in effects.reads { outputs.append(read.output) }
        if let leadership = effects.leadership {
            proposals.leaderChanged()
            outputs.append(.leadership(leadership))
        }
        guard let last = effects.entries.last else { return Effects() }
        return try core.persisted(through: last.index, term: last.term)
    }

    /// Another member's state has taken the place of this node's own.
    private mutating func stateWasReplaced(_ outputs: inout [Output]) throws(StorageError) {
        (appliedIndex, _, stateHash) = try Catalog(store).applied()
        agreement = StateAgreement(own: core.id, applied: appliedIndex, stateHash)
        committed = []
        plan = try Catalog(store).plan()
        outputs.append(.applied(index: appliedIndex, stateHash, events: [.stateReplaced]))
    }

    /// Drops the beginning of a log that is twice as long as is kept.
    private func shortenLog() throws {
        guard
            let excess = log.excess(applied: appliedIndex, bytes: retention.bytes, entries: retention.entries)
        else { return }
        let index = min(excess, source.oldestIndex ?? excess)
        guard index >= log.firstIndex, let term = try log.term(at: index)
        else { return }
        let base = LogOrigin(index: index, term: term)
        var batch = WriteBatch()
        log.cut(at: base, in: &batch)
        // Not synced: what a crash loses of it, it loses after the state that makes it superfluous.
        try store.write(batch, synced: false)
        log.cut(at: base)
    }

    /// Entries that are applied in one transaction.
    private static let entriesPerTransaction: LogIndex = 256

    private mutating func apply(_ range: ClosedRange<LogIndex>, _ outputs: inout [Output]) throws {
        var next = range.lowerBound
        while next <= range.upperBound {
            // A command that looks at a range looks at every change of its transaction.
            let last = min(range.upperBound, next + Self.entriesPerTransaction - 1)
            let entries = try log.entries(from: next, through: last, maximumBytes: 4 << 20)
            guard let last = entries.last, entries.first?.index == next else {
                throw LogReadError.unavailable(index: next, reason: "it is committed but not in the log")
            }
            try apply(entries, &outputs)
            next = last.index + 1
        }
    }

    /// Applies `entries` in one transaction. The write is not synced: after a crash the log applies them again.
    private mutating func apply(_ entries: [Entry], _ outputs: inout [Output]) throws {
        var transaction = try StateTransaction(reader: store)
        var events: [Event] = []
        for entry in entries {
            if let applied = try transaction.apply(entry) {
                events.append(contentsOf: applied.events)
                if let id = applied.commandID, proposals.settle(id) {
                    outputs.append(.settled(id, index: entry.index, applied.outcome))
                }
            }
            // In two steps: `report` takes a copy of `self` before its arguments are evaluated, and the hashes would be
            // copied.
            let findings = agreement.applied(entry.index, transaction.stateHash, core.membership)
            report(findings, &outputs)
        }
        var batch = WriteBatch()
        transaction.append(to: &batch)
        try store.write(batch, synced: false)
        appliedIndex = transaction.appliedIndex
        stateHash = transaction.stateHash
        if events.contains(.membersChanged) { plan = try Catalog(store).plan() }
        outputs.append(.applied(index: appliedIndex, stateHash, events: events))
    }

    /// The leader tells everyone its state's hash, so that a difference is found.
    private func claimState(_ outputs: inout [Output]) {
        guard core.role == .leader, now.isMultiple(of: StateAgreement.claimTicks) else { return }
        announce(appliedIndex, stateHash, &outputs)
    }

    private func announce(_ index: LogIndex, _ hash: StateHash, _ outputs: inout [Output]) {
        for member in core.membership.members where member != core.id {
            outputs.append(.send(.stateClaim(index: index, hash), to: member))
        }
    }

    private func report(_ findings: [StateAgreement.Finding], _ outputs: inout [Output]) {
        for finding in findings {
            switch finding {
            case .announce(let index, let hash): announce(index, hash, &outputs)
            case .diverged(let index, let own, let majority):
                outputs.append(.diverged(index: index, own: own, majority: majority))
            }
        }
    }
}

extension ReadOutcome {
    fileprivate var output: Replica.Output {
        switch self {
        case .ready(let id, let index): .readReady(id: id, index: index)
        case .lost(let id): .readLost(id: id)
        }
    }
}

extension Catalog {
    /// Who shall belong to the cluster; nil while no command can have changed it.
    fileprivate func plan() throws(StorageError) -> MembershipPlan? {
        guard try level() > 1 else { return nil }
        return try cluster().map { MembershipPlan($0.members) }
    }
}

extension Membership {
    /// A membership of members with these numbers.
    init(_ numbers: (voters: [UInt64], learners: [UInt64])) {
        self.init(voters: numbers.voters.map { MemberID($0) }, learners: numbers.learners.map { MemberID($0) })
    }
}

/// How much of the log a node keeps for members that lag; who needs more receives the state instead, in pages.
package struct LogRetention: Hashable, Sendable {
    /// About so many bytes…
    package let bytes: Int
    /// …and at most so many entries. Up to twice as much is kept, so that the log is seldom cut.
    package let entries: Int
    /// Bytes of a page of a state.
    package let pageBytes: Int

    /// Keeps `bytes` and `entries`, and hands a state over in pages of `pageBytes`.
    package init(bytes: Int, entries: Int, pageBytes: Int) {
        self.bytes = bytes
        self.entries = entries
        self.pageBytes = pageBytes
    }

    /// An hour of a busy cluster's aliases, or a minute of its largest commands; a page is a few milliseconds of
    /// reading for the thread that also keeps the log.
    package static let standard = LogRetention(bytes: 64 << 20, entries: 50_000, pageBytes: 512 << 10)
}
