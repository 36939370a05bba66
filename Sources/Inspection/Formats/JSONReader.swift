/// Reads JSON (RFC 8259) token by token: no tree is made and nothing recurses, so that a text costs its own bytes and
/// the names of the objects that are open. Refuses a name that occurs twice in an object, for which of the two values
/// counts depends on who reads.
struct JSONReader {
    /// What comes next in the text. Within an object, each value follows its name.
    enum Token: Equatable {
        case beginObject, endObject, beginArray, endArray
        case name(String)
        case string(String)
        case number(Number)
        case boolean(Bool)
        case null
    }

    /// A number as written: exact when it is an integer of 64 bits.
    enum Number: Equatable {
        case integer(Int64)
        case real(Double)
    }

    private enum Expectation { case value, valueOrEnd, name, nameOrEnd, separator }

    private struct Frame {
        var isObject: Bool
        var names = ObjectNames()
    }

    let bytes: [UInt8]
    let limits: FormatLimits
    /// Python writes and reads `NaN`, `Infinity` and `-Infinity`, and some configurations hold them.
    let allowsInfinity: Bool
    var position = 0
    private var expectation = Expectation.value
    private var frames: [Frame] = []

    /// - Throws: `InspectionError.malformed` when the text is too long or no UTF-8.
    init(_ bytes: [UInt8], limits: FormatLimits, allowsInfinity: Bool = false) throws(InspectionError) {
        guard UInt64(bytes.count) <= limits.textBytes else {
            throw .malformed("the JSON is longer than \(limits.textBytes) bytes")
        }
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw .malformed("the JSON is not UTF-8 at byte \(error.byteOffsets.lowerBound)")
        }
        self.bytes = bytes
        self.limits = limits
        self.allowsInfinity = allowsInfinity
    }

    /// Objects and arrays that are open.
    var depth: Int { frames.count }

    /// The next token; nil at the end of the text, once its one value is complete.
    mutating func next() throws(InspectionError) -> Token? {
        skipSpace()
        if expectation == .separator {
            guard let frame = frames.last else {
                guard position == bytes.count else { throw broken("something follows the value") }
                return nil
            }
            guard byte == UInt8(ascii: ",") else { return try close() }
            position += 1
            skipSpace()
            expectation = frame.isObject ? .name : .value
        }
        switch (expectation, byte) {
        case (.nameOrEnd, UInt8(ascii: "}")), (.valueOrEnd, UInt8(ascii: "]")): return try close()
        case (.name, _), (.nameOrEnd, _): return .name(try readName())
        default: return try readValue()
        }
    }

    /// The byte at the position; nil at the end.
    var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// What is wrong, with where.
    func broken(_ what: String) -> InspectionError { .malformed("the JSON is broken at byte \(position): \(what)") }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func open(_ frame: Frame) throws(InspectionError) {
        guard frames.count < limits.textDepth else { throw broken("it is nested deeper than \(limits.textDepth)") }
        position += 1
        frames.append(frame)
        expectation = frame.isObject ? .nameOrEnd : .valueOrEnd
    }

    private mutating func close() throws(InspectionError) -> Token {
        guard let frame = frames.last, byte == UInt8(ascii: frame.isObject ? "}" : "]") else {
            throw broken(byte == nil ? "the text ends too early" : "a comma or an end is missing")
        }
        position += 1
        frames.removeLast()
        expectation = .separator
        return frame.isObject ? .endObject : .endArray
    }

    private mutating func readName() throws(InspectionError) -> String {
        guard byte == UInt8(ascii: "\"") else { throw broken("a name is missing") }
        let name = try readQuoted()
        let last = frames.count - 1
        guard frames[last].names.insert(name) else { throw broken("\(ShownText.name(name)) occurs twice") }
        guard frames[last].names.count <= limits.textMembers else {
            throw broken("an object has more than \(limits.textMembers) members")
        }
        skipSpace()
        guard byte == UInt8(ascii: ":") else { throw broken("a colon is missing") }
        position += 1
        expectation = .value
        return name
    }

    private mutating func readValue() throws(InspectionError) -> Token {
        switch byte {
        case UInt8(ascii: "{"):
            try open(Frame(isObject: true))
            return .beginObject
        case UInt8(ascii: "["):
            try open(Frame(isObject: false))
            return .beginArray
        default:
            expectation = .separator
            return try readScalar()
        }
    }
}

/// The names of an object that is being read. Most objects have a few, for which a set does not pay.
private struct ObjectNames {
    private static let few = 16
    private var listed: [ExactText] = []
    private var hashed: Set<ExactText> = []

    var count: Int { max(listed.count, hashed.count) }

    /// False when it was there.
    mutating func insert(_ name: String) -> Bool {
        let name = ExactText(name)
        if hashed.isEmpty {
            if listed.contains(name) { return false }
            listed.append(name)
            if listed.count > Self.few { hashed = Set(listed) }
            return true
        }
        return hashed.insert(name).inserted
    }
}
