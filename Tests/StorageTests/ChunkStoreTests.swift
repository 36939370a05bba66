import Dispatch
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

    @Test("A sweep removes what was neither asked for nor written since it began", arguments: Implementation.allCases)
    func sweeping(implementation: Implementation) throws {
        try implementation.withChunks { chunks in
            for number: UInt8 in 1...6 { try chunks.write([(key(number), [number])], durability: .synced) }
            let all = (1...8).map { key($0) }
            #expect(try chunks.sweep(all) == 0)
            _ = try chunks.contains(key(1))
            chunks.beginSweep()
            #expect(try chunks.contains(key(2)))
            try chunks.write([(key(3), [3])], durability: .deferred)
            #expect(try !chunks.contains(key(7)))
            try chunks.write([(key(7), [7]), (key(8), [8])], durability: .deferred)
            #expect(try chunks.read(key(4)) == [4])
            #expect(try chunks.sweep(Array(all.prefix(4))) == 2)
            #expect(try chunks.sweep(all) == 2)
            #expect(try chunks.keys(after: nil, limit: 9) == [key(2), key(3), key(7), key(8)])
            chunks.endSweep()
            #expect(try chunks.sweep(all) == 0)
            #expect(try chunks.read(key(4)) == nil)
            try chunks.write([(key(4), [4])], durability: .synced)
            #expect(try chunks.read(key(4)) == [4])
        }
    }

    @Test("Whoever hears during a sweep that a chunk is here finds it", arguments: Implementation.allCases)
    func sweepingMeanwhile(implementation: Implementation) throws {
        try implementation.withChunks { chunks in
            let all = (0..<200).map { key($0) }
            for round in 0..<20 {
                try chunks.write(all.map { ($0, [1]) }, durability: .synced)
                chunks.beginSweep()
                DispatchQueue.concurrentPerform(iterations: 3) { worker in
                    do {
                        if worker == 0 {
                            for start in stride(from: 0, to: 200, by: 20) {
                                _ = try chunks.sweep(Array(all[start..<start + 20]))
                            }
                        } else {
                            for (number, key) in all.enumerated() where (number + round) % 3 == worker {
                                if try !chunks.contains(key) { try chunks.write([(key, [1])], durability: .deferred) }
                            }
                            try chunks.secure()
                        }
                    } catch {
                        Issue.record(error)
                    }
                }
                chunks.endSweep()
                for (number, key) in all.enumerated() where (number + round) % 3 != 0 {
                    #expect(try chunks.read(key) == [1])
                }
            }
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
