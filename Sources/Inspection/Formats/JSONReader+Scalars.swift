extension JSONReader {
    /// The string, number, boolean or null at the position.
    mutating func readScalar() throws(InspectionError) -> Token {
        guard let byte else { throw broken("the text ends too early") }
        switch byte {
        case UInt8(ascii: "\""): return .string(try readQuoted())
        case UInt8(ascii: "t") where take("true"): return .boolean(true)
        case UInt8(ascii: "f") where take("false"): return .boolean(false)
        case UInt8(ascii: "n") where take("null"): return .null
        case UInt8(ascii: "N") where allowsInfinity && take("NaN"): return .number(.real(.nan))
        case UInt8(ascii: "I") where allowsInfinity && take("Infinity"): return .number(.real(.infinity))
        case UInt8(ascii: "-") where allowsInfinity && take("-Infinity"): return .number(.real(-.infinity))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try readNumber())
        default: throw broken("a value is missing")
        }
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let end = position + word.utf8CodeUnitCount
        let matches = end <= bytes.count && word.withUTF8Buffer { bytes[position..<end].elementsEqual($0) }
        if matches { position = end }
        return matches
    }

    /// The text between the quotation mark at the position and its partner.
    mutating func readQuoted() throws(InspectionError) -> String {
        position += 1
        let start = position
        while let byte, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { position += 1 }
        if byte == UInt8(ascii: "\"") {
            position += 1
            return String(decoding: bytes[start..<position - 1], as: UTF8.self)
        }
        var text = Array(bytes[start..<position])
        while let byte, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw broken("a control character stands in a string") }
            position += 1
            if byte == UInt8(ascii: "\\") { try readEscape(into: &text) } else { text.append(byte) }
        }
        guard byte != nil else { throw broken("a string does not end") }
        position += 1
        return String(decoding: text, as: UTF8.self)
    }

    /// What follows a backslash.
    private mutating func readEscape(into text: inout [UInt8]) throws(InspectionError) {
        guard let byte else { throw broken("a string does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text += Array(String(try readScalarEscape()).utf8)
        default: throw broken("an escape is unknown")
        }
    }

    /// A scalar written as `\uXXXX`, or as two of these when it is beyond U+FFFF.
    private mutating func readScalarEscape() throws(InspectionError) -> Character {
        let first = try readHexadecimal()
        var value = UInt32(first)
        if 0xD800..<0xDC00 ~= value {
            guard take("\\u") else { throw broken("half a surrogate pair is missing") }
            let second = UInt32(try readHexadecimal())
            guard 0xDC00..<0xE000 ~= second else { throw broken("half a surrogate pair is missing") }
            value = 0x10000 + (value - 0xD800) << 10 + (second - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw broken("half a surrogate pair is missing") }
        return Character(scalar)
    }

    private mutating func readHexadecimal() throws(InspectionError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw broken("an escape is not of four hexadecimal digits")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }

    private mutating func readNumber() throws(InspectionError) -> Number {
        let start = position
        let isNegative = byte == UInt8(ascii: "-")
        if isNegative { position += 1 }
        let first = position
        try readDigits()
        guard bytes[first] != UInt8(ascii: "0") || position == first + 1 else { throw broken("a number begins with 0") }
        let end = position
        if byte == UInt8(ascii: ".") {
            position += 1
            try readDigits()
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            position += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { position += 1 }
            try readDigits()
        }
        guard position - start <= limits.numberBytes else {
            throw broken("a number is longer than \(limits.numberBytes) bytes")
        }
        if position == end, let value = integer(start..<end, isNegative) { return .integer(value) }
        guard let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)), value.isFinite else {
            throw broken("a number is beyond what a double holds")
        }
        return .real(value)
    }

    /// The value, when 64 bits hold it. `-0` is no integer: its sign would be lost.
    private func integer(_ range: Range<Int>, _ isNegative: Bool) -> Int64? {
        var value: Int64 = 0
        for byte in bytes[range.dropFirst(isNegative ? 1 : 0)] {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let digit = Int64(byte &- UInt8(ascii: "0"))
            let (sum, beyond) =
                isNegative
                ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            if overflow || beyond { return nil }
            value = sum
        }
        return isNegative && value == 0 ? nil : value
    }

    /// One digit or more.
    private mutating func readDigits() throws(InspectionError) {
        let start = position
        while let byte, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
        guard position > start else { throw broken("a digit is missing") }
    }
}

/// Reading what must be there.
extension JSONReader {
    /// Takes `token`, or says that `what` is not as it must be.
    mutating func expect(_ token: Token, _ what: @autoclosure () -> String) throws(InspectionError) {
        guard try next() == token else { throw broken(what()) }
    }

    mutating func readString(_ what: String) throws(InspectionError) -> String {
        guard case .string(let text) = try next() else { throw broken("\(what) is no string") }
        return text
    }

    /// An array of integers that are not negative, at most `limit` of them.
    mutating func readUnsigned(_ what: String, limit: Int) throws(InspectionError) -> [UInt64] {
        try expect(.beginArray, "\(what) is no array")
        var values: [UInt64] = []
        while let token = try next(), token != .endArray {
            guard case .number(.integer(let value)) = token, value >= 0 else {
                throw broken("\(what) holds something else than integers from 0 on")
            }
            guard values.count < limit else { throw broken("\(what) has more than \(limit) entries") }
            values.append(UInt64(value))
        }
        return values
    }

    /// Passes over the next value, whatever is in it.
    mutating func skipValue() throws(InspectionError) {
        let outer = depth
        repeat {
            guard try next() != nil else { return }
        } while depth > outer
    }
}
