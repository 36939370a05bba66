import Consensus
import Synchronization

/// The consensus core alone: three members in one process and on one thread, a log in memory, no disk and no link. One
/// entry is proposed at a time, and carried to commitment everywhere before the next.
struct CoreBenchmark {
    /// A class: nothing of it is copied while its core works.
    private final class Member {
        var core: RaftCore
        let log: ArrayLog

        init(core: RaftCore, log: ArrayLog) { (self.core, self.log) = (core, log) }
    }

    private var members: [MemberID: Member] = [:]
    private var inFlight: [Message] = []
    private var committed: LogIndex = 0

    /// Entries committed a second, and resident bytes more at the end than after the first tenth.
    static func measure(entries: Int) throws -> (perSecond: Double, growth: Double) {
        var bench = try CoreBenchmark()
        let leader = try bench.elect()
        let command = [UInt8](repeating: 0x5A, count: 256)
        for _ in 0..<entries / 10 { try bench.commit(command, at: leader) }
        let (memory, start) = (BenchProcess.ownMemory, ContinuousClock.now)
        for _ in 0..<entries { try bench.commit(command, at: leader) }
        let elapsed = start.duration(to: .now).inSeconds
        return (Double(entries) / elapsed, max(0, BenchProcess.ownMemory - memory))
    }

    private init() throws {
        let ids = (1...3).map { MemberID($0) }
        for id in ids {
            let log = ArrayLog()
            let core = try RaftCore(
                id: id, cluster: ClusterStamp(high: 1, low: 1), membership: Membership(voters: ids),
                hardState: HardState(term: 0, vote: nil), log: log, appliedIndex: 0, settings: Settings(),
                seed: id.rawValue)
            members[id] = Member(core: core, log: log)
        }
    }

    private mutating func elect() throws -> MemberID {
        let first = MemberID(1)
        while members[first]?.core.role != .leader {
            guard let effects = try members[first]?.core.tick() else { break }
            try carryOut(effects, of: first)
            try deliver()
        }
        return first
    }

    private mutating func commit(_ command: [UInt8], at leader: MemberID) throws {
        guard case .appended(let range, _, let effects)? = try members[leader]?.core.propose([command]) else {
            throw BenchFailure("the leader took no entry")
        }
        try carryOut(effects, of: leader)
        try deliver()
        guard committed >= range.upperBound else { throw BenchFailure("entry \(range) was not committed") }
    }

    private mutating func deliver() throws {
        var next = 0
        while next < inFlight.count {
            let message = inFlight[next]
            next += 1
            if let effects = try members[message.to]?.core.receive(message) { try carryOut(effects, of: message.to) }
        }
        inFlight.removeAll(keepingCapacity: true)
    }

    private mutating func carryOut(_ effects: Effects, of id: MemberID) throws {
        members[id]?.log.write(effects.entries)
        inFlight.append(contentsOf: effects.messages)
        if let range = effects.committed.last { committed = max(committed, range.upperBound) }
        guard let last = effects.entries.last,
            let more = try members[id]?.core.persisted(through: last.index, term: last.term), !more.isEmpty
        else { return }
        try carryOut(more, of: id)
    }
}

/// The newest entries, in memory.
private final class ArrayLog: LogReader {
    private struct Contents {
        var entries: [Entry] = []
        var origin: (index: LogIndex, term: Term) = (0, 0)
    }

    private static let kept = 16_384

    private let contents = Mutex(Contents())

    var firstIndex: LogIndex { contents.withLock { $0.origin.index + 1 } }
    var lastIndex: LogIndex { contents.withLock { $0.origin.index + LogIndex($0.entries.count) } }

    func term(at index: LogIndex) throws(LogReadError) -> Term? {
        contents.withLock { contents in
            if index == contents.origin.index { return contents.origin.term }
            guard index > contents.origin.index else { return nil }
            let position = Int(index - contents.origin.index) - 1
            return position < contents.entries.count ? contents.entries[position].term : nil
        }
    }

    func entries(from index: LogIndex, through last: LogIndex, maximumBytes: Int) throws(LogReadError) -> [Entry] {
        contents.withLock { contents in
            guard index > contents.origin.index else { return [] }
            let start = Int(index - contents.origin.index) - 1
            return Array(contents.entries.dropFirst(start).prefix(Int(last - index) + 1))
        }
    }

    func write(_ entries: [Entry]) {
        guard !entries.isEmpty else { return }
        contents.withLock { contents in
            contents.entries.append(contentsOf: entries)
            guard contents.entries.count > 2 * Self.kept else { return }
            let dropped = contents.entries[contents.entries.count - Self.kept - 1]
            contents.entries.removeFirst(contents.entries.count - Self.kept)
            contents.origin = (dropped.index, dropped.term)
        }
    }
}
