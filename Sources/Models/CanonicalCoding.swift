/// Canonical bytes: one value, one encoding, on every node and for ever. Integers are big-endian, text and byte strings
/// carry a 32-bit length, collections a 32-bit count. Records begin with a version byte, so that a later build can
/// decode what an earlier one wrote.
package protocol CanonicalCodable: Sendable {
    /// Appends the value's bytes.
    func encode(to writer: inout CanonicalWriter)
    /// Reads the value from its bytes; throws on anything `encode` would not have written.
    init(from reader: inout CanonicalReader) throws(CanonicalError)
}

extension CanonicalCodable {
    /// The value's canonical bytes.
    package var canonicalBytes: [UInt8] {
        var writer = CanonicalWriter()
        encode(to: &writer)
        return writer.bytes
    }

    /// The value whose canonical bytes are exactly `bytes`.
    package init(canonicalBytes bytes: [UInt8]) throws(CanonicalError) {
        var reader = CanonicalReader(bytes)
        try self.init(from: &reader)
        try reader.finish()
    }
}

/// Bytes that are not the canonical encoding of what was asked for.
package enum CanonicalError: Error, Hashable, Sendable {
    /// The bytes end before the value does.
    case truncated
    /// Bytes are left after the value.
    case trailingBytes(Int)
    /// A record version this build does not know: written by a newer one.
    case unknownVersion(type: String, version: UInt8)
    /// A value outside what the type allows.
    case invalid(String)
}

extension CanonicalError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .truncated: "the bytes end too early"
        case .trailingBytes(let count): "\(count) bytes are left over"
        case .unknownVersion(let type, let version): "format version \(version) of a \(type) is not known to this build"
        case .invalid(let reason): reason
        }
    }
}

