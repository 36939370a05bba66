import Consensus
import Replication
import Storage
import Testing

@Suite("The log on disk")
struct ReplicatedLogTests {
    private func entries(_ range: ClosedRange<LogIndex>, term: Term) -> [Entry] {
        range.map {
            Entry(term: term, index: $0, kind: .command, data: [UInt8](repeating: UInt8($0 % 251), count: 100))
        }
    }

    private func append(_ entries: [Entry], to log: ReplicatedLog, in store: MemoryStore) throws {
        var batch = WriteBatch()
        log.append(entries, hardState: HardState(term: entries.last?.term ?? 0, vote: MemberID(3)), to: &batch)
        try store.write(batch, synced: true)
        log.appended(entries)
    }

    @Test("Entries are read back, from memory and from disk alike")
    func readsBack() throws {
        let store = MemoryStore()
        let log = try ReplicatedLog(store: store)
        #expect(log.lastIndex == 0)
        try append(entries(1...100, term: 1), to: log, in: store)
        let reopened = try ReplicatedLog(store: store)
        for log in [log, reopened] {
            #expect(log.firstIndex == 1 && log.lastIndex == 100)
            #expect(try log.term(at: 50) == 1)
            #expect(try log.term(at: 101) == nil)
            #expect(try log.entries(from: 40, through: 60, maximumBytes: 1_000) == entries(40...49, term: 1))
            #expect(try log.entries(from: 40, through: 60, maximumBytes: 1).count == 1)
        }
        #expect(try reopened.hardState() == HardState(term: 1, vote: MemberID(3)))
    }

    @Test("Appending at an earlier place cuts the log there, on disk too")
    func cutsOff() throws {
        let store = MemoryStore()
        let log = try ReplicatedLog(store: store)
        try append(entries(1...10, term: 1), to: log, in: store)
        try append(entries(4...5, term: 2), to: log, in: store)
        for log in [log, try ReplicatedLog(store: store)] {
            #expect(log.lastIndex == 5)
            #expect(try log.term(at: 3) == 1)
            #expect(try log.term(at: 4) == 2)
            #expect(try log.term(at: 6) == nil)
        }
    }

    @Test("A log whose beginning was cut knows the term before its first entry, on disk too")
    func cutsBeginning() throws {
        let store = MemoryStore()
        let log = try ReplicatedLog(store: store)
        try append(entries(1...100, term: 3), to: log, in: store)
        #expect(log.excess(applied: 100, bytes: 1 << 20, entries: 60) == nil)
        #expect(log.excess(applied: 100, bytes: 1 << 20, entries: 40) == 60)
        // What is not applied is never cut, however long the log.
        #expect(log.excess(applied: 10, bytes: 1 << 20, entries: 40) == nil)
        var batch = WriteBatch()
        log.cut(at: LogOrigin(index: 60, term: 3), in: &batch)
        try store.write(batch, synced: false)
        log.cut(at: LogOrigin(index: 60, term: 3))
        for log in [log, try ReplicatedLog(store: store)] {
            #expect(log.firstIndex == 61 && log.lastIndex == 100)
            #expect(try log.term(at: 60) == 3)
            #expect(try log.term(at: 59) == nil)
            #expect(try log.entries(from: 61, through: 100, maximumBytes: 1 << 20).count == 40)
            #expect(try log.entries(from: 60, through: 100, maximumBytes: 1 << 20).isEmpty)
        }
    }

    @Test("A log that gave way to a state is empty after it, and goes on from there")
    func gaveWay() throws {
        let store = MemoryStore()
        let log = try ReplicatedLog(store: store)
        try append(entries(1...10, term: 1), to: log, in: store)
        var batch = WriteBatch()
        log.reset(to: LogOrigin(index: 50, term: 4), in: &batch)
        try store.write(batch, synced: true)
        log.reset(to: LogOrigin(index: 50, term: 4))
        #expect(log.lastIndex == 50)
        try append(entries(51...52, term: 4), to: log, in: store)
        for log in [log, try ReplicatedLog(store: store)] {
            #expect(log.firstIndex == 51 && log.lastIndex == 52)
            #expect(try log.term(at: 50) == 4)
            #expect(try log.term(at: 10) == nil)
        }
    }
}
