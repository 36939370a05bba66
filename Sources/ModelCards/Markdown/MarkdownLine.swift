/// The start of a line of Markdown: what it opens or ends.
enum MarkdownLine {
    /// Where the text of a line begins behind the marks of quotations and items, and whether there were any.
    static func content(of line: ArraySlice<UInt8>) -> (text: ArraySlice<UInt8>, isMarked: Bool) {
        var rest = line.drop { $0.isBlank }
        var isMarked = false
        while let width = markerWidth(of: rest) {
            isMarked = true
            rest = rest.dropFirst(width).drop { $0.isBlank }
        }
        if isMarked, let box = boxWidth(of: rest) { rest = rest.dropFirst(box) }
        return (rest, isMarked)
    }

    /// The level of a heading `## Title` and its text; nil for any other line.
    static func heading(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let level = line.prefix { $0 == UInt8(ascii: "#") }.count
        guard (1...6).contains(level) else { return nil }
        var text = line.dropFirst(level)
        guard text.first?.isBlank ?? true else { return nil }
        text = trimmed(text)
        let closing = text.reversed().prefix { $0 == UInt8(ascii: "#") }.count
        let kept = text.dropLast(closing)
        return kept.last?.isBlank ?? true ? trimmed(kept) : text
    }

    /// The mark that opens fenced code, and how often it is there; nil for any other line.
    static func fence(_ line: ArraySlice<UInt8>) -> (mark: UInt8, count: Int)? {
        guard let mark = line.first, mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~") else { return nil }
        let count = line.prefix { $0 == mark }.count
        guard count >= 3 else { return nil }
        // Three backticks and more on the line are code within text.
        if mark == UInt8(ascii: "`"), line.dropFirst(count).contains(mark) { return nil }
        return (mark, count)
    }

    /// Whether the line has nothing but `mark`, at least `count` times.
    static func isRun(_ line: ArraySlice<UInt8>, of mark: UInt8, atLeast count: Int) -> Bool {
        let text = trimmed(line)
        return text.count >= count && text.allSatisfy { $0 == mark }
    }

    /// Whether the line is `***`, `- - -` or `___`.
    static func isRule(_ line: ArraySlice<UInt8>) -> Bool {
        guard let mark = line.first, [0x2A, 0x2D, 0x5F].contains(mark) else { return false }
        return line.allSatisfy { $0 == mark || $0.isBlank } && line.count(where: { $0 == mark }) >= 3
    }

    /// Whether the line is the one below a table's head: `|---|:-:|`.
    static func isTableRule(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.contains(UInt8(ascii: "|")), line.contains(UInt8(ascii: "-")) else { return false }
        return line.allSatisfy { $0.isBlank || $0 == UInt8(ascii: "|") || $0 == UInt8(ascii: "-") || $0 == .colon }
    }

    /// Whether the line says where the links of a name lead: `[name]: target`.
    static func isDefinition(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.first == UInt8(ascii: "["), let close = line.firstIndex(of: UInt8(ascii: "]")) else { return false }
        // A footnote is text.
        return line.dropFirst().first != UInt8(ascii: "^") && line[close...].dropFirst().first == .colon
    }

    /// The line without blanks at its ends.
    static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = line.drop { $0.isBlank }
        while let last = text.last, last.isBlank { text.removeLast() }
        return text
    }

    private static func markerWidth(of line: ArraySlice<UInt8>) -> Int? {
        guard let first = line.first else { return nil }
        switch first {
        case UInt8(ascii: ">"): return 1
        case UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "+"):
            return line.dropFirst().first?.isBlank ?? true ? 1 : nil
        default:
            let digits = line.prefix(10).prefix { $0.isDigit }.count
            guard (1...9).contains(digits) else { return nil }
            let rest = line.dropFirst(digits)
            guard rest.first == UInt8(ascii: ".") || rest.first == UInt8(ascii: ")") else { return nil }
            return rest.dropFirst().first?.isBlank ?? true ? digits + 1 : nil
        }
    }

    private static func boxWidth(of line: ArraySlice<UInt8>) -> Int? {
        let head = Array(line.prefix(4))
        guard head.count == 4, head[0] == UInt8(ascii: "["), head[2] == UInt8(ascii: "]"), head[3].isBlank else {
            return nil
        }
        return [0x20, 0x58, 0x78].contains(head[1]) ? 4 : nil
    }
}

extension UInt8 {
    static let colon = UInt8(ascii: ":")
}
