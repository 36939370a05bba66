/// A few elements for each row, in one array: a heap object a row would cost more than its elements.
struct Ragged<Element: Sendable>: Sendable {
    /// Where each row begins, and at last where the last ends.
    private(set) var starts: [UInt32]
    private(set) var elements: [Element] = []

    init(rows: Int) { starts = Array(repeating: 0, count: rows + 1) }

    /// Indexes of a row's elements.
    func range(_ row: Int) -> Range<Int> { Int(starts[row])..<Int(starts[row + 1]) }

    func values(_ row: Int) -> ArraySlice<Element> { elements[range(row)] }

    /// Moves what lies behind, so it costs as much as a segment has: microseconds.
    mutating func replace(_ row: Int, with new: [Element]) {
        let old = range(row)
        elements.replaceSubrange(old, with: new)
        let difference = new.count - old.count
        if difference == 0 { return }
        for index in (row + 1)..<starts.count { starts[index] = UInt32(Int(starts[index]) + difference) }
    }
}
