import Models
import Testing

@testable import Inspection

@Suite struct ONNXTests {
    private typealias Sample = ONNXSample

    @Test func `a whole model is safe, and tells what it is`() async throws {
        let bytes = Sample.plain
        let finding = try await Formats.onnx(bytes, .standard)
        #expect(finding.format == "onnx")
        #expect(finding.verdict == .safe)
        #expect(finding.reasons == [])
        #expect(
            finding.facts.attributes == [
                "ir_version": "8", "producer_name": "peerage", "producer_version": "1.0", "opset_import": "ai.onnx 17",
            ])
        let tensors = finding.facts.tensors
        #expect(tensors.map(\.name) == ["w", "h"])
        #expect(tensors.map(\.dtype) == ["FLOAT", "INT4"])
        #expect(tensors.map(\.shape) == [[2, 3], [3]])
        let first = try #require(tensors[0].bytes)
        #expect(bytes[Int(first.lowerBound)..<Int(first.upperBound)].elementsEqual([UInt8](repeating: 1, count: 24)))
        #expect(bytes[Int(first.lowerBound) - 1] == 24, "the length of the raw data stands before them")
    }

    @Test func `tensors outside become companions, each once`() async throws {
        let graph = Sample.graph(initializers: [
            Sample.outside("a", [("location", "data/w.bin"), ("offset", "0"), ("length", "16")]),
            Sample.outside("b", [("location", "data/w.bin"), ("offset", "16"), ("checksum", "x")]),
            Sample.outside("c", [("location", "v.bin")]),
        ])
        let finding = try await Formats.onnx(Sample.model(graph), .standard)
        #expect(finding.verdict == .safe)
        #expect(finding.facts.companions == ["data/w.bin", "v.bin"])
        #expect(finding.facts.tensors.map(\.bytes) == [nil, nil, nil])
        #expect(finding.facts.parameters == 12)
    }

    @Test(arguments: CompanionPathTests.refused)
    func `a tensor outside of the folder is dangerous`(path: String, problem: String) async throws {
        let graph = Sample.graph(initializers: [Sample.outside("a", [("location", path)])])
        let finding = try await Formats.onnx(Sample.model(graph), .standard)
        #expect(finding.verdict == .dangerous)
        #expect(finding.reasons.count == 1)
        #expect(finding.reasons[0].hasSuffix("which \(problem)"))
        #expect(finding.facts.companions == [])
    }

    /// Every place in which a model can hold a tensor.
    static let hiding: [(place: String, model: [UInt8])] = {
        let tensor = Sample.outside("a", [("location", "../x")])
        let sparse = Sample.bytes(2, tensor)
        let attributes = [
            ("tensor", Sample.bytes(5, tensor)), ("tensors", Sample.bytes(10, tensor)),
            ("sparse", Sample.bytes(22, sparse)), ("all sparse", Sample.bytes(23, sparse)),
            ("graph", Sample.bytes(6, Sample.graph(initializers: [tensor]))),
            ("graphs", Sample.bytes(11, Sample.graph(initializers: [tensor]))),
        ]
        let nodes = attributes.map { ($0, Sample.node("Constant", attribute: Sample.text(1, "value") + $1)) }
        var rows = nodes.map { ($0, Sample.model(Sample.graph(nodes: [$1]))) }
        rows += nodes.map {
            ("function's \($0)", Sample.model(Sample.graph(), more: Sample.bytes(25, Sample.bytes(7, $1))))
        }
        rows += attributes.map {
            ("function's default \($0)", Sample.model(Sample.graph(), more: Sample.bytes(25, Sample.bytes(11, $1))))
        }
        rows += ([1, 2] as [UInt64]).map { field in
            let graph = Sample.graph(initializers: [tensor])
            return (
                "training \(field)", Sample.model(Sample.graph(), more: Sample.bytes(20, Sample.bytes(field, graph)))
            )
        }
        rows += ([1, 2] as [UInt64]).map { field in
            ("sparse \(field)", Sample.model(Sample.bytes(15, Sample.bytes(field, tensor)) + Sample.graph()))
        }
        let unsaid = Sample.bytes(13, Sample.text(1, "location") + Sample.text(2, "../x"))
        rows.append(("not said to be outside", Sample.model(Sample.graph(initializers: [unsaid]))))
        rows.append(("a second graph", Sample.model(Sample.graph(), more: Sample.bytes(7, Sample.bytes(5, tensor)))))
        return rows
    }()

    @Test(arguments: hiding)
    func `a path that leads out is found wherever it hides`(place: String, model: [UInt8]) async throws {
        #expect(try await Formats.onnx(model, .standard).verdict == .dangerous)
    }

    @Test(arguments: ["", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training", "com.microsoft"])
    func `operators of the runtime are safe`(domain: String) async throws {
        let model = Sample.model(Sample.graph(nodes: [Sample.node("Gemm", domain: domain)]))
        #expect(try await Formats.onnx(model, .standard).verdict == .safe)
    }

    @Test func `operators of others are a doubt, unless the model defines them`() async throws {
        let graph = Sample.graph(nodes: [
            Sample.node("Gemm", domain: "my.ops"), Sample.node("Gemm", domain: "my.ops"),
            Sample.node("Relu", domain: "local"),
        ])
        let function = Sample.bytes(
            25, Sample.text(1, "Relu") + Sample.text(10, "local") + Sample.bytes(7, Sample.node("Abs")))
        let finding = try await Formats.onnx(Sample.model(graph, more: function), .standard)
        #expect(finding.verdict == .unknown)
        #expect(finding.reasons == ["the operator “Gemm” of “my.ops” needs a native library"])
        let defined = Sample.bytes(25, Sample.text(1, "Gemm") + Sample.text(10, "my.ops"))
        #expect(try await Formats.onnx(Sample.model(graph, more: function + defined), .standard).verdict == .safe)
    }

    @Test func `operators that run what is not in the graph are a doubt`() async throws {
        let node = Sample.node("EPContext", domain: "com.microsoft")
        let finding = try await Formats.onnx(Sample.model(Sample.graph(nodes: [node])), .standard)
        #expect(finding.verdict == .unknown)
        #expect(finding.reasons == ["the operator EPContext hands a compiled program to an accelerator's driver"])
    }

    static let refused: [(bytes: [UInt8], reason: String)] = [
        ([], "it has no graph"), (Sample.number(1, 8), "it has no graph"),
        (Sample.bytes(7, Sample.graph()), "it has no ir_version"),
        ([0x08], "a number is cut off at byte 1"), ([0x08, 0x80], "the number at byte 1 does not end within 64 bits"),
        ([0x08] + [UInt8](repeating: 0xFF, count: 10), "the number at byte 1 does not end within 64 bits"),
        ([0x08] + [UInt8](repeating: 0x80, count: 9) + [0x02], "the number at byte 1 does not end within 64 bits"),
        ([0x3A, 0x05, 0x00], "a field of 5 bytes at byte 2 is longer than its message"),
        (
            [0x3A] + [UInt8](repeating: 0xFF, count: 9) + [0x01],
            "a field of 18446744073709551615 bytes at byte 11 is longer than its message"
        ),
        ([0x00, 0x00], "a field has the number 0"), ([0x0B, 0x00], "a field at byte 1 is of the wire type 3"),
        ([0x0E, 0x00], "a field at byte 1 is of the wire type 6"), ([0x0D, 0, 0, 0], "a field is cut off at byte 1"),
        ([0x09, 0, 0, 0, 0, 0, 0, 0], "a field is cut off at byte 1"),
        (
            Sample.model(Sample.graph(initializers: [Sample.tensor("w", dims: [2], type: 1, raw: 7)])),
            "the bytes of the tensor “w” are not as many as its type and shape say"
        ),
        (
            Sample.model(Sample.graph(initializers: [Sample.tensor("w", dims: [1 << 62, 4], type: 1, raw: 0)])),
            "the bytes of the tensor “w” are not as many as its type and shape say"
        ),
        (
            Sample.model(Sample.graph(initializers: [Sample.tensor("w", dims: [.max], type: 2, raw: 1)])),
            "a tensor has a negative dimension, or more than 64 dimensions"
        ),
        (
            Sample.model(Sample.graph(initializers: [Sample.outside("w", [("offset", "0")])])),
            "the tensor “w” lies outside, but no file is named"
        ),
        (
            Sample.model(Sample.graph(initializers: [Sample.outside("w", [("location", "a"), ("offset", "-1")])])),
            "the offset of a tensor outside is no number: “-1”"
        ),
        (
            Sample.model(
                Sample.graph(initializers: [
                    Sample.outside("w", [("location", "a"), ("length", "9223372036854775808")])
                ])),
            "the length of a tensor outside is no number: “9223372036854775808”"
        ),
    ]

    @Test(arguments: refused)
    func `what is no model is refused in words`(bytes: [UInt8], reason: String) async throws {
        #expect(try await refusal(Formats.onnx, bytes) == reason)
    }

    @Test func `unknown fields, fixed numbers and packed dimensions are read as Protocol Buffers do`() async throws {
        let packed = Sample.bytes(1, [2, 3]) + Sample.number(2, 1) + Sample.bytes(9, [UInt8](repeating: 0, count: 24))
        let strange =
            Sample.varint(99 << 3 | 5) + [1, 2, 3, 4] + Sample.varint(98 << 3 | 1) + [UInt8](repeating: 0, count: 8)
        // Fields 7 and 2 with another wire type than theirs.
        let model =
            strange + Sample.number(7, 1) + Sample.number(2, 1) + Sample.model(Sample.graph(initializers: [packed]))
        let finding = try await Formats.onnx(model, .standard)
        #expect(finding.verdict == .safe)
        #expect(finding.facts.tensors.map(\.shape) == [[2, 3]])
    }

    @Test(
        arguments: [
            ("value", 11, [2]), ("output", 12, [2]), ("value_info", 13, [2]), ("note of a value", 11, [4]),
            ("tensor's type", 11, [2, 1]), ("shape", 11, [2, 1, 2]), ("dimension", 11, [2, 1, 2, 1]),
            ("sequence", 11, [2, 4]), ("element of a sequence", 11, [2, 4, 1]), ("map", 11, [2, 5, 2]),
            ("optional", 11, [2, 9, 1]), ("sparse tensor", 11, [2, 8, 2]), ("annotation", 14, [2]), ("note", 16, []),
        ] as [(String, UInt64, [UInt64])])
    func `what says nothing of interest must be whole all the same`(
        place: String, field: UInt64, path: [UInt64]
    ) async throws {
        func model(_ innermost: [UInt8]) -> [UInt8] {
            let message = path.reversed().reduce(innermost) { Sample.bytes($1, $0) }
            return Sample.model(Sample.graph() + Sample.bytes(field, message))
        }
        #expect(try await refusal(Formats.onnx, model(Sample.number(15, 1))) == nil)
        #expect(try await refusal(Formats.onnx, model([0x0B])) != nil)
    }

    @Test func `types within types are bounded`() async throws {
        func model(_ types: Int) -> [UInt8] {
            let type = (0..<types).reduce(Sample.bytes(1, [])) { inner, _ in Sample.bytes(4, Sample.bytes(1, inner)) }
            return Sample.model(Sample.graph() + Sample.bytes(11, Sample.bytes(2, type)))
        }
        #expect(try await refusal(Formats.onnx, model(48)) == nil)
        #expect(try await refusal(Formats.onnx, model(49)) == "its messages are nested deeper than 100")
    }

    private func nested(_ graphs: Int) -> [UInt8] {
        var graph = Sample.graph()
        for _ in 1..<graphs { graph = Sample.graph(nodes: [Sample.node("If", attribute: Sample.bytes(6, graph))]) }
        return Sample.model(graph)
    }

    @Test func `each limit holds on both sides`() async throws {
        // A graph, then three messages for each graph within another; the innermost has five for a value's type.
        #expect(try await refusal(Formats.onnx, nested(32)) == nil)
        #expect(try await refusal(Formats.onnx, nested(33)) == "its messages are nested deeper than 100")
        let outside = Sample.model(
            Sample.graph(initializers: ["a", "b"].map { Sample.outside($0, [("location", $0)]) }))
        let foreign = Sample.model(Sample.graph(nodes: ["a", "b"].map { Sample.node($0, domain: "x") }))
        let rows: [(bytes: [UInt8], within: FormatLimits, beyond: FormatLimits)] = [
            (Sample.plain, limits { $0.tensors = 2 }, limits { $0.tensors = 1 }),
            (Sample.plain, limits { $0.dimensions = 2 }, limits { $0.dimensions = 1 }),
            (Sample.plain, limits { $0.textFieldBytes = 7 }, limits { $0.textFieldBytes = 6 }),
            (Sample.plain, limits { $0.readBytes = 4_096 }, limits { $0.readBytes = 4_095 }),
            (outside, limits { $0.companions = 2 }, limits { $0.companions = 1 }),
            (Sample.number(1, 1) + Sample.bytes(7, []), limits { $0.fields = 2 }, limits { $0.fields = 1 }),
        ]
        for row in rows {
            #expect(try await refusal(Formats.onnx, row.bytes, row.within) == nil)
            #expect(try await refusal(Formats.onnx, row.bytes, row.beyond) != nil)
        }
        #expect(try await Formats.onnx(foreign, limits { $0.foreignOperators = 2 }).reasons.count == 2)
        let beyond = try await Formats.onnx(foreign, limits { $0.foreignOperators = 1 })
        #expect(beyond.reasons.last == "operators of other domains are too many to be remembered")
    }

    @Test func `weights are passed over`() async throws {
        let graph = Sample.graph(
            initializers: (0..<20).map { Sample.tensor("w\($0)", dims: [1 << 20], type: 2, raw: 1 << 20) })
        let bytes = CountingBytes(Sample.model(graph))
        #expect(try await ONNX.inspect(bytes).facts.tensors.count == 20)
        #expect(bytes.reads <= 2 * 21)
        #expect(bytes.bytesRead < 1 << 19)
    }
}
