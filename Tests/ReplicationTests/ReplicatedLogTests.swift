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
}
