/// A way through a GGUF file from its start.
struct GGUFWalk<Source: RandomAccessBytes> {
    private var buffer: BufferedBytes<Source>
    private var position: UInt64 = 0
    private let limits: FormatLimits
    private var alignment = GGUF.usualAlignment
    private var fileType: UInt64?
    private var listed: UInt64 = 0
    private var unknownTypes: Set<UInt32> = []
    private(set) var facts = Facts()
    private(set) var templateProblems: [String] = []
    /// What could not be checked.
    private(set) var doubts: [String] = []

    init(_ source: Source, limits: FormatLimits) {
        self.limits = limits
        buffer = BufferedBytes(source, limits: limits)
    }

    /// Magic and version, then how many tensors and pairs there are.
    mutating func readCounts() async throws(InspectionError) -> (tensors: UInt64, pairs: UInt64) {
        guard try await buffer.bytes(buffer.range(at: 0, count: 4)) == GGUF.magic else {
            throw .malformed("it does not begin with “GGUF”")
        }
        position = 4
        let version: UInt32 = try await readInteger()
        if version != 0, version & 0xFFFF == 0 {
            throw .malformed("it is for big-endian machines; convert it to little-endian")
        }
        guard version == 2 || version == 3 else {
            throw .malformed("it is GGUF of version \(version); versions 2 and 3 are read")
        }
        facts.note("gguf.version", String(version))
        let tensors: UInt64 = try await readInteger()
        let pairs: UInt64 = try await readInteger()
        // A tensor takes 24 bytes at least: its name's length, dimensions, type and offset; a pair takes 13.
        guard tensors <= limits.tensors, tensors <= buffer.size / 24 else {
            throw .malformed("it announces \(tensors) tensors, more than it can hold or than are read")
        }
        guard pairs <= limits.pairs, pairs <= buffer.size / 13 else {
            throw .malformed("it announces \(pairs) key-value pairs, more than it can hold or than are read")
        }
        return (tensors, pairs)
    }

    mutating func readPairs(_ count: UInt64) async throws(InspectionError) {
        var keys: Set<ExactText> = []
        for _ in 0..<count {
            let key = try await readText(limits.keyBytes, "a key")
            guard keys.insert(ExactText(key)).inserted else {
                throw .malformed("the key \(ShownText.name(key)) occurs twice")
            }
            try await readPair(key)
        }
    }

    private mutating func readPair(_ key: String) async throws(InspectionError) {
        let type = try await readType()
        switch key {
        case "general.alignment":
            guard type == .uint32 else { throw .malformed("its alignment is no 32-bit number") }
            alignment = UInt64(try await readInteger(UInt32.self))
            guard alignment.nonzeroBitCount == 1 else { throw .malformed("its alignment is no power of two") }
            facts.note(key, String(alignment))
        case "tokenizer.chat_template" where type == .string: try await readTemplate()
        case _ where type == .string && key.hasPrefix("tokenizer.chat_template."): try await readTemplate()
        case _ where type == .string && isDescribing(key):
            let range = try await readStringRange()
            facts.note(key, try await buffer.text(range.prefix(4 * ShownText.longest)))
        case _ where type != .array && isDescribing(key): try await noteScalar(key, type)
        default: try await skip(type, depth: 0)
        }
    }

    private func isDescribing(_ key: String) -> Bool {
        let ends = [
            ".context_length", ".embedding_length", ".block_count", ".feed_forward_length", ".attention.head_count",
            ".attention.head_count_kv", ".expert_count", ".expert_used_count", ".vocab_size",
        ]
        return key.hasPrefix("general.") || key == "tokenizer.ggml.model" || ends.contains { key.hasSuffix($0) }
    }

    private mutating func noteScalar(_ key: String, _ type: GGUFValueType) async throws(InspectionError) {
        let start = position
        let bits: UInt64 =
            switch type.width {
            case 1: UInt64(try await readInteger(UInt8.self))
            case 2: UInt64(try await readInteger(UInt16.self))
            case 4: UInt64(try await readInteger(UInt32.self))
            default: try await readInteger(UInt64.self)
            }
        if key == "general.file_type" { fileType = bits }
        let text =
            switch type {
            case .int8: String(Int8(truncatingIfNeeded: bits))
            case .int16: String(Int16(truncatingIfNeeded: bits))
            case .int32: String(Int32(truncatingIfNeeded: bits))
            case .int64: String(Int64(bitPattern: bits))
            case .float32: String(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
            case .float64: String(Double(bitPattern: bits))
            case .boolean: String(bits != 0)
            case .uint8, .uint16, .uint32, .uint64, .string, .array: String(bits)
            }
        position = start &+ (type.width ?? 8)
        facts.note(key, text)
    }

    private mutating func readTemplate() async throws(InspectionError) {
        let range = try await readStringRange()
        guard range.length <= limits.templateBytes else {
            doubts.append("a chat template is longer than the \(limits.templateBytes) bytes that are read")
            return
        }
        let template = try await buffer.bytes(range)
        if !ShownText.areEnough(templateProblems) { templateProblems += ChatTemplate.problems(in: template) }
    }
}

/// Values.
extension GGUFWalk {
    private mutating func readInteger<Integer: FixedWidthInteger & UnsignedInteger>(
        _ type: Integer.Type = Integer.self
    ) async throws(InspectionError) -> Integer {
        let value: Integer = try await buffer.integer(at: position)
        position &+= UInt64(Integer.bitWidth / 8)
        return value
    }

    private mutating func readType() async throws(InspectionError) -> GGUFValueType {
        let number: UInt32 = try await readInteger()
        guard let type = GGUFValueType(rawValue: number) else {
            throw .malformed("a value is of the unknown type \(number)")
        }
        return type
    }

