/// A way through a model's messages. Fields that come with another wire type than theirs are passed over, as Protocol
/// Buffers' own readers do.
struct ONNXWalk<Source: RandomAccessBytes> {
    private var reader: ProtobufReader<Source>
    private let limits: FormatLimits
    private(set) var facts = Facts()
    private(set) var hasGraph = false
    /// Why loading the model can do harm.
    private(set) var dangers: [String] = []
    private var companions: Set<ExactText> = []
    private var carriers: Set<String> = []
    private var foreign = ForeignOperators()
    private var opsets: [String] = []

    init(_ source: Source, limits: FormatLimits) {
        self.limits = limits
        reader = ProtobufReader(source, limits: limits)
    }

    /// Why it cannot be told what running the model does.
    var doubts: [String] {
        let carried = carriers.sorted().compactMap { name in ONNX.carriers[name].map { "the operator \(name) \($0)" } }
        return carried + foreign.doubts
    }

    /// `ModelProto`.
    mutating func readModel() async throws(InspectionError) {
        var rest = reader.all
        while let field = try await reader.nextField(in: &rest) {
            switch (field.number, field.value) {
            case (1, .varint(let version)): facts.note("ir_version", String(Int64(bitPattern: version)))
            case (2, .bytes(let range)): facts.note("producer_name", try await reader.text(range))
            case (3, .bytes(let range)): facts.note("producer_version", try await reader.text(range))
            case (4, .bytes(let range)): facts.note("domain", try await reader.text(range))
            case (5, .varint(let version)): facts.note("model_version", String(Int64(bitPattern: version)))
            case (7, .bytes(let range)):
                hasGraph = true
                try await readGraph(range, depth: 1)
            case (8, .bytes(let range)): try await readOperatorSet(range)
            case (14, .bytes(let range)): try await skim(range, as: .leaf, depth: 1)
            case (20, .bytes(let range)): try await readTraining(range)
            case (25, .bytes(let range)): try await readFunction(range)
            default: break
            }
        }
        if !opsets.isEmpty { facts.note("opset_import", opsets.joined(separator: ", ")) }
    }

    /// `OperatorSetIdProto`.
    private mutating func readOperatorSet(_ range: Range<UInt64>) async throws(InspectionError) {
        var rest = range
        var domain = ""
        var version: Int64 = 0
        while let field = try await reader.nextField(in: &rest) {
            switch (field.number, field.value) {
            case (1, .bytes(let range)): domain = try await reader.text(range)
            case (2, .varint(let number)): version = Int64(bitPattern: number)
            default: break
            }
        }
        // More than these are not shown.
        if opsets.count < 20 { opsets.append("\(domain.isEmpty ? "ai.onnx" : domain) \(version)") }
    }

    /// `TrainingInfoProto`: two graphs.
    private mutating func readTraining(_ range: Range<UInt64>) async throws(InspectionError) {
        var rest = range
        while let field = try await reader.nextField(in: &rest) {
            if case (1...2, .bytes(let range)) = (field.number, field.value) { try await readGraph(range, depth: 2) }
        }
    }

    /// `FunctionProto`: operators that the model defines of others.
    private mutating func readFunction(_ range: Range<UInt64>) async throws(InspectionError) {
        var rest = range
        var (domain, name) = ("", "")
        while let field = try await reader.nextField(in: &rest) {
            switch (field.number, field.value) {
            case (1, .bytes(let range)): name = try await reader.text(range)
            case (7, .bytes(let range)): try await readNode(range, depth: 2)
            case (10, .bytes(let range)): domain = try await reader.text(range)
            case (11, .bytes(let range)): try await readAttribute(range, depth: 2)
            case (12, .bytes(let range)): try await skim(range, as: .value, depth: 2)
            case (14, .bytes(let range)): try await skim(range, as: .leaf, depth: 2)
            default: break
            }
        }
        foreign.define(name, domain: domain)
    }

