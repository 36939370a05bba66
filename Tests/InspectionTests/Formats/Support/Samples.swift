/// Bytes as formats write them.
extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }

    init<Integer: FixedWidthInteger>(little value: Integer) {
        self = (0..<Integer.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    func padded(to multiple: Int) -> [UInt8] {
        self + [UInt8](repeating: 0, count: (multiple - count % multiple) % multiple)
    }
}

enum SafetensorsSample {
    /// A file with this header, padded as the library does, and as many bytes of tensors.
    static func file(_ header: String, data: Int) -> [UInt8] {
        var header = [UInt8](header)
        while header.count % 8 != 0 { header.append(0x20) }
        return [UInt8](little: UInt64(header.count)) + header + [UInt8](repeating: 7, count: data)
    }

    /// Two tensors, written out of order, and metadata.
    static let model = file(
        #"{"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[2,3],"data_offsets":[16,28]},"#
            + #""a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"#
            + #""empty":{"dtype":"I64","shape":[0,5],"data_offsets":[28,28]}}"#, data: 28)

    /// One tensor of this description.
    static func tensor(_ description: String, data: Int) -> [UInt8] { file(#"{"t":{\#(description)}}"#, data: data) }

    static func tensor(_ dtype: String, _ shape: String, _ begin: String, _ end: String, data: Int) -> [UInt8] {
        tensor(#""dtype":"\#(dtype)","shape":\#(shape),"data_offsets":[\#(begin),\#(end)]"#, data: data)
    }
}

/// A GGUF file in the making.
struct GGUFSample {
    enum Value {
        case uint8(UInt8), uint32(UInt32), int32(Int32), uint64(UInt64), float32(Float), boolean(Bool)
        case string(String)
        case array(type: UInt32, count: UInt64, bytes: [UInt8])

        var type: UInt32 {
            switch self {
            case .uint8: 0
            case .uint32: 4
            case .int32: 5
            case .float32: 6
            case .boolean: 7
            case .string: 8
            case .array: 9
            case .uint64: 10
            }
        }

        var bytes: [UInt8] {
            switch self {
            case .uint8(let value): [value]
            case .uint32(let value): [UInt8](little: value)
            case .int32(let value): [UInt8](little: value)
            case .uint64(let value): [UInt8](little: value)
            case .float32(let value): [UInt8](little: value.bitPattern)
            case .boolean(let value): [value ? 1 : 0]
            case .string(let text): GGUFSample.text(text)
            case .array(let type, let count, let bytes): [UInt8](little: type) + [UInt8](little: count) + bytes
            }
        }
    }

    struct Tensor {
        var name: String
        var shape: [UInt64]
        var type: UInt32
        var offset: UInt64
    }

    var version: UInt32 = 3
    var pairs: [(String, Value)] = [
        ("general.architecture", .string("llama")), ("general.name", .string("A small llama")),
        ("general.license", .string("apache-2.0")), ("general.file_type", .uint32(15)),
        ("llama.context_length", .uint32(4_096)),
        (
            "tokenizer.ggml.tokens", .array(type: 8, count: 3, bytes: text("<s>") + text("") + text("▁the"))
        ), ("tokenizer.ggml.scores", .array(type: 6, count: 3, bytes: [UInt8](repeating: 0, count: 12))),
        ("tokenizer.chat_template", .string("{% for m in messages %}{{ m['content'] }}{% endfor %}")),
    ]
    var tensors = [
        Tensor(name: "token_embd.weight", shape: [256, 2], type: 12, offset: 0),
        Tensor(name: "output_norm.weight", shape: [5], type: 0, offset: 288),
        Tensor(name: "blk.0.attn_q.weight", shape: [32, 3], type: 8, offset: 320),
    ]
    var data = 448
    var alignment = 32

    static func text(_ text: String) -> [UInt8] { [UInt8](little: UInt64(text.utf8.count)) + [UInt8](text) }

    var bytes: [UInt8] {
        var bytes = [UInt8]("GGUF") + [UInt8](little: version)
        bytes += [UInt8](little: UInt64(tensors.count)) + [UInt8](little: UInt64(pairs.count))
        for (key, value) in pairs { bytes += Self.text(key) + [UInt8](little: value.type) + value.bytes }
        for tensor in tensors {
            bytes += Self.text(tensor.name) + [UInt8](little: UInt32(tensor.shape.count))
            bytes += tensor.shape.flatMap { [UInt8](little: $0) }
            bytes += [UInt8](little: tensor.type) + [UInt8](little: tensor.offset)
        }
        return bytes.padded(to: alignment) + [UInt8](repeating: 0, count: data)
    }

    func with(_ key: String, _ value: Value) -> GGUFSample {
        var sample = self
        sample.pairs.removeAll { $0.0 == key }
        sample.pairs.append((key, value))
        return sample
    }

    func with(_ tensors: [Tensor], data: Int) -> GGUFSample {
        var sample = self
        sample.tensors = tensors
        sample.data = data
        return sample
    }
}

/// Messages of ONNX, by field.
enum ONNXSample {
    static func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
    }

    static func number(_ field: UInt64, _ value: UInt64) -> [UInt8] { varint(field << 3) + varint(value) }

    static func bytes(_ field: UInt64, _ value: [UInt8]) -> [UInt8] {
        varint(field << 3 | 2) + varint(UInt64(value.count)) + value
    }

    static func text(_ field: UInt64, _ value: String) -> [UInt8] { bytes(field, [UInt8](value)) }

    static func tensor(_ name: String, dims: [UInt64], type: UInt64, raw: Int) -> [UInt8] {
        dims.flatMap { number(1, $0) } + number(2, type) + text(8, name) + bytes(9, [UInt8](repeating: 1, count: raw))
    }

    static func outside(_ name: String, _ entries: [(String, String)]) -> [UInt8] {
        number(1, 4) + number(2, 1) + text(8, name) + number(14, 1)
            + entries.flatMap { bytes(13, text(1, $0) + text(2, $1)) }
    }

    static func node(_ type: String, domain: String = "", attribute: [UInt8]? = nil) -> [UInt8] {
        text(1, "x") + text(2, "y") + text(4, type) + (domain.isEmpty ? [] : text(7, domain))
            + (attribute.map { bytes(5, $0) } ?? [])
    }

    /// A float of shape `[1]`, as a graph's input or output.
    static func value(_ name: String) -> [UInt8] {
        text(1, name) + bytes(2, bytes(1, number(1, 1) + bytes(2, bytes(1, number(1, 1)))))
    }

    /// A graph of these nodes, with these initializers.
    static func graph(nodes: [[UInt8]] = [node("Relu")], initializers: [[UInt8]] = []) -> [UInt8] {
        nodes.flatMap { bytes(1, $0) } + text(2, "g") + initializers.flatMap { bytes(5, $0) } + bytes(11, value("x"))
            + bytes(12, value("y"))
    }

    static func model(_ graph: [UInt8], more: [UInt8] = []) -> [UInt8] {
        number(1, 8) + text(2, "peerage") + text(3, "1.0") + bytes(7, graph) + bytes(8, number(2, 17)) + more
    }

    static let plain = model(
        graph(
            nodes: [
                node("Relu"),
                node("If", attribute: text(1, "then_branch") + number(20, 5) + bytes(6, graph(nodes: [node("Abs")]))),
            ],
            initializers: [tensor("w", dims: [2, 3], type: 1, raw: 24), tensor("h", dims: [3], type: 22, raw: 2)]))
}

enum NumPySample {
    /// A file of version 1 with this header and as many bytes of data.
    static func file(_ header: String, data: Int, version: UInt8 = 1) -> [UInt8] {
        let header = [UInt8](header + "\n")
        let length = version == 1 ? [UInt8](little: UInt16(header.count)) : [UInt8](little: UInt32(header.count))
        return [0x93] + [UInt8]("NUMPY") + [version, 0] + length + header + [UInt8](repeating: 1, count: data)
    }

    static func array(_ descr: String, _ shape: String, data: Int, version: UInt8 = 1) -> [UInt8] {
        file("{'descr': \(descr), 'fortran_order': False, 'shape': \(shape), }", data: data, version: version)
    }

    static let floats = array("'<f4'", "(2, 3)", data: 24)
}

/// A generator with a seed, so that what it finds is found again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