/// Builds canonical bytes.
package struct CanonicalWriter: Sendable {
    /// What was written so far.
    package private(set) var bytes: [UInt8] = []

    /// An empty writer.
    package init() {}

    /// Appends a big-endian integer.
    package mutating func write(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// Appends one byte: 1 for true.
    package mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }

    /// Appends a length and the bytes.
    package mutating func write(_ value: [UInt8]) {
        write(UInt32(value.count))
        bytes.append(contentsOf: value)
    }

    /// Appends a length and the UTF-8 bytes, as they are: no normalisation.
    package mutating func write(_ value: String) {
        write(UInt32(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    /// Appends bytes whose length the reader knows.
    package mutating func writeFixed(_ value: [UInt8]) { bytes.append(contentsOf: value) }

    /// Appends the value's own encoding.
    package mutating func write(_ value: some CanonicalCodable) { value.encode(to: &self) }

    /// Appends a presence byte and the value if there is one.
    package mutating func write<Value>(_ value: Value?, _ body: (inout CanonicalWriter, Value) -> Void) {
        write(value != nil)
        if let value { body(&self, value) }
    }

    /// Appends a count and the values.
    package mutating func write<Values: Collection>(
        list values: Values, _ body: (inout CanonicalWriter, Values.Element) -> Void
    ) {
        write(UInt32(values.count))
        for value in values { body(&self, value) }
    }

    /// Appends a count and the values' own encodings.
    package mutating func write(list values: some Collection<some CanonicalCodable>) {
        write(list: values) { $0.write($1) }
    }

    /// Appends the entries in the order of their keys' UTF-8 bytes.
    package mutating func write(_ values: [String: String]) {
        let sorted = values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        write(list: sorted) { writer, entry in
            writer.write(entry.key)
            writer.write(entry.value)
        }
    }
}

/// Reads canonical bytes; every length is checked against what is there before anything is allocated.
package struct CanonicalReader: Sendable {
    private let bytes: [UInt8]
    private var offset = 0

    /// A reader at the start of `bytes`.
    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// How many bytes are left.
    package var remaining: Int { bytes.count - offset }

    /// Throws if bytes are left.
    package func finish() throws(CanonicalError) {
        guard remaining == 0 else { throw .trailingBytes(remaining) }
    }

    /// Reads a big-endian integer.
    package mutating func readInteger<Value: FixedWidthInteger>(_ type: Value.Type = Value.self)
        throws(CanonicalError) -> Value
    {
        Value(truncatingIfNeeded: try readBits(Value.bitWidth / 8))
    }

    /// Not generic: entries and records hold little but integers, and generic arithmetic is slow across modules.
    private mutating func readBits(_ width: Int) throws(CanonicalError) -> UInt64 {
        guard remaining >= width else { throw .truncated }
        var value: UInt64 = 0
        for position in offset..<offset + width { value = value << 8 | UInt64(bytes[position]) }
        offset += width
        return value
    }

    /// Reads a byte that must be 0 or 1.
    package mutating func readBool() throws(CanonicalError) -> Bool {
        switch try readInteger(UInt8.self) {
        case 0: return false
        case 1: return true
        case let other: throw .invalid("\(other) is not a truth value")
        }
    }

    /// Reads a length and that many bytes.
    package mutating func readBytes() throws(CanonicalError) -> [UInt8] {
        try readFixed(Int(readInteger(UInt32.self)))
    }

    /// Reads exactly `count` bytes.
    package mutating func readFixed(_ count: Int) throws(CanonicalError) -> [UInt8] {
        guard remaining >= count else { throw .truncated }
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }

    /// Reads a length and that many bytes of well-formed UTF-8.
    package mutating func readString() throws(CanonicalError) -> String {
        guard let text = String(validating: try readBytes(), as: UTF8.self) else { throw .invalid("text is not UTF-8") }
        return text
    }

    /// Reads a value's own encoding.
    package mutating func read<Value: CanonicalCodable>(_ type: Value.Type = Value.self)
        throws(CanonicalError) -> Value
    {
        try Value(from: &self)
    }

    /// Reads a presence byte and the value if it says so.
    package mutating func readOptional<Value>(
        _ body: (inout CanonicalReader) throws(CanonicalError) -> Value
    ) throws(CanonicalError) -> Value? {
        try readBool() ? try body(&self) : nil
    }

    /// Reads a count and that many values, each at least one byte.
    package mutating func readList<Value>(
        _ body: (inout CanonicalReader) throws(CanonicalError) -> Value
    ) throws(CanonicalError) -> [Value] {
        let count = Int(try readInteger(UInt32.self))
        guard count <= remaining else { throw .truncated }
        var values: [Value] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try body(&self)) }
        return values
    }

    /// Reads a count and that many values.
    package mutating func readList<Value: CanonicalCodable>(_ type: Value.Type = Value.self)
        throws(CanonicalError) -> [Value]
    {
        try readList { (reader) throws(CanonicalError) in try Value(from: &reader) }
    }

    /// Reads entries of text.
    package mutating func readStringMap() throws(CanonicalError) -> [String: String] {
        try readMap { (reader) throws(CanonicalError) in try reader.readString() }
    }

    /// Reads entries; their keys must be in strictly ascending order of their UTF-8 bytes.
    package mutating func readMap<Value>(
        _ body: (inout CanonicalReader) throws(CanonicalError) -> Value
    ) throws(CanonicalError) -> [String: Value] {
        let pairs = try readList { (reader) throws(CanonicalError) in (try reader.readString(), try body(&reader)) }
        var values: [String: Value] = [:]
        var previous: String?
        for (key, value) in pairs {
            if let previous, !previous.utf8.lexicographicallyPrecedes(key.utf8) {
                throw .invalid("map keys are not in order")
            }
            previous = key
            // Keys of different bytes are one key to a dictionary when Unicode holds them equivalent.
            guard values.updateValue(value, forKey: key) == nil else { throw .invalid("two map keys are equivalent") }
        }
        return values
    }

    /// Reads a record's version byte, which must be one of `known`.
    package mutating func readVersion(of type: String, known: ClosedRange<UInt8>) throws(CanonicalError) -> UInt8 {
        let version = try readInteger(UInt8.self)
        guard known.contains(version) else { throw .unknownVersion(type: type, version: version) }
        return version
    }
}
