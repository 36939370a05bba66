/// A set of small numbers, a bit for each: 100,000 models are 12.5 kB.
struct RowSet: Hashable, Sendable {
    private(set) var words: [UInt64]

    init(capacity: Int = 0) { words = Array(repeating: 0, count: (capacity + 63) / 64) }

    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    func contains(_ row: UInt32) -> Bool {
        let index = Int(row >> 6)
        return index < words.count && words[index] & (1 << UInt64(row & 63)) != 0
    }

    mutating func insert(_ row: UInt32) {
        let index = Int(row >> 6)
        if index >= words.count {
            words.append(contentsOf: repeatElement(0, count: max(index + 1 - words.count, words.count / 2)))
        }
        words[index] |= 1 << UInt64(row & 63)
    }

    mutating func remove(_ row: UInt32) {
        let index = Int(row >> 6)
        if index < words.count { words[index] &= ~(1 << UInt64(row & 63)) }
    }
}
