import Models
import Testing

@testable import Inspection

@Suite struct GGUFTests {
    private typealias Tensor = GGUFSample.Tensor

    @Test(arguments: [2, 3] as [UInt32]) func `a whole file is safe, and tells what it is`(version: UInt32) async throws
    {
        var sample = GGUFSample()
        sample.version = version
        let bytes = sample.bytes
        let start = UInt64(bytes.count - 448)
        let finding = try await Formats.gguf(bytes, .standard)
        var facts = Facts()
        facts.attributes = [
            "gguf.version": "\(version)", "general.architecture": "llama", "general.name": "A small llama",
            "general.license": "apache-2.0", "general.file_type": "15", "llama.context_length": "4096",
            "quantization": "Q4_K_M",
        ]
        facts.tensors = [
            Facts.Tensor(name: "token_embd.weight", dtype: "Q4_K", shape: [256, 2], bytes: start..<start + 288),
            Facts.Tensor(name: "output_norm.weight", dtype: "F32", shape: [5], bytes: start + 288..<start + 308),
            Facts.Tensor(name: "blk.0.attn_q.weight", dtype: "Q8_0", shape: [32, 3], bytes: start + 320..<start + 422),
        ]
        #expect(finding == Finding(format: "gguf", verdict: .safe, facts: facts))
    }

    @Test func `without a file type, what most bytes are is its quantisation`() async throws {
        var sample = GGUFSample()
        sample.pairs.removeAll { $0.0 == "general.file_type" }
        #expect(try await Formats.gguf(sample.bytes, .standard).facts.attributes["quantization"] == "Q4_K")
    }

    @Test func `scalars of every kind are told as what they are`() async throws {
        let sample = GGUFSample().with("general.a", .uint8(200)).with("general.b", .int32(-5))
            .with("general.c", .float32(0.5)).with("general.d", .boolean(true)).with("general.e", .uint64(.max))
            .with("other", .uint64(1)).with("general.f", .string(String(repeating: "ä", count: 201)))
        let attributes = try await Formats.gguf(sample.bytes, .standard).facts.attributes
        #expect(attributes["general.a"] == "200")
        #expect(attributes["general.b"] == "-5")
        #expect(attributes["general.c"] == "0.5")
        #expect(attributes["general.d"] == "true")
        #expect(attributes["general.e"] == "18446744073709551615")
        #expect(attributes["general.f"] == String(repeating: "ä", count: 199) + "…")
        #expect(attributes["other"] == nil)
    }

    @Test func `each cut of a file is refused, until only padding is missing`() async throws {
        let bytes = GGUFSample().bytes
        for count in bytes.indices {
            let isWhole = count >= bytes.count - 448 + 422
            #expect((try await refusal(Formats.gguf, Array(bytes[..<count])) == nil) == isWhole, "\(count)")
        }
    }

    static let refused: [(bytes: [UInt8], reason: String)] = [
        ([UInt8]("GGML") + [UInt8](repeating: 0, count: 40), "it does not begin with “GGUF”"),
        ([UInt8]("GGUF") + [UInt8](little: UInt32(1)), "it is GGUF of version 1; versions 2 and 3 are read"),
        ([UInt8]("GGUF") + [UInt8](little: UInt32(4)), "it is GGUF of version 4; versions 2 and 3 are read"),
        ([UInt8]("GGUF") + [UInt8](little: UInt32(0)), "it is GGUF of version 0; versions 2 and 3 are read"),
        ([UInt8]("GGUF") + [0, 0, 0, 3], "it is for big-endian machines; convert it to little-endian"),
        (counts(.max, 0), "it announces 18446744073709551615 tensors, more than it can hold or than are read"),
        (counts(0, .max), "it announces 18446744073709551615 key-value pairs, more than it can hold or than are read"),
        (pair(GGUFSample.text("k") + [UInt8](little: UInt32(13))), "a value is of the unknown type 13"),
        (
            pair([UInt8](little: UInt64.max) + [1, 2, 3, 4, 5]),
            "18446744073709551615 bytes are announced at byte 32, but the file has 37"
        ),
        (
            pair(GGUFSample.text("k") + [8, 0, 0, 0] + [UInt8](little: UInt64(9)) + [1]),
            "9 bytes are announced at byte 45, but the file has 46"
        ),
        (pair([UInt8](little: UInt64(2)) + [0xC3, 0x28, 0, 0, 0, 0, 0]), "a key is not UTF-8"),
        (
            pair(GGUFSample.text("k") + [9, 0, 0, 0] + [10, 0, 0, 0] + [UInt8](little: UInt64.max)),
            "an array announces 18446744073709551615 elements"
        ),
        (
            pair(GGUFSample.text("k") + [9, 0, 0, 0] + [0, 0, 0, 0] + [UInt8](little: UInt64(9))),
            "9 bytes are announced at byte 49, but the file has 49"
        ),
        (
            pair(GGUFSample.text("k") + [9, 0, 0, 0] + [8, 0, 0, 0] + [UInt8](little: UInt64(1) << 50)),
            "9007199254740992 bytes are announced at byte 49, but the file has 49"
        ),
        (
            GGUFSample(pairs: [("a", .uint8(1)), ("a", .uint8(1))]).bytes, "the key “a” occurs twice"
        ), (GGUFSample().with("general.alignment", .uint64(32)).bytes, "its alignment is no 32-bit number"),
        (GGUFSample().with("general.alignment", .uint32(0)).bytes, "its alignment is no power of two"),
        (GGUFSample().with("general.alignment", .uint32(48)).bytes, "its alignment is no power of two"),
    ]

