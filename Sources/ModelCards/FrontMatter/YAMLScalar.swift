import Models

/// Plain values by the core schema of YAML 1.2 (§10.3.2), so that `no` is a language and `1:30` a text. What JSON has
/// no number for (`.inf`, `.nan`, `1e999`) stays a text.
enum YAMLScalar {
    /// The value of an unquoted text.
    static func value(of text: String, limits: CardLimits) -> JSONValue {
        if let word = words[text] { return word }
        guard text.utf8.count <= limits.numberBytes else { return .string(text) }
        return number(of: text) ?? .string(text)
    }

    /// The number that a text is; nil for any other text.
    static func number(of text: String) -> JSONValue? {
        if let prefixed = prefixedInteger(text) { return .integer(prefixed) }
        switch Numeral(text) {
        case nil: return nil
        case .integer: return Int64(text).map(JSONValue.integer) ?? finite(text)
        case .fraction: return finite(text)
        }
    }

    private static let words: [String: JSONValue] = [
        "": .null, "~": .null, "null": .null, "Null": .null, "NULL": .null,
        "true": .bool(true), "True": .bool(true), "TRUE": .bool(true),
        "false": .bool(false), "False": .bool(false), "FALSE": .bool(false),
    ]

    private static func finite(_ text: String) -> JSONValue? {
        // Swift wants a digit after the point, YAML does not.
        guard let value = Double(text.last == "." ? String(text.dropLast()) : text), value.isFinite else { return nil }
        return .number(value)
    }

    /// `0o17` and `0x1F`; without a sign, as the schema has it.
    private static func prefixedInteger(_ text: String) -> Int64? {
        let digits = text.utf8.dropFirst(2)
        guard let first = digits.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "+") else { return nil }
        if text.hasPrefix("0o") { return Int64(text.dropFirst(2), radix: 8) }
        return text.hasPrefix("0x") ? Int64(text.dropFirst(2), radix: 16) : nil
    }
}

/// The form of a decimal number: `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
private enum Numeral {
    case integer
    case fraction

    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        Self.dropSign(&rest)
        let whole = Self.dropDigits(&rest)
        var isInteger = true
        if rest.first == UInt8(ascii: ".") {
            isInteger = false
            rest.removeFirst()
            guard Self.dropDigits(&rest) + whole > 0 else { return nil }
        } else if whole == 0 {
            return nil
        }
        if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            rest.removeFirst()
            Self.dropSign(&rest)
            guard Self.dropDigits(&rest) > 0 else { return nil }
        }
        guard rest.isEmpty else { return nil }
        self = isInteger ? .integer : .fraction
    }

    private static func dropSign(_ rest: inout ArraySlice<UInt8>) {
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
    }

    private static func dropDigits(_ rest: inout ArraySlice<UInt8>) -> Int {
        let digits = rest.prefix { $0.isDigit }.count
        rest.removeFirst(digits)
        return digits
    }
}
