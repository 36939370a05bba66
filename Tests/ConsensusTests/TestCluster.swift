import Consensus

/// A log on a disk that keeps whatever was written.
final class TestLog: LogReader, @unchecked Sendable {  // Used by one test on one thread.
    var entries: [Entry] = []
    /// The entry before the first.
    var base: (index: LogIndex, term: Term) = (0, 0)

    var firstIndex: LogIndex { base.index + 1 }
    var lastIndex: LogIndex { entries.last?.index ?? base.index }

    func term(at index: LogIndex) throws(LogReadError) -> Term? {
        index == base.index ? base.term : entries.first { $0.index == index }?.term
    }

    func entries(from index: LogIndex, through last: LogIndex, maximumBytes: Int) throws(LogReadError) -> [Entry] {
        var found: [Entry] = []
        var bytes = 0
        for entry in entries where entry.index >= index && entry.index <= last {
            if bytes >= maximumBytes, !found.isEmpty { break }
            bytes += entry.data.count
            found.append(entry)
        }
        return found
    }

    func write(_ new: [Entry]) {
        guard let cut = new.first?.index else { return }
        entries.removeAll { $0.index >= cut }
        entries.append(contentsOf: new)
    }

    /// Drops the entries through `index`.
    func cut(through index: LogIndex) {
        guard let last = entries.first(where: { $0.index == index }) else { return }
        base = (index, last.term)
        entries.removeAll { $0.index <= index }
    }

    func reset(to snapshot: Snapshot) {
        base = (snapshot.index, snapshot.term)
        entries = []
    }
}

/// A member, its disk, and what it has said and applied.
struct TestMember {
    var core: RaftCore
    let log: TestLog
    var hardState = HardState(term: 0, vote: nil)
    var applied: [LogIndex] = []
    var reads: [ReadOutcome] = []
    /// The state that the member asked for, and those that took effect.
    var need: SnapshotNeed?
    var installed: [Snapshot] = []
    /// Whether writes finish; while not, nothing that depends on them happens.
    var diskIsFast = true
    var unwritten: [Effects] = []
}

/// Members on one thread that hand messages to one another when told to.
struct TestCluster {
    static let stamp = ClusterStamp(high: 7, low: 7)

    var members: [MemberID: TestMember] = [:]
    var inFlight: [Message] = []
    /// Messages this says true of are lost.
    var drops: (Message) -> Bool = { _ in false }
    let membership: Membership
    let settings: Settings
    /// Is told each message that is heard or lost and all that members do, when it is set.
    var journal: ((String) -> Void)?

    init(voters: Int, learners: Int = 0, settings: Settings = Settings(electionTicks: 10, heartbeatTicks: 2)) throws {
        let ids = (1...voters + learners).map { MemberID(UInt64($0)) }
        membership = Membership(voters: Array(ids.prefix(voters)), learners: Array(ids.dropFirst(voters)))
        self.settings = settings
        for id in ids { try add(id) }
    }

    mutating func add(
        _ id: MemberID, entries: [Entry] = [], base: (index: LogIndex, term: Term) = (0, 0),
        hardState: HardState = HardState(term: 0, vote: nil)
    ) throws {
        let log = TestLog()
        log.base = base
        log.write(entries)
        let core = try RaftCore(
            id: id, cluster: Self.stamp, membership: membership, hardState: hardState, log: log,
            appliedIndex: base.index, settings: settings, seed: id.rawValue)
        var member = TestMember(core: core, log: log)
        member.hardState = hardState
        members[id] = member
    }

    /// Starts a member anew from its disk.
    mutating func restart(_ id: UInt64) throws {
        let old = self[id]
        try add(MemberID(id), entries: old.log.entries, base: old.log.base, hardState: old.hardState)
    }

    subscript(_ id: UInt64) -> TestMember {
        get { members[MemberID(id)]! }
        set { members[MemberID(id)] = newValue }
    }

    var leaders: [MemberID] { members.values.filter { $0.core.role == .leader }.map(\.core.id).sorted() }

