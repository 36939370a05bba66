import Migrations
import Storage
import Testing

@Suite("Store formats and identities")
struct MigrationsTests {
    @Test("A fresh store gets the newest format, once")
    func freshStore() throws {
        let store = MemoryStore()
        #expect(try Migrations.run(on: store) == ["initial layout", "chunks in packs", "receipts with their index"])
        #expect(try Migrations.run(on: store).isEmpty)
        #expect(try Migrations.formatVersion(of: store) == 3)
    }

    @Test("The bytes of format 3 are these for ever")
    func goldenBytes() throws {
        let store = MemoryStore()
        try Migrations.run(on: store)
        try StoreIdentity(cluster: Array(0..<16), member: 258, voters: [3, 1]).check(in: store)
        let records = try store.records(in: KeyRange(prefix: []), of: .meta, limit: 9, reversed: false)
        #expect(records.map { String(decoding: $0.key, as: UTF8.self) } == ["format", "identity"])
        #expect(
            records.map(\.value) == [
                [0, 0, 0, 3],
                Array(0..<16) + [0, 0, 0, 0, 0, 0, 1, 2] + [0, 0, 0, 0, 0, 0, 0, 1] + [0, 0, 0, 0, 0, 0, 0, 3],
            ])
    }

    @Test("Steps run in order, and a failure between them resumes at the next")
    func resumes() throws {
        let store = MemoryStore()
        try Migrations.run(on: store)
        try store.put("old", at: "a")
        let move = Migration(version: 4, name: "move a to b") { (reader) throws(StorageError) in
            var batch = WriteBatch()
            batch.put(try reader.value(for: bytes("a"), in: .state) ?? [], for: bytes("b"), in: .state)
            batch.delete(bytes("a"), in: .state)
            return batch
        }
        let broken = Migration(version: 5, name: "broken") { (_) throws(StorageError) in
            throw .failed("the power is gone")
        }
        #expect(throws: StorageError.self) { try Migrations.run(Migrations.all + [move, broken], on: store) }
        #expect(try Migrations.formatVersion(of: store) == 4)
        #expect(try store.text(at: "b") == "old")
        let mended = Migration(version: 5, name: "mended") { (_) throws(StorageError) in WriteBatch() }
        #expect(try Migrations.run(Migrations.all + [move, mended], on: store) == ["mended"])
        #expect(try store.text(at: "b") == "old")
    }

    @Test("A newer format is refused")
    func newerFormat() throws {
        let store = MemoryStore()
        let future = Migration(version: 4, name: "future") { (_) throws(StorageError) in WriteBatch() }
        try Migrations.run(Migrations.all + [future], on: store)
        #expect(throws: StorageError.self) { try Migrations.run(on: store) }
    }

    @Test("A store of something else is refused")
    func foreignStore() throws {
        let store = MemoryStore()
        try store.put("not ours", at: "a")
        #expect(throws: StorageError.self) { try Migrations.run(on: store) }
    }

    @Test("A store of another cluster or member is refused, and both are named")
    func identity() throws {
        let store = MemoryStore()
        let own = StoreIdentity(cluster: [UInt8](repeating: 1, count: 16), member: 1, voters: [1, 2])
        try own.check(in: store)
        try own.check(in: store)
        let other = StoreIdentity(cluster: [UInt8](repeating: 2, count: 16), member: 3, voters: [1, 2])
        let error = #expect(throws: StorageError.self) { try other.check(in: store) }
        let text = "\(String(describing: error))"
        #expect(text.contains("0101010101010101") && text.contains("0202020202020202"))
    }

    @Test("A store made for other voters is refused, and both sets are named")
    func voters() throws {
        let store = MemoryStore()
        let cluster = [UInt8](repeating: 1, count: 16)
        try StoreIdentity(cluster: cluster, member: 1, voters: [3, 2, 1]).check(in: store)
        try StoreIdentity(cluster: cluster, member: 1, voters: [1, 2, 3]).check(in: store)
        let more = StoreIdentity(cluster: cluster, member: 1, voters: [1, 2, 3, 4, 5])
        let error = #expect(throws: StorageError.self) { try more.check(in: store) }
        let text = "\(String(describing: error))"
        #expect(text.contains("1, 2, 3, and") && text.contains("1, 2, 3, 4, 5"))
    }
}
