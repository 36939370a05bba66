/// Texts of protocol 0, which are written with escapes: `Vo\u0073` is `os`.
enum PickleText {
    /// The text of a line of `UNICODE`: only `\uXXXX` and `\UXXXXXXXX` are escapes, other bytes are Latin-1. Nil when
    /// it is not written so.
    static func rawUnicode(_ line: ArraySlice<UInt8>) -> String? {
        var text = String.UnicodeScalarView()
        var rest = line
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let kind = rest.first,
                kind == UInt8(ascii: "u") || kind == UInt8(ascii: "U")
            else {
                text.append(Unicode.Scalar(byte))
                continue
            }
            rest.removeFirst()
            guard let scalar = scalar(&rest, digits: kind == UInt8(ascii: "u") ? 4 : 8) else { return nil }
            text.append(scalar)
        }
        return String(text)
    }

    /// The text of a line of `STRING`: in quotes, with the escapes of Python. Nil when it is not written so.
    static func quoted(_ line: ArraySlice<UInt8>) -> String? {
        // Python 2 wrote spaces around it at times, and loaders remove them.
        var rest = line
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        guard rest.count >= 2, let quote = rest.first, quote == rest.last,
            quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
        else { return nil }
        rest = rest.dropFirst().dropLast()
        var text = String.UnicodeScalarView()
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                text.append(Unicode.Scalar(byte))
                continue
            }
            guard let scalars = escape(&rest) else { return nil }
            text.append(contentsOf: scalars)
        }
        return String(text)
    }

    /// The number in a line: Python allows spaces around it and underscores within.
    static func integer(_ line: ArraySlice<UInt8>) -> Int64? {
        var text = line.filter { !isSpace($0) && $0 != UInt8(ascii: "_") }
        if text.last == UInt8(ascii: "L") { text.removeLast() }
        return Int64(String(decoding: text, as: UTF8.self))
    }

    /// What a backslash and what follows it mean (Python's `codecs.escape_decode`).
    private static func escape(_ rest: inout ArraySlice<UInt8>) -> [Unicode.Scalar]? {
        guard let kind = rest.popFirst() else { return nil }
        switch kind {
        case UInt8(ascii: "\n"): return []
        case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): return [Unicode.Scalar(kind)]
        case UInt8(ascii: "a"): return ["\u{7}"]
        case UInt8(ascii: "b"): return ["\u{8}"]
        case UInt8(ascii: "f"): return ["\u{C}"]
        case UInt8(ascii: "n"): return ["\n"]
        case UInt8(ascii: "r"): return ["\r"]
        case UInt8(ascii: "t"): return ["\t"]
        case UInt8(ascii: "v"): return ["\u{B}"]
        case UInt8(ascii: "x"): return scalar(&rest, digits: 2).map { [$0] }
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            var value = UInt32(kind - UInt8(ascii: "0"))
            for _ in 0..<2 {
                guard let digit = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else { break }
                rest.removeFirst()
                value = value * 8 + UInt32(digit - UInt8(ascii: "0"))
            }
            return [Unicode.Scalar(UInt8(truncatingIfNeeded: value))]
        default: return ["\\", Unicode.Scalar(kind)]
        }
    }

    private static func scalar(_ rest: inout ArraySlice<UInt8>, digits: Int) -> Unicode.Scalar? {
        guard rest.count >= digits else { return nil }
        var value: UInt32 = 0
        for byte in rest.prefix(digits) {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            value = value << 4 | UInt32(digit)
        }
        rest.removeFirst(digits)
        return Unicode.Scalar(value)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
