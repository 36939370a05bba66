extension String {
    /// It, cut before the character that would make it longer than `limit` bytes.
    func cut(to limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var (end, left) = (startIndex, limit)
        while end < endIndex {
            let next = index(after: end)
            left -= utf8.distance(from: end, to: next)
            if left < 0 { break }
            end = next
        }
        return String(self[..<end])
    }

    /// It for a message: cut, and with nothing that could break or turn the line.
    func shown(_ limit: Int) -> String {
        let scalars = unicodeScalars.lazy.prefix(limit).map { $0.isInvisible ? "\u{FFFD}" : $0 }
        return String(String.UnicodeScalarView(scalars)).cut(to: limit)
    }
}

extension Unicode.Scalar {
    /// A control character, or one that turns the direction of what follows.
    var isInvisible: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }
}
