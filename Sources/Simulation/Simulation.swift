import Consensus
import Models
import Registry
import Replication
import Storage

/// A whole cluster in one process and on one thread: real replicas over stores in memory, on virtual time, with a
/// network, disks and clocks that fail as a seed says. Equal seeds give equal runs.
///
/// What is real: the consensus core, the log, the state machine, the order of writes and messages. What is simulated:
/// time, links, disks, crashes, clients.
///
/// What it does not do: model bytes; they live beside the log.
///
/// After every event it holds the run against what must always be true (`Checker`); a run ends with everything healed,
/// and then the cluster must have a leader, take a write, and agree.
package struct Simulation {
    /// What a run was like.
    package struct Figures: Sendable {
        /// Nothing happened yet.
        package init() {}

        /// Events carried out.
        package var events = 0
        /// Terms that had a leader.
        package var leaders = 0
        /// Crashes, each losing what was not synced.
        package var crashes = 0
        /// Those of leaders that had just been elected.
        package var falls = 0
        /// Partitions, of one or both directions.
        package var partitions = 0
        /// Those that cut off a leader when it was about to change the members.
        package var cuts = 0
        /// Disks that were full for a while.
        package var fullDisks = 0
        /// Disks whose writes failed for a while.
        package var brokenDisks = 0
        /// Disks whose writes took long for a while.
        package var slowDisks = 0
        /// Disks with a record that could not be read any more.
        package var damagedDisks = 0
        /// Pages of a state that were changed on their way.
        package var damagedPages = 0
        /// Runs that ended without a majority of undamaged voters: only safety is asked of them.
        package var majoritiesLost = 0
        /// Clocks that stopped or ran fast or slowly for a while.
        package var clocks = 0
        /// Transfers of leadership that were asked for.
        package var transfers = 0
        /// Nodes admitted, given another role or removed.
        package var membershipChanges = 0
        /// States that took the place of a node's own, because the log it needed was gone.
        package var snapshots = 0
        /// Writes acknowledged to clients.
        package var acknowledged = 0
        /// Reads answered to clients.
        package var reads = 0
        /// Messages lost, on purpose or by a crash or partition.
        package var lost = 0
    }

    /// Milliseconds of virtual time with faults, and then without.
    static let (troubled, healed): (UInt64, UInt64) = (20_000, 20_000)
    /// The number under which the faults that are aimed at a moment can be left out; those that were drawn count from
    /// 1.
    static let aimed = 0

    var random: SplitMix64
    var now: UInt64 = 0
    var agenda = Agenda()
    var nodes: [MemberID: SimulatedNode] = [:]
    var network = SimulatedNetwork()
    private var settings = Settings()
    /// How many of a hundred leaders crash soon after they were elected: what one leader began, others find unfinished
    /// (Raft, figure 8).
    private var fallingPercent = 0
    /// Leaders that crash when the next entry is committed.
    var fallsOnCommit: Set<MemberID> = []
    /// How many of a hundred leaders are cut off when they are about to change the members.
    private var cuttingPercent = 0
    var checker: Checker
    var figures = Figures()
    /// Every node there is or was.
    var members: [MemberID]
    let founders: [MemberID]
    let mutation: Mutation?
    var nextCommand: UInt64 = 1
    /// What happened, for people, when it is asked for.
    package var transcript: [String]?
    /// How many faults were drawn.
    var faults = 0
    /// Faults that are drawn and then do not happen: how a failing run is made short.
    let leftOut: Set<Int>

    /// A run from `seed`, with a defect put in on purpose if `mutation` names one.
    /// - Parameter leftOut: numbers of faults that do not happen.
    package init(seed: UInt64, mutation: Mutation? = nil, leftOut: Set<Int> = []) {
        self.leftOut = leftOut
        random = SplitMix64(seed: seed)
        let count = Bool.random(using: &random) ? 3 : 5
        founders = (1...count).map { MemberID(UInt64($0)) }
        members = founders
        self.mutation = mutation
        checker = Checker()
    }

    /// Runs to the end and returns what happened; throws the first thing that must not be.
    package mutating func run() throws -> Figures {
        // Small windows, so that their limits are met; in some runs each entry has a message of its own.
        settings.maximumMessageBytes = [1, 400, 2_048][random.below(3)]
        settings.inflightMessages = [1, 4][random.below(2)]
        settings.recentBytes = 4_096
        fallingPercent = [0, 0, 40, 90][random.below(4)]
        cuttingPercent = [0, 50][random.below(2)]
        for member in members { try startNew(member, at: random.below(10)) }
        network.lossPercent = [0, 0, 2, 10][random.below(4)]
        network.duplicationPercent = [0, 5][random.below(2)]
        network.maximumDelay = [5, 20, 100, 400, 4_000][random.below(5)]
        agenda.add(.fault, at: 500)
        agenda.add(.client, at: 700)
        try carryOut(until: Self.troubled)
        try heal()
        try carryOut(until: Self.troubled + Self.healed)
        try finish()
        figures.leaders = checker.leaders.count
        return figures
    }

    private mutating func carryOut(until end: UInt64) throws {
        while let (time, event) = agenda.next(before: end) {
            now = time
            figures.events += 1
            switch event {
            case .tick(let member): try tick(member)
            case .deliver(let message, let from, let to, let sentAt):
                try deliver(message, from: from, to: to, sentAt: sentAt)
            case .restart(let member): try restart(member)
            case .repairDisk(let member): try repairDisk(member)
            case .clock(let member, let interval): nodes[member]?.tickInterval = interval
            case .disk(let member, let writeTime): nodes[member]?.writeTime = writeTime
            case .written(let member, let write): try finishWrite(write, of: member)
            case .fall(let member): fall(member)
            case .heal: network.blocked = []
            case .fault:
                guard now < Self.troubled else { continue }
                try causeTrouble()
                agenda.add(.fault, at: now + 100 + UInt64(random.below(1_500)))
            case .client:
                // The last writes need a moment to reach everyone.
                guard now < Self.troubled + Self.healed - 5_000 else { continue }
                try askSomething()
                agenda.add(.client, at: now + 5 + UInt64(random.below(60)))
            }
        }
        now = end
    }

    private mutating func tick(_ member: MemberID) throws {
        guard let node = nodes[member] else { return }
        agenda.add(.tick(member), at: now + node.tickInterval)
        if node.isUp { try give(.tick, to: member) }
    }

    private mutating func deliver(_ message: PeerMessage, from: MemberID, to: MemberID, sentAt: UInt64) throws {
        guard nodes[to]?.isUp == true, let sender = nodes[from], sentAt >= sender.silencedAt else {
            figures.lost += 1
            return
        }
        try give(.message(message, from: from), to: to)
    }

    /// A node of which nothing is on the disk yet.
    mutating func startNew(_ member: MemberID, at time: some BinaryInteger) throws {
        let node = SimulatedNode(id: member, founders: founders, settings: settings, mutation: mutation)
        try node.start(seed: random.next())
        nodes[member] = node
        agenda.add(.tick(member), at: time)
    }

    private mutating func finishWrite(_ write: Int, of member: MemberID) throws {
        guard let (outputs, inputs) = nodes[member]?.finishWrite(write) else { return }
        try carryOut(outputs, of: member)
        try give(inputs, to: member)
    }

    mutating func give(_ input: Replica.Input, to member: MemberID) throws { try give([input], to: member) }

    /// Lets a node take in inputs, and carries out what it asks for.
    private mutating func give(_ inputs: [Replica.Input], to member: MemberID) throws {
        guard let node = nodes[member], node.isUp, !inputs.isEmpty else { return }
        do {
            let (outputs, slowWrite) = try node.turn(inputs)
            if let slowWrite { agenda.add(.written(member, slowWrite), at: now + node.writeTime) }
            try carryOut(outputs, of: member)
        } catch let error as ReplicaError {
            note("\(member) stops: \(error)")
            // As `ReplicaLoop` does: the replica is finished. A new one is made when the disk takes writes again; after
            // a failed write only by a new process, which finds what was synced.
            switch error {
            case .storage(.full): node.stop()
            case .storage(.failed): node.crash(keeping: 0)
            case .storage(.corrupted) where node.isDamaged, .log where node.isDamaged: node.stop()
            case .storage, .log, .unexpected: throw Violation("node \(member) stopped: \(error)")
            }
        }
    }

    private mutating func carryOut(_ outputs: [Replica.Output], of member: MemberID) throws {
        for output in outputs {
            switch output {
            case .send(let message, let to): post(message, from: member, to: to)
            case .settled(let id, let index, let outcome):
                figures.acknowledged += 1
                if case .accepted(.member(let admitted)) = outcome {
                    figures.membershipChanges += 1
                    try arrive(MemberID(admitted.member))
                }
                try checker.acknowledged(id, index, outcome)
            case .readReady(let id, let index):
                if checker.isWaiting(for: id) { figures.reads += 1 }
                try checker.readAnswered(id, index)
            case .readLost(let id): checker.readLost(id)
            case .leadership(let leadership):
                try checker.leads(member, leadership)
                if leadership.role == .leader { rises(member, leadership.term) }
            case .applied(let index, let hash, let events):
                if events == [.stateReplaced] { figures.snapshots += 1 }
                try checker.applied(index, hash)
                if let node = nodes[member] { try checker.committed(node.newlyApplied()) }
                if fallsOnCommit.remove(member) != nil { agenda.add(.fall(member), at: now) }
                if events.contains(.membersChanged), nodes[member]?.role == .leader, isAimed(cuttingPercent) {
                    cutOff(member)
                }
            case .diverged(let index, _, _):
                note("\(member) differs from the others at \(index), and stops")
                guard nodes[member]?.isDamaged == true else {
                    throw Violation("node \(member) differs from the others at \(index)")
                }
                nodes[member]?.stop()
            case .lostEntries(let through, let last):
                throw Violation("node \(member) acknowledged entries through \(through), and its log ends at \(last)")
            case .failed: break
            }
        }
    }

    private mutating func rises(_ member: MemberID, _ term: Term) {
        note("\(member) leads term \(term)")
        guard isAimed(fallingPercent) else { return }
        if random.percent(40) {
            fallsOnCommit.insert(member)
            return
        }
        let remaining = 1 + UInt64(random.below(Int(network.maximumDelay) * 3))
        if random.percent(60) { muffle(member, for: remaining) }
        agenda.add(.fall(member), at: now + remaining)
    }

    /// Whether this moment is one of the `percent` of a hundred that a fault is aimed at.
    private mutating func isAimed(_ percent: Int) -> Bool {
        now < Self.troubled && random.percent(percent) && !leftOut.contains(Self.aimed)
    }

    private mutating func post(_ message: PeerMessage, from: MemberID, to: MemberID) {
        var message = mutation?.alter(message) ?? message
        if case .statePage(let page) = message, now < Self.troubled, random.percent(10),
            let damaged = page.damaged(by: &random)
        {
            figures.damagedPages += 1
            message = .statePage(damaged)
        }
        let copies = random.percent(network.duplicationPercent) ? 2 : 1
        for _ in 0..<copies {
            guard !network.isBlocked(from, to), !random.percent(network.lossPercent) else {
                figures.lost += 1
                continue
            }
            let delay = 1 + UInt64(random.below(Int(network.maximumDelay)))
            agenda.add(.deliver(message, from: from, to: to, sentAt: now), at: now + delay)
        }
    }

    private mutating func restart(_ member: MemberID) throws {
        guard let node = nodes[member], !node.isUp, !node.diskIsFull else { return }
        do { try node.start(seed: random.next()) } catch {
            // It cannot read what it has: it stays down.
            guard node.isDamaged else { throw error }
        }
    }

    private mutating func repairDisk(_ member: MemberID) throws {
        nodes[member]?.repairDisk()
        try restart(member)
    }

    /// A client asks some node for something: the founding, a project, or a linearizable read.
    private mutating func askSomething() throws {
        let member = members[random.below(members.count)]
        guard nodes[member]?.isUp == true else { return }
        if random.percent(25) {
            let id = checker.readBegins()
            if mutation == .readWithoutQuorum, let index = nodes[member]?.applied {
                return try checker.readAnswered(id, index)
            }
            return try give(.read(id: id), to: member)
        }
        try propose(try Clients.command(nextCommand, members: founders, using: &random), at: member)
    }

    mutating func propose(_ command: Command, at member: MemberID) throws {
        let envelope = try Clients.envelope(nextCommand, command)
        nextCommand += 1
        try give(.propose(envelope.id, envelope: envelope.canonicalBytes, patienceTicks: 500), to: member)
    }

    private mutating func heal() throws {
        network = SimulatedNetwork()
        for member in members {
            nodes[member]?.repairDisk()
            nodes[member]?.tickInterval = 10
            nodes[member]?.writeTime = 0
            try restart(member)
        }
    }

    /// Everything works again for a while: the cluster must have a leader, have gone on, and agree.
    private mutating func finish() throws {
        guard figures.acknowledged > 0 else { throw Violation("no write was acknowledged in the whole run") }
        guard hasMajority else {
            figures.majoritiesLost += 1
            return
        }
        let leaders = nodes.values.filter { $0.role == .leader }
        guard leaders.count == 1 else { throw Violation("\(leaders.count) leaders after everything was healed") }
        let present = leaders[0].membership?.members ?? []
        let last = nodes.values.map(\.applied).max() ?? 0
        for node in nodes.values where present.contains(node.id) && !node.isDamaged {
            guard node.applied + 50 >= last else {
                throw Violation("node \(node.id) has applied only \(node.applied) of \(last)")
            }
            try checker.holdsEverything(node.store, node.id, upTo: node.applied)
        }
    }

    /// Whether those who vote can go on without the damaged ones, by every membership that an undamaged node with all
    /// that was committed may have: a change that is not committed may take effect yet.
    private var hasMajority: Bool {
        let whole = nodes.values.filter { !$0.isDamaged }
        let newest = whole.map(\.applied).max() ?? 0
        let memberships = whole.filter { $0.applied + 50 >= newest }.compactMap(\.membership)
        return !memberships.isEmpty
            && memberships.allSatisfy { membership in
                membership.voters.count { nodes[$0]?.isDamaged == false } >= membership.quorum
            }
    }

    /// Adds a line to the transcript, if one is kept.
    mutating func note(_ line: @autoclosure () -> String) {
        if transcript != nil { transcript?.append("\(now) ms: \(line())") }
    }
}

extension StatePage {
    /// The page with one bit of one record's value changed; nil when it has none.
    fileprivate func damaged(by random: inout SplitMix64) -> StatePage? {
        guard !records.isEmpty else { return nil }
        var changed = records
        let position = random.below(records.count)
        var value = records[position].value
        guard !value.isEmpty else { return nil }
        value[random.below(value.count)] ^= 1 << UInt8(random.below(8))
        changed[position] = KeyValue(key: records[position].key, value: value)
        return damaged(to: changed)
    }
}