    /// `GraphProto`.
    private mutating func readGraph(_ range: Range<UInt64>, depth: Int) async throws(InspectionError) {
        try check(depth)
        var rest = range
        while let field = try await reader.nextField(in: &rest) {
            switch (field.number, field.value) {
            case (1, .bytes(let range)): try await readNode(range, depth: depth + 1)
            case (5, .bytes(let range)): try await keepTensor(range, depth: depth + 1)
            case (11...13, .bytes(let range)): try await skim(range, as: .value, depth: depth + 1)
            case (14, .bytes(let range)): try await skim(range, as: .annotation, depth: depth + 1)
            case (15, .bytes(let range)): try await readSparse(range, isKept: true, depth: depth + 1)
            case (16, .bytes(let range)): try await skim(range, as: .leaf, depth: depth + 1)
            default: break
            }
        }
    }

    /// `NodeProto`.
    private mutating func readNode(_ range: Range<UInt64>, depth: Int) async throws(InspectionError) {
        try check(depth)
        var rest = range
        var (domain, type) = ("", "")
        while let field = try await reader.nextField(in: &rest) {
            switch (field.number, field.value) {
            case (4, .bytes(let range)): type = try await reader.text(range)
            case (5, .bytes(let range)): try await readAttribute(range, depth: depth + 1)
            case (7, .bytes(let range)): domain = try await reader.text(range)
            case (9, .bytes(let range)): try await skim(range, as: .leaf, depth: depth + 1)
            default: break
            }
        }
        if !ONNX.knownDomains.contains(domain) {
            foreign.use(type, domain: domain, limit: limits.foreignOperators)
        } else if ONNX.carriers[type] != nil {
            carriers.insert(type)
        }
    }

    /// `AttributeProto`.
    private mutating func readAttribute(_ range: Range<UInt64>, depth: Int) async throws(InspectionError) {
        try check(depth)
        var rest = range
        while let field = try await reader.nextField(in: &rest) {
            switch (field.number, field.value) {
            case (5, .bytes(let range)), (10, .bytes(let range)): _ = try await readTensor(range, depth: depth + 1)
            case (6, .bytes(let range)), (11, .bytes(let range)): try await readGraph(range, depth: depth + 1)
            case (14...15, .bytes(let range)): try await skim(range, as: .type, depth: depth + 1)
            case (22...23, .bytes(let range)): try await readSparse(range, isKept: false, depth: depth + 1)
            default: break
            }
        }
    }

    /// `SparseTensorProto`: values, and where they stand.
    private mutating func readSparse(
        _ range: Range<UInt64>, isKept: Bool, depth: Int
    ) async throws(InspectionError) {
        try check(depth)
        var rest = range
        while let field = try await reader.nextField(in: &rest) {
            switch (field.number, field.value) {
            case (1, .bytes(let range)) where isKept: try await keepTensor(range, depth: depth + 1)
            case (1...2, .bytes(let range)): _ = try await readTensor(range, depth: depth + 1)
            default: break
            }
        }
    }

    /// Passes through a message that says nothing of interest, to see that it is whole.
    private mutating func skim(
        _ range: Range<UInt64>, as message: ONNXMessage, depth: Int
    ) async throws(InspectionError) {
        try check(depth)
        var rest = range
        while let field = try await reader.nextField(in: &rest) {
            guard case .bytes(let range) = field.value, let part = message.part(field.number) else { continue }
            try await skim(range, as: part, depth: depth + 1)
        }
    }

    private func check(_ depth: Int) throws(InspectionError) {
        guard depth <= limits.messageDepth else {
            throw .malformed("its messages are nested deeper than \(limits.messageDepth)")
        }
    }
}

/// Tensors.
extension ONNXWalk {
    private mutating func keepTensor(_ range: Range<UInt64>, depth: Int) async throws(InspectionError) {
        guard UInt64(facts.tensors.count) < limits.tensors else {
            throw .malformed("it has more than \(limits.tensors) tensors")
        }
        facts.tensors.append(try await readTensor(range, depth: depth))
    }