    /// A string's bytes; the position moves behind them.
    private mutating func readStringRange() async throws(InspectionError) -> Range<UInt64> {
        let count: UInt64 = try await readInteger()
        let range = try buffer.range(at: position, count: count)
        position = range.upperBound
        return range
    }

    private mutating func readText(_ limit: UInt64, _ what: String) async throws(InspectionError) -> String {
        let range = try await readStringRange()
        guard range.length <= limit else { throw .malformed("\(what) is longer than \(limit) bytes") }
        guard let text = String(validating: try await buffer.bytes(range), as: UTF8.self) else {
            throw .malformed("\(what) is not UTF-8")
        }
        return text
    }

    private mutating func skip(_ type: GGUFValueType, depth: Int) async throws(InspectionError) {
        if let width = type.width {
            position = try buffer.range(at: position, count: width).upperBound
        } else if type == .string {
            _ = try await readStringRange()
        } else {
            try await skipArray(depth: depth + 1)
        }
    }

    private mutating func skipArray(depth: Int) async throws(InspectionError) {
        guard depth <= limits.arrayDepth else { throw .malformed("arrays are nested deeper than \(limits.arrayDepth)") }
        let type = try await readType()
        let count: UInt64 = try await readInteger()
        // A string takes 8 bytes at least, an array 12.
        let (size, overflow) = count.multipliedReportingOverflow(by: type.width ?? (type == .string ? 8 : 12))
        guard !overflow else { throw .malformed("an array announces \(count) elements") }
        let range = try buffer.range(at: position, count: size)
        guard type.width == nil else {
            position = range.upperBound
            return
        }
        listed &+= count
        guard listed <= limits.listed else { throw .malformed("its arrays hold more than \(limits.listed) strings") }
        for _ in 0..<count { try await skip(type, depth: depth) }
    }
}

/// Tensors.
extension GGUFWalk {
    mutating func readTensors(_ count: UInt64) async throws(InspectionError) {
        var names: Set<ExactText> = []
        var tensors: [(Facts.Tensor, type: UInt32, offset: UInt64)] = []
        for _ in 0..<count {
            let entry = try await readTensor()
            guard names.insert(ExactText(entry.0.name)).inserted else {
                throw .malformed("the tensor \(ShownText.name(entry.0.name)) occurs twice")
            }
            tensors.append(entry)
        }
        let (padded, overflow) = position.addingReportingOverflow(alignment &- 1)
        guard !overflow else { throw .malformed("its alignment is larger than the file") }
        let start = padded & ~(alignment &- 1)
        for (tensor, type, offset) in tensors {
            var tensor = tensor
            tensor.bytes = try place(tensor, type, at: offset, from: start)
            facts.tensors.append(tensor)
        }
        try checkOverlaps()
    }

    private mutating func readTensor() async throws(InspectionError) -> (Facts.Tensor, type: UInt32, offset: UInt64) {
        let name = try await readText(limits.nameBytes, "a tensor's name")
        let dimensions = UInt64(try await readInteger(UInt32.self))
        guard dimensions <= limits.blockDimensions else {
            throw .malformed("the tensor \(ShownText.name(name)) has \(dimensions) dimensions")
        }
        var shape: [UInt64] = []
        for _ in 0..<dimensions { shape.append(try await readInteger()) }
        let type: UInt32 = try await readInteger()
        let offset: UInt64 = try await readInteger()
        let dtype = GGMLType.known[type]?.name ?? "type \(type)"
        return (Facts.Tensor(name: name, dtype: dtype, shape: shape, bytes: nil), type, offset)
    }

    /// Where the tensor's bytes are; nil when its type is not known here.
    private mutating func place(
        _ tensor: Facts.Tensor, _ type: UInt32, at offset: UInt64, from start: UInt64
    ) throws(InspectionError) -> Range<UInt64>? {
        var name: String { ShownText.name(tensor.name) }
        guard offset & (alignment &- 1) == 0 else {
            throw .malformed("the tensor \(name) does not begin at a multiple of \(alignment)")
        }
        let (first, overflow) = start.addingReportingOverflow(offset)
        guard !overflow, first <= buffer.size else { throw .malformed("the tensor \(name) lies beyond the file") }
        guard let known = GGMLType.known[type] else {
            if !ShownText.areEnough(doubts), unknownTypes.insert(type).inserted {
                doubts.append("the tensor \(name) is of the type \(type), which is not known here")
            }
            return nil
        }
        guard let size = known.size(of: tensor.shape) else {
            throw .malformed("the shape of the tensor \(name) does not fit its type, \(known.name)")
        }
        let (end, beyond) = first.addingReportingOverflow(size)
        guard !beyond, end <= buffer.size else { throw .malformed("the tensor \(name) lies beyond the file") }
        return first..<end
    }

    private func checkOverlaps() throws(InspectionError) {
        let placed = facts.tensors.compactMap { tensor in tensor.bytes.map { (tensor.name, $0) } }
            .filter { !$0.1.isEmpty }
            .sorted { $0.1.lowerBound < $1.1.lowerBound }
        for ((_, bytes), (name, next)) in zip(placed, placed.dropFirst()) where next.lowerBound < bytes.upperBound {
            throw .malformed("the tensor \(ShownText.name(name)) overlaps another")
        }
    }

    /// Notes what the file says most of its tensors are or, if it does not, what most of their bytes are.
    mutating func describeQuantisation() {
        var bytes: [String: UInt64] = [:]
        for tensor in facts.tensors { bytes[tensor.dtype, default: 0] &+= tensor.bytes?.length ?? 0 }
        let most = bytes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        if let name = fileType.flatMap({ GGMLType.fileTypes[$0] }) ?? most { facts.note("quantization", name) }
    }
}
