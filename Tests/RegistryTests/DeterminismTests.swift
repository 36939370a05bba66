import Models
import Storage
import Testing

@testable import Registry

@Suite struct DeterminismTests {
    /// Applies `entries` to a new state, so many in a transaction; `reopen` gives each transaction a store made anew
    /// from the records of the last.
    private func state(of entries: [[UInt8]], perTransaction size: Int, reopen: Bool = false) throws -> MemoryStore {
        var store = MemoryStore()
        for start in stride(from: 0, to: entries.count, by: size) {
            if reopen { store = try MemoryStore(state: store.state) }
            var transaction = try StateTransaction(reader: store, rememberedOutcomes: 50)
            for (offset, entry) in entries[start..<min(start + size, entries.count)].enumerated() {
                let index = UInt64(start + offset + 1)
                _ = try StateMachine.apply(entry, index: index, term: 1, in: &transaction)
            }
            var batch = WriteBatch()
            transaction.append(to: &batch)
            try store.write(batch, synced: false)
        }
        return store
    }

    @Test(arguments: 1...10)
    func theSameEntriesGiveTheSameStateHoweverTheyAreGrouped(seed: UInt64) throws {
        let entries = try Script.entries(count: 150, seed: seed)
        let one = try state(of: entries, perTransaction: 1)
        let applied = try Catalog(one).applied()
        #expect(applied.index == UInt64(entries.count))
        #expect(try StateHash.recomputed(from: one) == applied.hash)
        for (size, reopen) in [(7, false), (1_000, false), (1, true), (13, true)] {
            let other = try state(of: entries, perTransaction: size, reopen: reopen)
            #expect(try other.state == one.state, "\(size) entries a transaction, reopen: \(reopen)")
        }
    }

    @Test func scriptsDoAcceptAndRefuseAndRepeat() throws {
        let store = try state(of: Script.entries(count: 150, seed: 1), perTransaction: 1)
        let outcomes = Set(try Catalog(store).auditRecords(after: 0, limit: 1_000).map(\.outcome))
        #expect(outcomes.isSuperset(of: ["accepted", "not-found", "confusable-name", "forbidden", "conflict"]))
        #expect(try Catalog(store).auditCount < 151)
    }

    @Test func theHashTellsEveryChangeOfARecordApart() throws {
        var machine = try Machine.founded()
        try machine.apply(.register(aliases: ["best"]))
        let hash = try machine.catalog.applied().hash
        for (key, value) in try machine.store.state where key[0] >= 0x10 {
            for other in [value + [0], Array(value.dropLast())] {
                var changed = try machine.store.state
                changed[key] = other
                #expect(try StateHash.recomputed(from: MemoryStore(state: changed)) != hash)
            }
            var without = try machine.store.state
            without[key] = nil
            #expect(try StateHash.recomputed(from: MemoryStore(state: without)) != hash)
        }
    }

    @Test func bytesMovedBetweenKeyAndValueChangeTheHash() {
        #expect(StateHash(key: [1, 2], value: [3]) != StateHash(key: [1], value: [2, 3]))
    }

    @Test func aHashIsTheSameWhateverTheOrderOfItsRecords() {
        var (forwards, backwards) = (StateHash.empty, StateHash.empty)
        for number in UInt8(0)..<50 { forwards += StateHash(key: [number], value: [number]) }
        for number in (UInt8(0)..<50).reversed() { backwards += StateHash(key: [number], value: [number]) }
        #expect(forwards == backwards)
        for number in UInt8(0)..<50 { forwards -= StateHash(key: [number], value: [number]) }
        #expect(forwards == .empty)
    }
}
