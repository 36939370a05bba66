import Storage
import Testing

@Suite("Key-value stores")
struct KeyValueStoreTests {
    @Test("What was written is read; spaces do not mix", arguments: Implementation.allCases)
    func readsWhatWasWritten(implementation: Implementation) throws {
        try implementation.withStore { store in
            try store.put("one", at: "a")
            try store.put("two", at: "a", in: .log)
            #expect(try store.text(at: "a") == "one")
            #expect(try store.text(at: "a", in: .log) == "two")
            #expect(try store.text(at: "b") == nil)
        }
    }

    @Test("A batch happens whole and in its order", arguments: Implementation.allCases)
    func batchesAreOrdered(implementation: Implementation) throws {
        try implementation.withStore { store in
            var batch = WriteBatch()
            for name in ["a", "b", "c", "d"] { batch.put(bytes(name), for: bytes(name), in: .state) }
            batch.deleteRange(from: bytes("b"), to: bytes("d"), in: .state)
            batch.put(bytes("again"), for: bytes("c"), in: .state)
            batch.delete(bytes("a"), in: .state)
            batch.delete(bytes("absent"), in: .state)
            try store.write(batch, synced: true)
            let all = try store.records(in: KeyRange(prefix: []), of: .state, limit: 10, reversed: false)
            #expect(all.map(\.key) == [bytes("c"), bytes("d")])
            #expect(all[0].value == bytes("again"))
        }
    }

    @Test("Ranges are half open, ordered by bytes, and bounded", arguments: Implementation.allCases)
    func ranges(implementation: Implementation) throws {
        try implementation.withStore { store in
            for name in ["a", "ab", "b", "b\u{0}", "c", "\u{7F}"] { try store.put(name, at: name) }
            func keys(_ lower: String, _ upper: String?, limit: Int = 10, reversed: Bool = false) throws -> [String] {
                let range = KeyRange(lower: bytes(lower), upper: upper.map(bytes))
                return try store.records(in: range, of: .state, limit: limit, reversed: reversed)
                    .map { String(decoding: $0.key, as: UTF8.self) }
            }
            #expect(try keys("a", "b") == ["a", "ab"])
            #expect(try keys("a", "c", reversed: true) == ["b\u{0}", "b", "ab", "a"])
            #expect(try keys("b", nil) == ["b", "b\u{0}", "c", "\u{7F}"])
            #expect(try keys("", nil, limit: 1, reversed: true) == ["\u{7F}"])
            #expect(try keys("x", "y").isEmpty)
            let prefix = try store.records(in: KeyRange(prefix: bytes("a")), of: .state, limit: 10, reversed: false)
            #expect(prefix.count == 2)
        }
    }

    @Test("A prefix of 0xFF bytes has no upper bound, and is a range all the same", arguments: Implementation.allCases)
    func prefixOfMaximumBytes(implementation: Implementation) throws {
        try implementation.withStore { store in
            var batch = WriteBatch()
            for key: [UInt8] in [[0xFE], [0xFF], [0xFF, 0xFF], [0xFF, 0xFF, 1]] { batch.put([1], for: key, in: .state) }
            try store.write(batch, synced: false)
            let range = KeyRange(prefix: [0xFF, 0xFF])
            #expect(try store.records(in: range, of: .state, limit: 10, reversed: false).count == 2)
            #expect(try store.records(in: range, of: .state, limit: 10, reversed: true).first?.key == [0xFF, 0xFF, 1])
        }
    }

    @Test("A snapshot does not see later writes", arguments: Implementation.allCases)
    func snapshots(implementation: Implementation) throws {
        try implementation.withStore { store in
            try store.put("one", at: "a")
            let snapshot = try store.snapshot()
            try store.put("two", at: "a")
            try store.put("new", at: "b")
            #expect(try snapshot.value(for: bytes("a"), in: .state) == bytes("one"))
            #expect(try snapshot.records(in: KeyRange(prefix: []), of: .state, limit: 9, reversed: false).count == 1)
            #expect(try store.text(at: "a") == "two")
        }
    }

    @Test("Empty values and long keys are kept as they are", arguments: Implementation.allCases)
    func unusualRecords(implementation: Implementation) throws {
        try implementation.withStore { store in
            let long = [UInt8](repeating: 7, count: 5_000)
            var batch = WriteBatch()
            batch.put([], for: long, in: .local)
            try store.write(batch, synced: false)
            #expect(try store.value(for: long, in: .local) == [])
        }
    }

    @Test("States change places whole; what follows in the batch finds them so", arguments: Implementation.allCases)
    func exchange(implementation: Implementation) throws {
        try implementation.withStore { store in
            try store.put("old", at: "a")
            try store.put("new", at: "a", in: .incoming)
            try store.put("log", at: "a", in: .log)
            let before = try store.snapshot()
            var batch = WriteBatch()
            batch.put(bytes("late"), for: bytes("b"), in: .incoming)
            batch.exchangeStates()
            batch.delete(bytes("a"), in: .incoming)
            try store.write(batch, synced: true)
            #expect(try store.text(at: "a") == "new")
            #expect(try store.text(at: "b") == "late")
            #expect(try store.text(at: "a", in: .incoming) == nil)
            #expect(try store.text(at: "a", in: .log) == "log")
            #expect(try before.value(for: bytes("a"), in: .state) == bytes("old"))
            #expect(try before.value(for: bytes("a"), in: .incoming) == bytes("new"))
        }
    }
}
