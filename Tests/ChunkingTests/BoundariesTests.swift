import Testing

@testable import Chunking

@Suite("Boundaries")
struct BoundariesTests {
    @Test("random bytes are cut where xet-core's own tests cut them")
    func randomBytes() {
        let bytes = splitmix(seed: 0, count: 1_000_000)
        #expect([bytes[0], bytes[127], bytes[111_111]] == [175, 132, 118], "the generator is xet-core's")
        #expect(cuts(of: bytes) == XetVectors.randomCuts)
    }

    @Test("bytes whose hash never matches are cut at the longest size, as xet-core cuts them")
    func constantBytes() {
        let expected = [131_072, 262_144, 393_216, 524_288, 655_360, 786_432, 917_504, 1_000_000]
        #expect(cuts(of: Array(repeating: 59, count: 1_000_000)) == expected)
    }

    @Test(
        "a match ends a chunk from the least size on and not a byte earlier; the longest size ends it without one",
        arguments: XetVectors.placed)
    func placedMatches(row: XetVectors.Row) {
        var bytes = [UInt8](repeating: 0, count: row.size)
        for end in row.matches { bytes.replaceSubrange(end - 64..<end, with: XetVectors.match) }
        #expect(cuts(of: bytes) == row.cuts)
        #expect(cuts(of: bytes, slices: [1]) == row.cuts)
    }

    @Test("matches closer than the least size end a chunk at the first one beyond it", arguments: XetVectors.repeated)
    func repeatedMatches(zeros: Int, expected: [Int]) {
        let unit = XetVectors.match + [UInt8](repeating: 0, count: zeros)
        var bytes: [UInt8] = []
        while bytes.count < 65_536 { bytes += unit }
        #expect(cuts(of: Array(bytes[..<65_536])) == expected)
    }

    @Test(
        "the cuts do not depend on the slices",
        arguments: [
            [1], [3], [37], [255], [8_127, 1], [8_128], [8_191], [8_192], [65_536], [1, 70_000, 2, 131_072, 63],
        ])
    func slicing(slices: [Int]) {
        let bytes = splitmix(seed: 0, count: 300_000)
        #expect(cuts(of: bytes, slices: slices) == XetVectors.randomCuts.filter { $0 < 300_000 } + [300_000])
    }

    @Test("an empty slice changes nothing")
    func emptySlice() {
        var boundaries = Boundaries()
        #expect([UInt8]().withUnsafeBytes { boundaries.nextCut(in: $0) } == nil)
        #expect(cuts(of: splitmix(seed: 0, count: 100_000), slices: [0, 999]) == [84_493, 100_000])
    }

    @Test("every chunk but the last has 8 to 128 KiB, and the target on average", arguments: [11, 12, 13] as [UInt64])
    func sizes(seed: UInt64) {
        let ends = cuts(of: splitmix(seed: seed, count: 3 << 20))
        let sizes = zip(ends, [0] + ends).map { $0 - $1 }
        #expect(sizes.dropLast().allSatisfy { Boundaries.minimumBytes...Boundaries.maximumBytes ~= $0 })
        #expect(sizes.last.map { 1...Boundaries.maximumBytes ~= $0 } == true)
        let mean = (3 << 20) / sizes.count
        #expect(Boundaries.targetBytes * 3 / 4...Boundaries.targetBytes * 3 / 2 ~= mean, "a mean of \(mean) bytes")
    }

    @Test("an insertion at the front moves the first chunks only")
    func insertionIsLocal() {
        let bytes = splitmix(seed: 0, count: 1_000_000)
        let before = Set(cuts(of: bytes))
        let after = Set(cuts(of: Array("inserted".utf8) + bytes).map { $0 - 8 })
        let moved = before.subtracting(after)
        #expect(moved.allSatisfy { $0 < 300_000 }, "moved: \(moved.sorted())")
        #expect(before.intersection(after).count >= 12)
    }
}