    /// `TensorProto`.
    private mutating func readTensor(
        _ range: Range<UInt64>, depth: Int
    ) async throws(InspectionError) -> Facts.Tensor {
        try check(depth)
        var rest = range
        var tensor = Facts.Tensor(name: "", dtype: "", shape: [], bytes: nil)
        var type: UInt64 = 0
        var isOutside = false
        var locations = 0
        while let field = try await reader.nextField(in: &rest) {
            switch (field.number, field.value) {
            case (1, .varint(let length)): try append(length, to: &tensor.shape)
            case (1, .bytes(var packed)):
                while !packed.isEmpty { try append(try await reader.readVarint(in: &packed), to: &tensor.shape) }
            case (2, .varint(let number)): type = number
            case (8, .bytes(let range)): tensor.name = try await reader.text(range)
            case (9, .bytes(let range)): tensor.bytes = range
            case (13, .bytes(let range)): if try await readExternal(range) { locations += 1 }
            case (14, .varint(let location)): isOutside = location == 1
            default: break
            }
        }
        var name: String { ShownText.name(tensor.name) }
        if isOutside, locations == 0 { throw .malformed("the tensor \(name) lies outside, but no file is named") }
        tensor.dtype = ONNX.types[type]?.name ?? "type \(type)"
        if isOutside { tensor.bytes = nil }
        if let bytes = tensor.bytes, let bits = ONNX.types[type]?.bits {
            guard Self.size(of: tensor.shape, bits: bits) == bytes.length else {
                throw .malformed("the bytes of the tensor \(name) are not as many as its type and shape say")
            }
        }
        return tensor
    }

    private func append(_ length: UInt64, to shape: inout [UInt64]) throws(InspectionError) {
        guard Int64(bitPattern: length) >= 0, shape.count < limits.dimensions else {
            throw .malformed("a tensor has a negative dimension, or more than \(limits.dimensions) dimensions")
        }
        shape.append(length)
    }

    /// Bytes of all elements, the last filled up; nil when 64 bits do not hold their bits.
    private static func size(of shape: [UInt64], bits: UInt64) -> UInt64? {
        var total: UInt64 = 1
        for factor in shape + [bits] {
            let (product, overflow) = total.multipliedReportingOverflow(by: factor)
            if overflow { return nil }
            total = product
        }
        return total / 8 + (total.isMultiple(of: 8) ? 0 : 1)
    }

    /// An entry of `external_data`; true when it names a file. Each entry counts, also where the tensor says that it is
    /// not outside: readers differ in which they believe.
    private mutating func readExternal(_ range: Range<UInt64>) async throws(InspectionError) -> Bool {
        var rest = range
        var (key, value) = ("", "")
        while let field = try await reader.nextField(in: &rest) {
            switch (field.number, field.value) {
            case (1, .bytes(let range)): key = try await reader.text(range)
            case (2, .bytes(let range)): value = try await reader.text(range)
            default: break
            }
        }
        switch key {
        case "location":
            try follow(value)
            return true
        case "offset", "length":
            guard !value.isEmpty, value.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
                Int64(value) != nil
            else { throw .malformed("the \(key) of a tensor outside is no number: \(ShownText.name(value))") }
        default: break
        }
        return false
    }

    private mutating func follow(_ path: String) throws(InspectionError) {
        guard companions.insert(ExactText(path)).inserted else { return }
        guard companions.count <= limits.companions else {
            throw .malformed("it names more than \(limits.companions) files")
        }
        guard let problem = CompanionPath.problem(of: path) else { return facts.companions.append(path) }
        if !ShownText.areEnough(dangers) {
            dangers.append("a tensor lies in the file \(ShownText.name(path)), which \(problem)")
        }
    }
}
