import Foundation
import Storage
import StorageRocksDB
import Testing

@Suite("RocksDB")
struct RocksDBStoreTests {
    @Test("After a crash everything synced is there")
    func crashKeepsWhatWasPromised() throws {
        let directory = try TemporaryDirectory()
        let store = try RocksDBStore(directory: directory.path)
        try store.put("kept", at: "a", in: .log, synced: true)
        let crashed = try directory.copyAfterCrash()
        store.close()
        let reopened = try RocksDBStore(directory: crashed.path)
        defer { reopened.close() }
        #expect(try reopened.text(at: "a", in: .log) == "kept")
    }

    @Test("What was written is there after closing and opening again")
    func reopening() throws {
        let directory = try TemporaryDirectory()
        for round in 0..<3 {
            let store = try RocksDBStore(directory: directory.path)
            try store.put("\(round)", at: "round \(round)")
            #expect(try store.text(at: "round 0") == "0")
            store.close()
            store.close()
        }
    }

    @Test("Exchanged states stay exchanged after a crash")
    func exchangeIsDurable() throws {
        let directory = try TemporaryDirectory()
        let store = try RocksDBStore(directory: directory.path)
        try store.put("old", at: "a")
        try store.put("new", at: "a", in: .incoming)
        var batch = WriteBatch()
        batch.exchangeStates()
        try store.write(batch, synced: true)
        let crashed = try directory.copyAfterCrash()
        store.close()
        let reopened = try RocksDBStore(directory: crashed.path)
        defer { reopened.close() }
        #expect(try reopened.text(at: "a") == "new")
        try reopened.write(batch, synced: true)
        #expect(try reopened.text(at: "a") == "old")
    }

    @Test("A second opener is told that the directory is in use")
    func lock() throws {
        let directory = try TemporaryDirectory()
        let store = try RocksDBStore(directory: directory.path)
        defer { store.close() }
        let error = #expect(throws: StorageError.self) { try RocksDBStore(directory: directory.path) }
        guard case .locked = error else {
            Issue.record("the second opener saw \(String(describing: error))")
            return
        }
    }

    @Test("A torn record at the end of the log is forgotten; one in its middle is refused by name")
    func tornLog() throws {
        let directory = try TemporaryDirectory()
        let store = try RocksDBStore(directory: directory.path)
        for number in 0..<50 { try store.put(String(repeating: "x", count: 1_000), at: "\(number)", synced: true) }
        let torn = try directory.copyAfterCrash()
        let damaged = try directory.copyAfterCrash()
        store.close()

        let tail = try #require(try torn.files(endingWith: ".log").last)
        let whole = try Data(contentsOf: URL(filePath: tail))
        try whole.dropLast(500).write(to: URL(filePath: tail))
        let reopened = try RocksDBStore(directory: torn.path)
        #expect(try reopened.text(at: "48") != nil)
        reopened.close()

        let middle = try #require(try damaged.files(endingWith: ".log").last)
        var bytes = try Data(contentsOf: URL(filePath: middle))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(filePath: middle))
        let error = #expect(throws: StorageError.self) { try RocksDBStore(directory: damaged.path) }
        guard case .corrupted = error else {
            Issue.record("damage in the log was seen as \(String(describing: error))")
            return
        }
    }

    @Test("A damaged table is refused by name, not read wrongly")
    func damagedTable() throws {
        let directory = try TemporaryDirectory()
        let store = try RocksDBStore(directory: directory.path)
        for number in 0..<2_000 { try store.put("value \(number)", at: "key \(number)") }
        store.close()
        // Opening writes what is in the log into tables.
        try RocksDBStore(directory: directory.path).close()
        for file in try directory.files(endingWith: ".sst") {
            var bytes = try Data(contentsOf: URL(filePath: file))
            for offset in stride(from: 0, to: bytes.count, by: 64) { bytes[offset] ^= 1 }
            try bytes.write(to: URL(filePath: file))
        }
        #expect(throws: StorageError.self) {
            let damaged = try RocksDBStore(directory: directory.path)
            defer { damaged.close() }
            for number in 0..<2_000 {
                guard try damaged.text(at: "key \(number)") == "value \(number)" else {
                    Issue.record("key \(number) was read wrongly")
                    return
                }
            }
        }
    }
}
