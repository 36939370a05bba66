/// What follows the byte of an instruction, as far as it is of interest.
enum PickleArgument {
    case nothing
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
    case lines(ArraySlice<UInt8>, ArraySlice<UInt8>)
    /// It is longer than what is kept.
    case long

    enum Reading {
        case incomplete
        /// No loader reads it either.
        case invalid(String)
        /// The argument, its bytes that have been read, and what of it is to be passed over.
        case complete(PickleArgument, count: Int, gap: PickleStream.Gap)
    }

    /// Reads the argument of `opcode` from what follows its byte.
    static func read(_ opcode: PickleOpcode, _ bytes: ArraySlice<UInt8>, limits: InspectionLimits) -> Reading {
        switch opcode.layout {
        case .fixed(0): return .complete(.nothing, count: 0, gap: .nothing)
        case .fixed(let width):
            guard let value = number(bytes, width) else { return .incomplete }
            return .complete(.number(value), count: width, gap: .nothing)
        case .counted(let width): return readCounted(opcode, bytes, width, limits)
        case .lines(let count): return readLines(count, bytes, limits)
        }
    }

    private static func readCounted(
        _ opcode: PickleOpcode, _ bytes: ArraySlice<UInt8>, _ width: Int, _ limits: InspectionLimits
    ) -> Reading {
        guard let length = number(bytes, width) else { return .incomplete }
        if length > UInt64(Int64.max) || (opcode.countIsSigned && length > UInt64(Int32.max)) {
            return .invalid("a value has a negative number of bytes")
        }
        guard length <= UInt64(limits.textBytes) else { return .complete(.long, count: width, gap: .bytes(length)) }
        let payload = bytes.dropFirst(width)
        let count = Int(length)
        guard payload.count >= count else { return .incomplete }
        return .complete(.bytes(payload.prefix(count)), count: width + count, gap: .nothing)
    }

    private static func readLines(_ count: Int, _ bytes: ArraySlice<UInt8>, _ limits: InspectionLimits) -> Reading {
        let isLong = bytes.count > limits.lineBytes
        let bytes = bytes.prefix(limits.lineBytes)
        guard let first = bytes.firstIndex(of: UInt8(ascii: "\n")) else {
            return isLong ? .complete(.long, count: 0, gap: .lines(count)) : .incomplete
        }
        let line = bytes[..<first]
        guard count == 2 else {
            return .complete(.lines(line, []), count: line.count + 1, gap: .nothing)
        }
        let rest = bytes[(first + 1)...]
        guard let second = rest.firstIndex(of: UInt8(ascii: "\n")) else {
            return isLong ? .complete(.long, count: 0, gap: .lines(count)) : .incomplete
        }
        return .complete(.lines(line, rest[..<second]), count: line.count + rest[..<second].count + 2, gap: .nothing)
    }

    private static func number(_ bytes: ArraySlice<UInt8>, _ width: Int) -> UInt64? {
        guard bytes.count >= width else { return nil }
        return bytes.prefix(width).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The number, unsigned.
    var number: Int64? {
        switch self {
        case .number(let value): Int64(exactly: value)
        case .lines(let line, _): PickleText.integer(line)
        default: nil
        }
    }

    /// The number of a `LONG1` or `LONG4`: two's complement, little-endian, as many bytes as it takes.
    var long: Int64? {
        guard case .bytes(let bytes) = self, bytes.count <= 8 else { return nil }
        guard let last = bytes.last else { return 0 }
        var value: UInt64 = last & 0x80 == 0 ? 0 : .max
        for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
        return Int64(bitPattern: value)
    }

    /// The text of UTF-8.
    var text: String? {
        guard case .bytes(let bytes) = self else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
