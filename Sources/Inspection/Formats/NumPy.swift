import Models

/// Reads NumPy's `.npy` files: a header that is a Python literal, then the array's bytes.
///
/// Numbers and text are data. An array of Python objects is a pickle behind the header: loading it runs what it says.
package enum NumPy {
    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    /// What the file holds: one tensor, named `array`.
    package static func inspect(
        _ bytes: some RandomAccessBytes, limits: FormatLimits = .standard
    ) async throws(InspectionError) -> Finding {
        let header = try await readHeader(bytes, limits: limits)
        let members = try PythonLiteral.dictionary(header.text, limits: limits)
        guard Set(members.keys) == ["descr", "fortran_order", "shape"], let type = members["descr"],
            case .boolean(let isFortran) = members["fortran_order"], case .tuple(let lengths) = members["shape"]
        else { throw .malformed("its header does not hold just descr, fortran_order and shape") }
        let shape = try readShape(lengths, limits: limits)
        // An array of arrays has more dimensions instead.
        if case .tuple = type { throw .malformed("its descr is no type") }
        let element = try NumPyType(type)
        var facts = Facts()
        facts.note("fortran_order", String(isFortran))
        let data = header.end..<bytes.size
        let tensor = Facts.Tensor(name: "array", dtype: element.name, shape: shape, bytes: data)
        facts.tensors = [tensor]
        if element.hasObjects {
            facts.tensors[0].bytes = nil
            let reason = "it holds Python objects, as a pickle: loading it (allow_pickle) can run any code"
            return Finding(format: "numpy", verdict: .dangerous, reasons: [reason], facts: facts)
        }
        guard let size = size(of: shape, element: element.bytes), size == data.length else {
            throw .malformed("it has \(data.length) bytes of data; its type and shape say otherwise")
        }
        return Finding(format: "numpy", verdict: .safe, facts: facts)
    }

    private static func readHeader(
        _ bytes: some RandomAccessBytes, limits: FormatLimits
    ) async throws(InspectionError) -> (text: [UInt8], end: UInt64) {
        var buffer = BufferedBytes(bytes, limits: limits)
        guard try await buffer.bytes(buffer.range(at: 0, count: 6)) == magic else {
            throw .malformed("it does not begin with NumPy's mark")
        }
        let version: UInt8 = try await buffer.integer(at: 6)
        let minor: UInt8 = try await buffer.integer(at: 7)
        guard 1...3 ~= version, minor == 0 else {
            throw .malformed("it is of the version \(version).\(minor); 1.0 to 3.0 are read")
        }
        let isShort = version == 1
        let length =
            isShort
            ? UInt64(try await buffer.integer(at: 8, as: UInt16.self))
            : UInt64(try await buffer.integer(at: 8, as: UInt32.self))
        guard length <= limits.arrayHeaderBytes else {
            throw .malformed("its header would have \(length) bytes; \(limits.arrayHeaderBytes) are read")
        }
        let range = try buffer.range(at: isShort ? 10 : 12, count: length)
        return (try await buffer.bytes(range), range.upperBound)
    }

    private static func readShape(
        _ lengths: [PythonLiteral], limits: FormatLimits
    ) throws(InspectionError) -> [UInt64] {
        guard lengths.count <= limits.dimensions else {
            throw .malformed("it has more than \(limits.dimensions) dimensions")
        }
        return try lengths.map { length throws(InspectionError) in
            guard case .integer(let value) = length, value >= 0 else {
                throw .malformed("its shape holds something else than integers from 0 on")
            }
            return UInt64(value)
        }
    }

    /// Bytes of all elements; nil when 64 bits do not hold them.
    static func size(of shape: [UInt64], element: UInt64) -> UInt64? {
        var total = element
        for length in shape {
            let (product, overflow) = total.multipliedReportingOverflow(by: length)
            if overflow { return nil }
            total = product
        }
        return total
    }
}