    mutating func tick(_ id: UInt64, times: Int = 1) throws {
        for _ in 0..<times {
            let effects = try self[id].core.tick()
            try carryOut(effects, of: MemberID(id))
        }
    }

    mutating func receive(_ message: Message) throws {
        guard members[message.to] != nil else { return }
        journal?(message.line)
        let effects = try members[message.to]!.core.receive(message)
        try carryOut(effects, of: message.to)
    }

    mutating func propose(_ text: String, at id: UInt64) throws {
        if case .appended(_, _, let effects) = try self[id].core.propose([Array(text.utf8)]) {
            try carryOut(effects, of: MemberID(id))
        }
    }

    /// Asks `id` for a change of the membership; returns why it cannot be now.
    @discardableResult
    mutating func change(to next: Membership, at id: UInt64) throws -> String? {
        switch try self[id].core.changeMembership(to: next) {
        case .appended(_, let effects):
            try carryOut(effects, of: MemberID(id))
            return nil
        case .notLeader: return "it does not lead"
        case .notYet(let reason): return reason
        }
    }

    /// Hands `id` the state that `source` has applied, through its commit index.
    mutating func handState(of source: UInt64, to id: UInt64) throws {
        self[id].need = nil
        let effects = try self[id].core.snapshotFetched(try snapshot(of: source))
        try carryOut(effects, of: MemberID(id))
    }

    /// The state of `id`.
    func snapshot(of id: UInt64) throws -> Snapshot {
        let core = self[id].core
        return Snapshot(
            index: core.commitIndex, term: try self[id].log.term(at: core.commitIndex) ?? 0,
            membership: core.membership)
    }

    mutating func read(_ read: UInt64, at id: UInt64) throws {
        let effects = try self[id].core.requestRead(id: read)
        try carryOut(effects, of: MemberID(id))
    }

    /// What a caller does: write, send, apply, tell the core.
    mutating func carryOut(_ effects: Effects, of id: MemberID) throws {
        guard !effects.isEmpty else { return }
        guard members[id]!.diskIsFast else { return members[id]!.unwritten.append(effects) }
        for line in effects.lines { journal?("  \(id.rawValue) \(line)") }
        if let hardState = effects.hardState { members[id]!.hardState = hardState }
        if let snapshot = effects.snapshot {
            members[id]!.log.reset(to: snapshot)
            members[id]!.installed.append(snapshot)
        }
        members[id]!.need = effects.snapshotNeed ?? members[id]!.need
        members[id]!.log.write(effects.entries)
        inFlight.append(contentsOf: effects.messages)
        for range in effects.committed { members[id]!.applied.append(contentsOf: range) }
        members[id]!.reads.append(contentsOf: effects.reads)
        if let last = effects.entries.last {
            let next = try members[id]!.core.persisted(through: last.index, term: last.term)
            try carryOut(next, of: id)
        }
    }

    /// Delivers messages until none are left.
    mutating func settle() throws {
        var delivered = 0
        while !inFlight.isEmpty {
            let message = inFlight.removeFirst()
            delivered += 1
            precondition(delivered < 100_000, "the members do not stop talking")
            if drops(message) { journal?("\(message.line): lost") } else { try receive(message) }
        }
    }

    /// Ticks everyone in turn, delivering messages in between.
    mutating func run(ticks: Int) throws {
        for _ in 0..<ticks {
            for id in members.keys.sorted() { try tick(id.rawValue) }
            try settle()
        }
    }

    /// Lets `id` win an election.
    mutating func elect(_ id: UInt64) throws {
        for _ in 0..<100 where self[id].core.role != .leader {
            try tick(id)
            try settle()
        }
    }

    func message(from: UInt64, to: UInt64, term: Term, _ body: Message.Body) -> Message {
        Message(cluster: Self.stamp, from: MemberID(from), to: MemberID(to), term: term, body: body)
    }
}

/// Voters and learners by number.
func membership(_ voters: [UInt64], learners: [UInt64] = []) -> Membership {
    Membership(voters: voters.map { MemberID($0) }, learners: learners.map { MemberID($0) })
}

func entry(_ index: LogIndex, term: Term) -> Entry { Entry(term: term, index: index, kind: .command, data: [1]) }
