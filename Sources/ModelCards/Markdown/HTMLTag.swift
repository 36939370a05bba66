/// A tag of HTML.
struct HTMLTag {
    /// What a tag does to the text around it.
    enum Effect {
        /// It lies within a word: `H<sub>2</sub>O`.
        case nothing
        /// It divides words.
        case space
        /// What follows is a heading.
        case heading
        /// What follows is an item or cell.
        case item
        /// What follows is a part of its own.
        case part
    }

    let effect: Effect
    /// Where the text goes on.
    let end: Int

    /// The tag that `bytes` begin with; nil when it is only a sign.
    init?(in bytes: ArraySlice<UInt8>, _ ahead: inout LookAhead) {
        var start = bytes.startIndex + 1
        let isClosing = start < bytes.endIndex && bytes[start] == UInt8(ascii: "/")
        if isClosing { start += 1 }
        guard start < bytes.endIndex else { return nil }
        let isOther = bytes[start] == UInt8(ascii: "!") || bytes[start] == UInt8(ascii: "?")
        guard isOther || bytes[start].isLetter, let end = Self.end(of: bytes[start...], &ahead) else { return nil }
        self.end = end
        // No name that matters is longer.
        let name = bytes[start...].prefix(16).prefix { $0.isLetter || $0.isDigit }
        let word = String(decoding: name, as: UTF8.self).lowercased()
        effect = Self.effects[word] ?? (Self.headings.contains(word) ? (isClosing ? .part : .heading) : .space)
    }

    /// What `<https://example.org>` shows; nil when it is none.
    static func address(in bytes: ArraySlice<UInt8>, _ ahead: inout LookAhead) -> ArraySlice<UInt8>? {
        let start = bytes.startIndex + 1
        var (index, isAddress) = (start, false)
        while index < bytes.endIndex, ahead.step() {
            switch bytes[index] {
            case UInt8(ascii: ">"): return isAddress ? bytes[start..<index] : nil
            case .colon, UInt8(ascii: "@"): isAddress = isAddress || index > start
            case UInt8(ascii: "<"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "="): return nil
            case let byte where byte.isWhitespace: return nil
            default: break
            }
            // Before the colon of a scheme there is nothing but letters; a slash is a closing tag's.
            if !isAddress, bytes[index] == UInt8(ascii: "/") { return nil }
            index += 1
        }
        return nil
    }

    /// Behind the bracket that closes the tag, which is none within quotes; where a quote is not closed, any is.
    private static func end(of bytes: ArraySlice<UInt8>, _ ahead: inout LookAhead) -> Int? {
        var (quote, first): (UInt8?, Int?) = (nil, nil)
        var index = bytes.startIndex
        while index < bytes.endIndex, ahead.step() {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: ">") {
                if quote == nil { return index }
                first = first ?? index
            } else if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            }
        }
        return first
    }

    private static let headings: Set<String> = ["h1", "h2", "h3", "h4", "h5", "h6"]

    private static let effects: [String: Effect] = {
        let words: [(Effect, String)] = [
            (.nothing, "a abbr b bdi bdo cite code del em font i img ins kbd mark q s samp small span strong sub sup"),
            (.nothing, "path picture source svg tt u var wbr"),
            (.item, "blockquote dd dt li td th tr"),
            (.part, "article aside center details div dl figcaption figure footer header hr main nav ol p pre section"),
            (.part, "summary table tbody thead ul"),
        ]
        return words.reduce(into: [:]) { effects, entry in
            for word in entry.1.split(separator: " ") { effects[String(word)] = entry.0 }
        }
    }()
}