    private static func counts(_ tensors: UInt64, _ pairs: UInt64) -> [UInt8] {
        [UInt8]("GGUF") + [3, 0, 0, 0] + [UInt8](little: tensors) + [UInt8](little: pairs)
    }

    private static func pair(_ bytes: [UInt8]) -> [UInt8] { counts(0, 1) + bytes }

    @Test(arguments: refused)
    func `what breaks a rule of the format is refused in words`(bytes: [UInt8], reason: String) async throws {
        #expect(try await refusal(Formats.gguf, bytes) == reason)
    }

    private static let large = UInt64(1) << 62

    static let misplaced: [(tensors: [GGUFSample.Tensor], reason: String)] = [
        ([Tensor(name: "t", shape: [8], type: 0, offset: 64)], "the tensor “t” lies beyond the file"),
        ([Tensor(name: "t", shape: [9], type: 0, offset: 32)], "the tensor “t” lies beyond the file"),
        ([Tensor(name: "t", shape: [1], type: 0, offset: .max - 31)], "the tensor “t” lies beyond the file"),
        ([Tensor(name: "t", shape: [1], type: 0, offset: 4)], "the tensor “t” does not begin at a multiple of 32"),
        (
            [Tensor(name: "t", shape: [31], type: 8, offset: 0)],
            "the shape of the tensor “t” does not fit its type, Q8_0"
        ),
        ([Tensor(name: "t", shape: [], type: 8, offset: 0)], "the shape of the tensor “t” does not fit its type, Q8_0"),
        (
            [Tensor(name: "t", shape: [large, 4], type: 0, offset: 0)],
            "the shape of the tensor “t” does not fit its type, F32"
        ),
        (
            [Tensor(name: "t", shape: [large], type: 0, offset: 0)],
            "the shape of the tensor “t” does not fit its type, F32"
        ),
        ([Tensor(name: "t", shape: [large / 4], type: 0, offset: 0)], "the tensor “t” lies beyond the file"),
        (
            [Tensor(name: "a", shape: [9], type: 0, offset: 0), Tensor(name: "b", shape: [1], type: 0, offset: 32)],
            "the tensor “b” overlaps another"
        ),
        (
            [Tensor(name: "a", shape: [1], type: 0, offset: 0), Tensor(name: "b", shape: [1], type: 0, offset: 0)],
            "the tensor “b” overlaps another"
        ),
        (
            [Tensor(name: "a", shape: [1], type: 0, offset: 0), Tensor(name: "a", shape: [1], type: 0, offset: 32)],
            "the tensor “a” occurs twice"
        ),
        ([Tensor(name: "t", shape: [1, 1, 1, 1, 1], type: 0, offset: 0)], "the tensor “t” has 5 dimensions"),
    ]

    @Test(arguments: misplaced)
    func `tensors that are not where they can be are refused`(
        tensors: [GGUFSample.Tensor], reason: String
    ) async throws {
        #expect(try await refusal(Formats.gguf, GGUFSample().with(tensors, data: 64).bytes) == reason)
    }

    @Test func `tensors that just fit are safe`() async throws {
        let tensors = [
            Tensor(name: "a", shape: [8], type: 0, offset: 32),
            Tensor(name: "b", shape: [1, 1, 1, 1], type: 24, offset: 0),
            Tensor(name: "none", shape: [0], type: 0, offset: 0),
            Tensor(name: "scalar", shape: [], type: 30, offset: 64),
        ]
        let bytes = GGUFSample().with(tensors, data: 66).bytes
        #expect(try await Formats.gguf(bytes, .standard).verdict == .safe)
    }

