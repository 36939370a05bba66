/// The header of a safetensors file: each tensor's type, shape and place.
struct SafetensorsHeader {
    /// In the header's order, their bytes from the start of the file.
    private(set) var tensors: [Facts.Tensor] = []
    private(set) var metadata: [(key: String, value: String)] = []

    /// Reads the header of a file whose tensors begin at `dataStart`.
    init(_ json: [UInt8], dataStart: UInt64, limits: FormatLimits) throws(InspectionError) {
        var reader = try JSONReader(json, limits: limits)
        try reader.expect(.beginObject, "the header is no object")
        while case .name(let name) = try reader.next() {
            if ExactText(name) == ExactText("__metadata__") {
                try readMetadata(&reader)
            } else {
                guard UInt64(tensors.count) < limits.tensors else {
                    throw .malformed("it has more than \(limits.tensors) tensors")
                }
                tensors.append(try Self.readTensor(name, &reader, dataStart: dataStart, limits: limits))
            }
        }
        guard try reader.next() == nil else { throw reader.broken("something follows the header") }
    }

    private mutating func readMetadata(_ reader: inout JSONReader) throws(InspectionError) {
        try reader.expect(.beginObject, "“__metadata__” is no object")
        while case .name(let key) = try reader.next() {
            metadata.append((key, try reader.readString("a value of “__metadata__”")))
        }
    }

    private static func readTensor(
        _ name: String, _ reader: inout JSONReader, dataStart: UInt64, limits: FormatLimits
    ) throws(InspectionError) -> Facts.Tensor {
        // Made when it is needed: a header has 100,000 tensors.
        var shown: String { ShownText.name(name) }
        try reader.expect(.beginObject, "the tensor \(shown) is no object")
        var dtype: String?
        var shape: [UInt64]?
        var offsets: [UInt64]?
        while case .name(let key) = try reader.next() {
            switch key {
            case "dtype": dtype = try reader.readString("a dtype")
            case "shape": shape = try reader.readUnsigned("a shape", limit: limits.dimensions)
            case "data_offsets": offsets = try reader.readUnsigned("a tensor's data_offsets", limit: 2)
            default: try reader.skipValue()
            }
        }
        guard let dtype, let shape, let offsets, offsets.count == 2 else {
            throw .malformed("the tensor \(shown) lacks its dtype, shape or data_offsets")
        }
        guard let bits = Safetensors.bits[dtype] else {
            throw .malformed("the tensor \(shown) is of the unknown type \(ShownText.name(dtype))")
        }
        guard offsets[0] <= offsets[1] else { throw .malformed("the tensor \(shown) ends before it begins") }
        guard let size = size(of: shape, bits: bits), size == offsets[1] - offsets[0] else {
            throw .malformed("the bytes of the tensor \(shown) are not as many as its type and shape say")
        }
        let (start, overflow) = dataStart.addingReportingOverflow(offsets[0])
        let (end, beyond) = dataStart.addingReportingOverflow(offsets[1])
        guard !overflow, !beyond else { throw .malformed("the tensor \(shown) lies beyond 64 bits") }
        return Facts.Tensor(name: name, dtype: dtype, shape: shape, bytes: start..<end)
    }

    /// Bytes of all elements; nil when they do not end with a byte, or 64 bits do not hold their bits.
    private static func size(of shape: [UInt64], bits: UInt64) -> UInt64? {
        var total: UInt64 = 1
        for length in shape + [bits] {
            let (product, overflow) = total.multipliedReportingOverflow(by: length)
            if overflow { return nil }
            total = product
        }
        return total.isMultiple(of: 8) ? total / 8 : nil
    }
}
