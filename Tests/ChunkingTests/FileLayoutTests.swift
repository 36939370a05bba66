import Models
import Testing

@testable import Chunking

@Suite("FileLayout")
struct FileLayoutTests {
    private static func name(_ byte: UInt8) -> ChunkID { ChunkID(bytes: Array(repeating: byte, count: 32)) }

    private static func page(_ sizes: [UInt32]) -> ChunkPage {
        ChunkPage(references: sizes.enumerated().map { ChunkReference(id: name(UInt8($0)), size: $1) })
    }

    @Test("a range takes whole chunks inside it and parts of those at its ends")
    func slices() {
        let found = FileLayout.slices(of: Self.page([10, 20, 30, 40]), startingAt: 100, holding: 105..<135)
        #expect(found.map { Int($0.chunk.size) } == [10, 20, 30])
        #expect(found.map(\.bytes) == [5..<10, 0..<20, 0..<5])
    }

    @Test(
        "an empty range, and one before or behind the page, take nothing",
        arguments: [105..<105, 0..<100, 130..<500, 0..<0] as [Range<UInt64>])
    func nothing(range: Range<UInt64>) {
        #expect(FileLayout.slices(of: Self.page([10, 20]), startingAt: 100, holding: range).isEmpty)
    }

    @Test("a range is on the pages it touches and no others")
    func pages() {
        let pages = [100, 50, 25].enumerated().map { PageReference(id: Self.name(UInt8($0)), size: $1) }
        let rows: [(Range<UInt64>, [Int])] = [
            (0..<175, [0, 1, 2]), (0..<1, [0]), (99..<100, [0]), (99..<101, [0, 1]), (100..<150, [1]),
            (149..<151, [1, 2]), (174..<175, [2]), (175..<900, []), (10..<10, []),
        ]
        for (range, expected) in rows {
            let found = FileLayout.pages(pages, holding: range)
            #expect(found.map(\.page) == expected.map { pages[$0] }, "\(range)")
            #expect(found.map(\.start) == expected.map { [0, 100, 150][$0] }, "\(range)")
        }
    }

    @Test("every range of a small file, read through pages and slices, gives its bytes")
    func everyRange() {
        let sizes: [[UInt32]] = [[1, 3], [2, 1, 4], [5]]
        let file = Array(UInt8(0)..<16)
        let pages = sizes.enumerated().map { index, sizes in
            PageReference(id: Self.name(UInt8(index)), size: UInt64(sizes.reduce(0, +)))
        }
        for lower in 0...16 as ClosedRange<UInt64> {
            for upper in lower...16 {
                var read: [UInt8] = []
                for placed in FileLayout.pages(pages, holding: lower..<upper) {
                    let page = Self.page(sizes[Int(placed.page.id.bytes[0])])
                    for slice in FileLayout.slices(of: page, startingAt: placed.start, holding: lower..<upper) {
                        let index = Int(slice.chunk.id.bytes[0])
                        let start = Int(placed.start) + page.references[..<index].reduce(0) { $0 + Int($1.size) }
                        read += file[start..<start + Int(slice.chunk.size)].dropFirst(slice.bytes.lowerBound)
                            .prefix(slice.bytes.count)
                    }
                }
                #expect(read == Array(file[Int(lower)..<Int(upper)]), "\(lower)..<\(upper)")
            }
        }
    }

    @Test("sizes that add up beyond 64 bits end the file instead of the process")
    func overflow() {
        let pages = [10, .max, 10].map { PageReference(id: Self.name(1), size: $0) }
        #expect(FileLayout.pages(pages, holding: 0..<UInt64.max).map(\.start) == [0])
        #expect(FileLayout.slices(of: Self.page([10, 20]), startingAt: .max - 15, holding: 0..<UInt64.max).count == 1)
    }
}