    @Test(arguments: [16, 64] as [UInt32]) func `a file's own alignment counts`(alignment: UInt32) async throws {
        var sample = GGUFSample().with("general.alignment", .uint32(alignment))
        sample.alignment = Int(alignment)
        sample = sample.with(
            [
                Tensor(name: "a", shape: [4], type: 0, offset: 0),
                Tensor(name: "b", shape: [4], type: 0, offset: UInt64(alignment)),
            ], data: Int(alignment) + 16)
        let bytes = sample.bytes
        let finding = try await Formats.gguf(bytes, .standard)
        #expect(finding.facts.tensors.last?.bytes?.upperBound == UInt64(bytes.count))
        #expect(finding.verdict == .safe)
    }

    @Test func `a type that is not known is a doubt, told once`() async throws {
        let tensors = [
            Tensor(name: "a", shape: [4], type: 99, offset: 0), Tensor(name: "b", shape: [4], type: 99, offset: 32),
        ]
        let finding = try await Formats.gguf(GGUFSample().with(tensors, data: 64).bytes, .standard)
        #expect(finding.verdict == .unknown)
        #expect(finding.reasons == ["the tensor “a” is of the type 99, which is not known here"])
        #expect(finding.facts.tensors.map(\.bytes) == [nil, nil])
    }

    @Test(arguments: ["tokenizer.chat_template", "tokenizer.chat_template.tool_use"])
    func `a chat template that leaves Jinja is dangerous`(key: String) async throws {
        let sample = GGUFSample().with(key, .string("{{ ''.__class__.__mro__ }}"))
        let finding = try await Formats.gguf(sample.bytes, .standard)
        #expect(finding.verdict == .dangerous)
        #expect(
            finding.reasons == [
                "the chat template uses “__class__”, by which Jinja's sandbox is left",
                "the chat template uses “__mro__”, by which Jinja's sandbox is left",
            ])
    }

    @Test func `nested arrays are walked, to a depth`() async throws {
        func nested(_ depth: Int) -> GGUFSample.Value {
            var bytes: [UInt8] = [1, 2]
            var (type, count): (UInt32, UInt64) = (0, 2)
            for _ in 1..<depth {
                bytes = [UInt8](little: type) + [UInt8](little: count) + bytes
                (type, count) = (9, 1)
            }
            return .array(type: type, count: count, bytes: bytes)
        }
        #expect(try await refusal(Formats.gguf, GGUFSample().with("x", nested(4)).bytes) == nil)
        #expect(
            try await refusal(Formats.gguf, GGUFSample().with("x", nested(5)).bytes)
                == "arrays are nested deeper than 4")
    }

    @Test func `each limit holds on both sides`() async throws {
        let bytes = GGUFSample().bytes
        let longest = UInt64("tokenizer.chat_template".utf8.count)
        let template = UInt64("{% for m in messages %}{{ m['content'] }}{% endfor %}".utf8.count)
        let rows: [(within: FormatLimits, beyond: FormatLimits)] = [
            (limits { $0.tensors = 3 }, limits { $0.tensors = 2 }), (limits { $0.pairs = 8 }, limits { $0.pairs = 7 }),
            (limits { $0.keyBytes = longest }, limits { $0.keyBytes = longest - 1 }),
            (limits { $0.nameBytes = 19 }, limits { $0.nameBytes = 18 }),
            (limits { $0.blockDimensions = 2 }, limits { $0.blockDimensions = 1 }),
            (limits { $0.arrayDepth = 1 }, limits { $0.arrayDepth = 0 }),
            (limits { $0.listed = 3 }, limits { $0.listed = 2 }),
            (limits { $0.readBytes = 4_096 }, limits { $0.readBytes = 4_095 }),
        ]
        for (within, beyond) in rows {
            #expect(try await refusal(Formats.gguf, bytes, within) == nil)
            #expect(try await refusal(Formats.gguf, bytes, beyond) != nil)
        }
        #expect(try await Formats.gguf(bytes, limits { $0.templateBytes = template }).verdict == .safe)
        let finding = try await Formats.gguf(bytes, limits { $0.templateBytes = template - 1 })
        #expect(finding.verdict == .unknown)
        #expect(finding.reasons == ["a chat template is longer than the \(template - 1) bytes that are read"])
    }

    @Test func `of a large file only the front is read, through windows`() async throws {
        let tokens = 100_000
        let list = (0..<tokens).flatMap { GGUFSample.text("token \($0)") }
        var sample = GGUFSample().with("tokenizer.ggml.tokens", .array(type: 8, count: UInt64(tokens), bytes: list))
        sample = sample.with([Tensor(name: "t", shape: [1 << 35], type: 0, offset: 0)], data: 0)
        let front = sample.bytes
        let bytes = CountingBytes(front, size: UInt64(front.count) + 1 << 37)
        #expect(try await GGUF.inspect(bytes).facts.parameters == 1 << 35)
        #expect(bytes.reads < 6 + front.count / (256 << 10) + 1)
        #expect(bytes.bytesRead < UInt64(front.count) + 512 << 10)
    }
}
