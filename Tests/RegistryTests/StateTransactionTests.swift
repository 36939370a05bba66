import Models
import Storage
import Testing

@testable import Registry

@Suite struct StateTransactionTests {
    private let keys = (UInt64(1)...6).map { StateKey.audit($0) }

    /// Records 1 to 4 in the store; in the transaction 2 is replaced, 3 deleted and 5 added.
    private func prepared() throws -> StateTransaction {
        let stored = keys.prefix(4).map { ($0.bytes, CountRecord(UInt64($0.bytes[8])).canonicalBytes) }
        let store = try MemoryStore(state: Dictionary(uniqueKeysWithValues: stored))
        var transaction = try StateTransaction(reader: store)
        try transaction.put(CountRecord(20), at: keys[1])
        try transaction.delete(keys[2])
        try transaction.put(CountRecord(5), at: keys[4])
        return transaction
    }

    @Test(
        arguments: [
            (1, false, [1]), (2, false, [1, 20]), (3, false, [1, 20, 4]), (9, false, [1, 20, 4, 5]), (1, true, [5]),
            (2, true, [5, 4]), (3, true, [5, 4, 20]), (9, true, [5, 4, 20, 1]),
            (.max, false, [1, 20, 4, 5]),
        ] as [(Int, Bool, [UInt64])])
    func aRangeShowsChangesOverTheStore(limit: Int, reversed: Bool, counts: [UInt64]) throws {
        let transaction = try prepared()
        let found: [CountRecord] = try transaction.records(
            StateKey.Listing.audit.range(), limit: limit, reversed: reversed)
        #expect(found.map(\.count) == counts)
    }

    @Test func aRecordShowsItsChange() throws {
        var transaction = try prepared()
        var counts: [UInt64?] = []
        for key in keys { counts.append(try transaction.record(key, as: CountRecord.self)?.count) }
        #expect(counts == [1, 20, nil, 4, 5, nil])
        for (key, count) in zip(keys, counts) {
            #expect(try (transaction as any KeyValueReader).record(key, as: CountRecord.self)?.count == count)
        }
    }

    @Test func onlyWhatChangedIsWrittenInTheOrderOfKeysWithTheAppliedRecord() throws {
        var transaction = try prepared()
        _ = try transaction.contains(keys[0])
        StateMachine.skip(index: 9, term: 2, in: &transaction)
        var batch = WriteBatch()
        transaction.append(to: &batch)
        let written = batch.operations.map { operation -> [UInt8] in
            switch operation {
            case .put(_, let key, _), .delete(_, let key), .deleteRange(_, let key, _): key
            case .exchangeStates: []
            }
        }
        #expect(written == [keys[1].bytes, keys[2].bytes, keys[4].bytes, StateKey.applied.bytes])
    }

    @Test func aRecordPutAndDeletedAgainLeavesTheHashAsItWas() throws {
        var transaction = try prepared()
        let hash = transaction.stateHash
        try transaction.put(CountRecord(6), at: keys[5])
        try transaction.put(CountRecord(7), at: keys[5])
        #expect(transaction.stateHash != hash)
        try transaction.delete(keys[5])
        try transaction.delete(keys[5])
        #expect(transaction.stateHash == hash)
    }

    @Test func damageIsToldWithTheKeyAndNotTakenForAnything() throws {
        var machine = try Machine.founded()
        try machine.apply(.createProject("vision"))
        let key = StateKey.project(try ProjectName("vision"))
        var state = try machine.store.state
        state[key.bytes] = [1, 0]
        let catalog = Catalog(try MemoryStore(state: state))
        #expect {
            try catalog.project(ProjectName("vision"))
        } throws: { error in
            guard case .corrupted(let detail)? = error as? StorageError else { return false }
            return detail.contains(Hexadecimal.encode(key.bytes))
        }
    }

    @Test func aStoreThatFailsIsReportedAndNotTakenForAnOutcome() throws {
        var transaction = try StateTransaction(reader: FailingReader(failsFrom: 1))
        let entry = try Script.entries(count: 1, seed: 1)[0]
        #expect(throws: StorageError.failed("the disk is gone")) {
            try StateMachine.apply(entry, index: 1, term: 1, in: &transaction)
        }
    }

    /// Reads nothing a few times, then fails.
    private final class FailingReader: KeyValueReader {
        private let remaining: Countdown

        init(failsFrom reads: Int) { remaining = Countdown(reads) }

        func value(for key: [UInt8], in space: Space) throws(StorageError) -> [UInt8]? {
            guard remaining.take() else { throw .failed("the disk is gone") }
            return nil
        }

        func records(
            in range: KeyRange, of space: Space, limit: Int, reversed: Bool
        ) throws(StorageError) -> [KeyValue] { throw .failed("the disk is gone") }
    }
}
