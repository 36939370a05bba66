import Models

/// Reads safetensors files: eight bytes with the length of a JSON header, the header, the tensors' bytes.
///
/// > "The byte buffer needs to be entirely indexed, and cannot contain holes." (safetensors, format)
///
/// The format holds numbers only: a whole file of it is safe. Reads the header, nothing of the tensors.
package enum Safetensors {
    /// Bits of an element by the type's name, as in safetensors 0.8.
    static let bits: [String: UInt64] = [
        "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8,
        "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32,
        "F32": 32, "C64": 64, "F64": 64, "I64": 64, "U64": 64,
    ]

    /// Bytes of the length in front of the header.
    static let prefixBytes: UInt64 = 8

    /// What the file holds. Its `__metadata__` become attributes.
    package static func inspect(
        _ bytes: some RandomAccessBytes, limits: FormatLimits = .standard
    ) async throws(InspectionError) -> Finding {
        guard bytes.size >= prefixBytes else { throw .malformed("it is shorter than the length of its header") }
        let prefix = try await bytes.read(0..<prefixBytes)
        let length = prefix.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        guard length <= limits.textBytes else {
            throw .malformed("its header would have \(length) bytes; at most \(limits.textBytes) are allowed")
        }
        guard length <= bytes.size - prefixBytes else {
            throw .malformed("its header would have \(length) bytes, but the file has \(bytes.size)")
        }
        let dataStart = prefixBytes + length
        let json = try await bytes.read(prefixBytes..<dataStart)
        guard json.first == UInt8(ascii: "{") else { throw .malformed("its header does not begin with “{”") }
        let header = try SafetensorsHeader(json, dataStart: dataStart, limits: limits)
        try checkLayout(of: header.tensors, from: dataStart, to: bytes.size)
        var facts = Facts()
        facts.tensors = header.tensors
        for (key, value) in header.metadata { facts.note(key, value) }
        return Finding(format: "safetensors", verdict: .safe, facts: facts)
    }

    /// Each tensor begins where the one before it ends, the first with the data and the last with the file.
    private static func checkLayout(
        of tensors: [Facts.Tensor], from start: UInt64, to end: UInt64
    ) throws(InspectionError) {
        let placed = tensors.compactMap { tensor in tensor.bytes.map { (tensor, $0) } }
            .sorted { ($0.1.lowerBound, $0.1.upperBound) < ($1.1.lowerBound, $1.1.upperBound) }
        var position = start
        for (tensor, bytes) in placed {
            var name: String { ShownText.name(tensor.name) }
            if bytes.lowerBound < position { throw .malformed("the tensor \(name) overlaps another") }
            if bytes.lowerBound > position { throw .malformed("before the tensor \(name) there is a hole") }
            guard bytes.upperBound <= end else { throw .malformed("the file ends before the tensor \(name) does") }
            position = bytes.upperBound
        }
        guard position == end else { throw .malformed("\(end - position) bytes follow the last tensor") }
    }
}
