/// Comments, scripts and style sheets: HTML whose content nobody sees, over as many lines as it takes.
struct HiddenMarkup {
    private static let pairs: [(open: [UInt8], close: [UInt8])] = [
        (Array("<!--".utf8), Array("-->".utf8)),
        (Array("<script".utf8), Array("</script".utf8)),
        (Array("<style".utf8), Array("</style".utf8)),
    ]

    private var close: [UInt8]?

    /// Whether what follows is hidden.
    var isOpen: Bool { close != nil }

    /// What of a line is not hidden.
    mutating func visible(of line: ArraySlice<UInt8>, _ ahead: inout LookAhead) -> ArraySlice<UInt8> {
        if close == nil, !line.contains(UInt8(ascii: "<")) { return line }
        var shown: [UInt8] = []
        var rest = line
        while !rest.isEmpty {
            if let close {
                guard let end = ahead.find(close, in: rest) else { break }
                rest = rest[(end + close.count)...]
                // A tag's end may have blanks before its bracket.
                if close.first == UInt8(ascii: "<") { rest = rest.drop { $0.isBlank }.dropFirst() }
                self.close = nil
            } else {
                shown += takeVisible(&rest, &ahead)
            }
        }
        return shown[...]
    }

    /// Takes what lies before the next opening mark, and that mark; code within the line may name it.
    private mutating func takeVisible(_ rest: inout ArraySlice<UInt8>, _ ahead: inout LookAhead) -> ArraySlice<UInt8> {
        let whole = rest
        while let byte = rest.first {
            if byte == UInt8(ascii: "`") {
                let count = rest.prefix { $0 == byte }.count
                rest = rest.dropFirst(count)
                if let end = ahead.findBackticks(count, in: rest) { rest = rest[(end + count)...] }
            } else if byte == UInt8(ascii: "<"), let pair = Self.pair(at: rest) {
                let shown = whole[..<rest.startIndex]
                close = pair.close
                rest = rest.dropFirst(pair.open.count)
                return shown
            } else {
                rest.removeFirst()
            }
        }
        return whole
    }

    private static func pair(at bytes: ArraySlice<UInt8>) -> (open: [UInt8], close: [UInt8])? {
        pairs.first { pair in
            guard LookAhead.begins(bytes, with: pair.open) else { return false }
            // `<styled>` is another tag.
            return !(pair.open.last?.isLetter ?? false) || !(bytes.dropFirst(pair.open.count).first?.isWord ?? false)
        }
    }
}
