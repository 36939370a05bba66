/// Reads the wire format of Protocol Buffers, field by field, without a schema. Bytes are given as ranges: whoever
/// wants them reads them, the others are skipped.
struct ProtobufReader<Source: RandomAccessBytes> {
    /// A field's value, as far as the wire tells.
    enum Value {
        case varint(UInt64)
        case bytes(Range<UInt64>)
        /// Four or eight bytes, which nothing here needs.
        case fixed
    }

    /// A field of a message.
    struct Field {
        var number: UInt64
        var value: Value
    }

    private var buffer: BufferedBytes<Source>
    private let limits: FormatLimits
    private var fieldsRead = 0

    init(_ source: Source, limits: FormatLimits) {
        self.limits = limits
        buffer = BufferedBytes(source, limits: limits)
    }

    /// The whole file.
    var all: Range<UInt64> { 0..<buffer.size }

    /// The first field of `rest`, which then begins behind it; nil when `rest` is empty.
    mutating func nextField(in rest: inout Range<UInt64>) async throws(InspectionError) -> Field? {
        guard !rest.isEmpty else { return nil }
        fieldsRead += 1
        guard fieldsRead <= limits.fields else { throw .malformed("it has more than \(limits.fields) fields") }
        let key = try await readVarint(in: &rest)
        guard key >> 3 > 0, key <= UInt32.max else { throw .malformed("a field has the number \(key >> 3)") }
        switch key & 7 {
        case 0: return Field(number: key >> 3, value: .varint(try await readVarint(in: &rest)))
        case 1: return try skip(8, of: key >> 3, in: &rest)
        case 2:
            let count = try await readVarint(in: &rest)
            guard count <= rest.length else {
                throw .malformed("a field of \(count) bytes at byte \(rest.lowerBound) is longer than its message")
            }
            let value = rest.lowerBound..<rest.lowerBound &+ count
            rest = value.upperBound..<rest.upperBound
            return Field(number: key >> 3, value: .bytes(value))
        case 5: return try skip(4, of: key >> 3, in: &rest)
        // Groups, which nothing has used for a decade, and two numbers without a meaning.
        default: throw .malformed("a field at byte \(rest.lowerBound) is of the wire type \(key & 7)")
        }
    }

    /// The text of a field; what is no UTF-8 is replaced.
    mutating func text(_ range: Range<UInt64>) async throws(InspectionError) -> String {
        guard range.length <= limits.textFieldBytes else {
            throw .malformed("a text at byte \(range.lowerBound) is longer than \(limits.textFieldBytes) bytes")
        }
        return try await buffer.text(range)
    }

    /// A number in a packed field.
    mutating func readVarint(in rest: inout Range<UInt64>) async throws(InspectionError) -> UInt64 {
        let (value, count) = try await buffer.varint(at: rest.lowerBound, before: rest.upperBound)
        rest = min(rest.lowerBound &+ count, rest.upperBound)..<rest.upperBound
        return value
    }

    private func skip(_ count: UInt64, of number: UInt64, in rest: inout Range<UInt64>) throws(InspectionError) -> Field
    {
        guard count <= rest.length else { throw .malformed("a field is cut off at byte \(rest.lowerBound)") }
        rest = rest.lowerBound &+ count..<rest.upperBound
        return Field(number: number, value: .fixed)
    }
}
