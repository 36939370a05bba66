import Testing

@testable import Search

@Suite struct RowSetTests {
    @Test func `it holds what a set of numbers holds`() {
        var generator = SplitMix(state: 3)
        var rows = RowSet(capacity: 100)
        var expected: Set<UInt32> = []
        for _ in 0..<5_000 {
            let row = UInt32.random(in: 0..<3_000, using: &generator)
            if Bool.random(using: &generator) {
                rows.insert(row)
                expected.insert(row)
            } else {
                rows.remove(row)
                expected.remove(row)
            }
        }
        #expect(rows.count == expected.count)
        #expect((0..<4_000).filter { rows.contains($0) } == expected.sorted())
    }

    @Test func `rows keep their elements whatever their neighbours do`() {
        var generator = SplitMix(state: 4)
        var ragged = Ragged<Int>(rows: 20)
        var expected = Array(repeating: [Int](), count: 20)
        for _ in 0..<500 {
            let row = Int.random(in: 0..<20, using: &generator)
            expected[row] = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                Int.random(in: 0...9, using: &generator)
            }
            ragged.replace(row, with: expected[row])
        }
        #expect((0..<20).map { Array(ragged.values($0)) } == expected)
    }

    @Test func `a copy of the columns is a snapshot`() {
        var columns = Columns()
        func entry(_ name: String) -> Columns.Entry {
            .init(name: name, project: "p", scope: "p", updated: 1, created: 1, facets: [1, 2], numbers: [])
        }
        columns.apply([.set(5, entry("old")), .set(5_000, entry("far"))])
        let before = columns
        columns.apply([.set(5, entry("new")), .clear(5_000)])
        #expect(before.segments[0].names[5] == "old" && before.count == 2 && !before.isFree(5_000))
        #expect(columns.segments[0].names[5] == "new" && columns.count == 1 && columns.isFree(5_000))
    }
}
