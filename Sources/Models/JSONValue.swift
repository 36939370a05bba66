/// A JSON document: what a version's metadata is made of. Its canonical text sorts keys and has no spaces, so that
/// equal documents have equal bytes.
public indirect enum JSONValue: Hashable, Sendable, Codable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without fraction or exponent that fits 64 bits.
    case integer(Int64)
    /// Any other finite number.
    case number(Double)
    /// A text.
    case string(String)
    /// A list.
    case array([JSONValue])
    /// Members by name.
    case object([String: JSONValue])

    /// Decodes any JSON value.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // Probe: a decoder tells what a value is only by trying.
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// Encodes the value as JSON.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// Whether this value, decoded from `text`, has every member written there. A decoder keeps one of two members of
    /// one name, and takes names for equal that differ in Unicode normalisation only: what is lost so must be refused.
    package func hasEveryMember(ofText text: some Sequence<UInt8>) -> Bool {
        memberCount == Self.memberCount(inText: text)
    }

    /// Members of all objects in it.
    private var memberCount: Int {
        switch self {
        case .array(let values): values.reduce(0) { $0 + $1.memberCount }
        case .object(let members): members.values.reduce(members.count) { $0 + $1.memberCount }
        default: 0
        }
    }

    /// Members in a valid JSON text: colons outside of strings.
    private static func memberCount(inText text: some Sequence<UInt8>) -> Int {
        var (count, isInString, isEscaped) = (0, false, false)
        for byte in text {
            switch byte {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\"): isEscaped = isInString
            case UInt8(ascii: "\""): isInString.toggle()
            case UInt8(ascii: ":") where !isInString: count += 1
            default: break
            }
        }
        return count
    }

    /// How deep lists and objects nest: 0 for a plain value.
    package var depth: Int {
        switch self {
        case .array(let values): 1 + (values.map(\.depth).max() ?? 0)
        case .object(let members): 1 + (members.values.map(\.depth).max() ?? 0)
        default: 0
        }
    }
}

extension JSONValue: CanonicalCodable {
    package func encode(to writer: inout CanonicalWriter) {
        switch self {
        case .null: writer.write(UInt8(0))
        case .bool(let value):
            writer.write(UInt8(1))
            writer.write(value)
        case .integer(let value):
            writer.write(UInt8(2))
            writer.write(value)
        case .number(let value):
            writer.write(UInt8(3))
            writer.write(value.bitPattern)
        case .string(let value):
            writer.write(UInt8(4))
            writer.write(value)
        case .array(let values):
            writer.write(UInt8(5))
            writer.write(list: values)
        case .object(let members):
            writer.write(UInt8(6))
            writer.write(list: members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                $0.write($1.key)
                $0.write($1.value)
            }
        }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        try self.init(from: &reader, depth: 0)
    }

    /// Depth is bounded here too, beyond what is ever accepted: no entry of the log may exhaust a node's stack.
    private init(from reader: inout CanonicalReader, depth: Int) throws(CanonicalError) {
        guard depth <= 2 * Limits.standard.metadataDepth else { throw .invalid("JSON nests too deep") }
        switch try reader.readInteger(UInt8.self) {
        case 0: self = .null
        case 1: self = .bool(try reader.readBool())
        case 2: self = .integer(try reader.readInteger())
        case 3:
            let value = Double(bitPattern: try reader.readInteger())
            guard value.isFinite else { throw .invalid("a JSON number is finite") }
            self = .number(value)
        case 4: self = .string(try reader.readString())
        case 5:
            self = .array(
                try reader.readList { (reader) throws(CanonicalError) in
                    try JSONValue(from: &reader, depth: depth + 1)
                })
        case 6:
            self = .object(
                try reader.readMap { (reader) throws(CanonicalError) in
                    try JSONValue(from: &reader, depth: depth + 1)
                })
        case let other: throw .invalid("\(other) is not a kind of JSON value")
        }
    }
}
