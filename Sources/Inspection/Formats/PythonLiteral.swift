/// The part of Python's literals that NumPy writes into a header: strings, integers, booleans, lists, tuples, and one
/// dictionary around them.
indirect enum PythonLiteral: Equatable {
    case string(String)
    case integer(Int64)
    case boolean(Bool)
    case list([PythonLiteral])
    case tuple([PythonLiteral])

    /// The members of the dictionary that `bytes` are, with nothing but space behind it.
    static func dictionary(
        _ bytes: [UInt8], limits: FormatLimits
    ) throws(InspectionError) -> [String: PythonLiteral] {
        var reader = PythonLiteralReader(bytes: bytes, limits: limits)
        return try reader.readDictionary()
    }
}

/// Reads them, to a bounded depth.
private struct PythonLiteralReader {
    let bytes: [UInt8]
    let limits: FormatLimits
    var position = 0

    init(bytes: [UInt8], limits: FormatLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    private var broken: InspectionError { .malformed("its header is broken at byte \(position)") }

    mutating func readDictionary() throws(InspectionError) -> [String: PythonLiteral] {
        var members: [String: PythonLiteral] = [:]
        guard take("{") else { throw broken }
        while !take("}") {
            guard case .string(let key) = try readValue(depth: 1), take(":") else { throw broken }
            let value = try readValue(depth: 1)
            guard members.updateValue(value, forKey: key) == nil else {
                throw .malformed("its header has \(ShownText.name(key)) twice")
            }
            guard take(",") || peek("}") else { throw broken }
        }
        skipSpace()
        guard byte == nil else { throw broken }
        return members
    }

    private mutating func readValue(depth: Int) throws(InspectionError) -> PythonLiteral {
        guard depth <= limits.literalDepth else {
            throw .malformed("its header is nested deeper than \(limits.literalDepth)")
        }
        skipSpace()
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return .string(try readString())
        case UInt8(ascii: "("): return try readTuple(depth: depth)
        case UInt8(ascii: "["):
            position += 1
            return .list(try readElements(until: "]", depth: depth).elements)
        case UInt8(ascii: "T") where take("True"): return .boolean(true)
        case UInt8(ascii: "F") where take("False"): return .boolean(false)
        default: return .integer(try readInteger())
        }
    }

    /// A tuple; without a comma, parentheses around one value are nothing.
    private mutating func readTuple(depth: Int) throws(InspectionError) -> PythonLiteral {
        position += 1
        let (elements, endsWithComma) = try readElements(until: ")", depth: depth)
        if elements.count == 1, !endsWithComma { return elements[0] }
        return .tuple(elements)
    }

    private mutating func readElements(
        until end: StaticString, depth: Int
    ) throws(InspectionError) -> (elements: [PythonLiteral], endsWithComma: Bool) {
        var elements: [PythonLiteral] = []
        var endsWithComma = false
        while !take(end) {
            guard elements.isEmpty || endsWithComma else { throw broken }
            elements.append(try readValue(depth: depth + 1))
            endsWithComma = take(",")
        }
        return (elements, endsWithComma)
    }

    private mutating func readInteger() throws(InspectionError) -> Int64 {
        let start = position
        if byte == UInt8(ascii: "-") { position += 1 }
        while let byte, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
        guard let value = Int64(String(decoding: bytes[start..<position], as: UTF8.self)) else { throw broken }
        // Python 2 wrote long integers so.
        if byte == UInt8(ascii: "L") { position += 1 }
        return value
    }

    private mutating func readString() throws(InspectionError) -> String {
        guard let quote = byte else { throw broken }
        position += 1
        var text: [UInt8] = []
        while let byte, byte != quote {
            guard byte >= 0x20 else { throw broken }
            position += 1
            if byte == UInt8(ascii: "\\") { text += try readEscape() } else { text.append(byte) }
        }
        guard byte == quote else { throw broken }
        position += 1
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func readEscape() throws(InspectionError) -> [UInt8] {
        guard let byte else { throw broken }
        position += 1
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "\\"): return [byte]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "x"): return try readScalar(digits: 2)
        case UInt8(ascii: "u"): return try readScalar(digits: 4)
        case UInt8(ascii: "U"): return try readScalar(digits: 8)
        default: throw broken
        }
    }

    private mutating func readScalar(digits: Int) throws(InspectionError) -> [UInt8] {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let byte, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw broken }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        guard let scalar = Unicode.Scalar(value) else { throw broken }
        return Array(String(scalar).utf8)
    }

    private mutating func skipSpace() {
        while let byte, byte == 0x20 || 0x09...0x0D ~= byte { position += 1 }
    }

    private mutating func peek(_ word: StaticString) -> Bool {
        skipSpace()
        let end = position + word.utf8CodeUnitCount
        return end <= bytes.count && word.withUTF8Buffer { bytes[position..<end].elementsEqual($0) }
    }

    private mutating func take(_ word: StaticString) -> Bool {
        guard peek(word) else { return false }
        position += word.utf8CodeUnitCount
        return true
    }
}
