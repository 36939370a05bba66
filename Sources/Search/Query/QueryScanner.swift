/// Reads a query's characters, one after the other.
struct QueryScanner: Sendable {
    private let scalars: [Unicode.Scalar]
    private(set) var position = 0

    init(_ text: String) {
        // Nothing a user means is in a control character, and C strings end at zero.
        scalars = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }
    }

    var isAtEnd: Bool { position == scalars.count }
    var next: Unicode.Scalar? { isAtEnd ? nil : scalars[position] }

    func peek(_ distance: Int) -> Unicode.Scalar? {
        let index = position + distance
        return index < scalars.count ? scalars[index] : nil
    }

    mutating func skip(_ count: Int = 1) { position = min(position + count, scalars.count) }

    mutating func rewind(to earlier: Int) { position = min(earlier, position) }

    mutating func skipSpaces() {
        while let scalar = next, QueryScanner.isSpace(scalar) { position += 1 }
    }

    /// Reads on while the characters are so.
    mutating func read(while belongs: (Unicode.Scalar) -> Bool) -> String {
        var text = String.UnicodeScalarView()
        while let scalar = next, belongs(scalar) {
            text.append(scalar)
            position += 1
        }
        return String(text)
    }

    /// What stands between the quote here and the next one; nil when there is none.
    mutating func readQuoted() -> String? {
        let start = position
        skip()
        let text = read { $0 != "\"" }
        guard next == "\"" else {
            position = start
            return nil
        }
        skip()
        return text
    }

    static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

    /// Of a key: ASCII letters, digits, `_`, `.`, `-` and `/`.
    static func isKey(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", ".", "-", "/": true
        default: false
        }
    }

    static func isOperator(_ scalar: Unicode.Scalar) -> Bool { scalar == "<" || scalar == ">" || scalar == "=" }

    /// Whether words can be made of it. What is not, such as a lone `&`, is passed over.
    static func isWordLike(_ text: String) -> Bool {
        text.unicodeScalars.contains { scalar in
            if scalar.isASCII { return scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) }
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
                .letterNumber, .otherNumber, .privateUse:
                return true
            default: return false
            }
        }
    }
}
