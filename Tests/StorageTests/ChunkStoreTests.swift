import Storage
import Testing

@Suite("Chunk stores")
struct ChunkStoreTests {
    @Test("Chunks are read as written, however durably", arguments: Implementation.allCases, [0, 1, 1_000, 131_072])
    func readsWhatWasWritten(implementation: Implementation, size: Int) throws {
        try implementation.withChunks { chunks in
            let content = [UInt8](repeating: 9, count: size)
            try chunks.write([(key(1), content)], durability: .deferred)
            try chunks.write([(key(2), content)], durability: .synced)
            for number: UInt8 in [1, 2] {
                #expect(try chunks.contains(key(number)))
                #expect(try chunks.read(key(number)) == content)
            }
            #expect(try !chunks.contains(key(3)))
            #expect(try chunks.read(key(3)) == nil)
        }
    }

    @Test(
        "Writing a chunk twice, securing twice and removing what is absent are harmless",
        arguments: Implementation.allCases)
    func repetitionIsHarmless(implementation: Implementation) throws {
        try implementation.withChunks { chunks in
            try chunks.secure()
            for _ in 0..<2 {
                try chunks.write([(key(1), [1, 2, 3])], durability: .deferred)
                try chunks.secure()
            }
            #expect(try chunks.read(key(1)) == [1, 2, 3])
            for _ in 0..<2 { try chunks.remove([key(1)]) }
            #expect(try !chunks.contains(key(1)))
            #expect(try chunks.read(key(1)) == nil)
        }
    }

    @Test("Names are listed in order, page by page", arguments: Implementation.allCases)
    func listing(implementation: Implementation) throws {
        try implementation.withChunks { chunks in
            for number: UInt8 in [5, 1, 3] { try chunks.write([(key(number), [number])], durability: .deferred) }
            #expect(try chunks.keys(after: nil, limit: 2) == [key(1), key(3)])
            #expect(try chunks.keys(after: key(3), limit: 2) == [key(5)])
            #expect(try chunks.keys(after: key(5), limit: 2).isEmpty)
        }
    }
}
