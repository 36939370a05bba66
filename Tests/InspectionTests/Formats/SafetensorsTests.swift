import Models
import Testing

@testable import Inspection

@Suite struct SafetensorsTests {
    private static func file(_ header: String, data: Int) -> [UInt8] { SafetensorsSample.file(header, data: data) }

    @Test func `a whole file is safe, and its tensors are where they are`() async throws {
        let bytes = SafetensorsSample.model
        let start = UInt64(bytes.count - 28)
        let finding = try await Formats.safetensors(bytes, .standard)
        var facts = Facts()
        facts.attributes = ["format": "pt"]
        facts.tensors = [
            Facts.Tensor(name: "b", dtype: "BF16", shape: [2, 3], bytes: start + 16..<start + 28),
            Facts.Tensor(name: "a", dtype: "F32", shape: [4], bytes: start..<start + 16),
            Facts.Tensor(name: "empty", dtype: "I64", shape: [0, 5], bytes: start + 28..<start + 28),
        ]
        #expect(finding == Finding(format: "safetensors", verdict: .safe, facts: facts))
        #expect(finding.facts.parameters == 10)
    }

    @Test(
        arguments: [
            ("BOOL", 3, 3), ("F4", 2, 1), ("F6_E2M3", 4, 3), ("F6_E3M2", 4, 3), ("U8", 3, 3), ("I8", 3, 3),
            ("F8_E5M2", 3, 3), ("F8_E4M3", 3, 3), ("F8_E8M0", 3, 3), ("F8_E4M3FNUZ", 3, 3), ("F8_E5M2FNUZ", 3, 3),
            ("I16", 3, 6), ("U16", 3, 6), ("F16", 3, 6), ("BF16", 3, 6), ("I32", 3, 12), ("U32", 3, 12), ("F32", 3, 12),
            ("C64", 3, 24), ("F64", 3, 24), ("I64", 3, 24), ("U64", 3, 24),
        ])
    func `each type has its size, and no other`(dtype: String, count: Int, size: Int) async throws {
        func file(_ size: Int) -> [UInt8] {
            SafetensorsSample.tensor(dtype, "[\(count)]", "0", "\(size)", data: size)
        }
        #expect(try await Formats.safetensors(file(size), .standard).verdict == .safe)
        let reason = "the bytes of the tensor “t” are not as many as its type and shape say"
        #expect(try await refusal(Formats.safetensors, file(size + 1)) == reason)
        #expect(try await refusal(Formats.safetensors, file(size - 1)) == reason)
    }

    @Test func `every type has a row in the table of sizes`() { #expect(Safetensors.bits.count == 22) }

    static let accepted: [[UInt8]] = [
        file("{}", data: 0), file(#"{"__metadata__":{}}"#, data: 0),
        SafetensorsSample.tensor("F32", "[]", "0", "4", data: 4),
        SafetensorsSample.tensor("F32", "[0]", "0", "0", data: 0),
        SafetensorsSample.tensor(#""shape":[1],"data_offsets":[0,1],"dtype":"U8","more":{"x":[1,{}]}"#, data: 1),
        file(#"{"\u0041":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, data: 1),
    ]

    @Test(arguments: accepted) func `what the format allows is safe`(bytes: [UInt8]) async throws {
        #expect(try await Formats.safetensors(bytes, .standard).verdict == .safe)
    }

    static let refused: [(bytes: [UInt8], reason: String)] = [
        ([], "it is shorter than the length of its header"),
        ([1, 0, 0, 0, 0, 0, 0], "it is shorter than the length of its header"),
        ([3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], "its header would have 3 bytes, but the file has 10"),
        (
            [UInt8](repeating: 0xFF, count: 16),
            "its header would have 18446744073709551615 bytes; at most 100000000 are allowed"
        ),
        ([0, 0, 0, 0, 0, 0, 0, 0], "its header does not begin with “{”"),
        (file(" {}", data: 0), "its header does not begin with “{”"),
        (file("[]", data: 0), "its header does not begin with “{”"),
        (file("{}", data: 1), "1 bytes follow the last tensor"),
        (SafetensorsSample.tensor("U8", "[2]", "0", "2", data: 1), "the file ends before the tensor “t” does"),
        (SafetensorsSample.tensor("U8", "[2]", "0", "2", data: 3), "1 bytes follow the last tensor"),
        (SafetensorsSample.tensor("U8", "[2]", "1", "3", data: 3), "before the tensor “t” there is a hole"),
        (SafetensorsSample.tensor("U8", "[2]", "2", "0", data: 2), "the tensor “t” ends before it begins"),
        (SafetensorsSample.tensor("Q4", "[2]", "0", "2", data: 2), "the tensor “t” is of the unknown type “Q4”"),
        (SafetensorsSample.tensor("f32", "[1]", "0", "4", data: 4), "the tensor “t” is of the unknown type “f32”"),
        (
            SafetensorsSample.tensor("F4", "[3]", "0", "1", data: 1),
            "the bytes of the tensor “t” are not as many as its type and shape say"
        ),
        (
            SafetensorsSample.tensor("U8", "[4294967296,4294967296,2]", "0", "0", data: 0),
            "the bytes of the tensor “t” are not as many as its type and shape say"
        ),
        (
            SafetensorsSample.tensor("F64", "[9223372036854775807]", "0", "8", data: 8),
            "the bytes of the tensor “t” are not as many as its type and shape say"
        ),
        (
            SafetensorsSample.tensor("U8", "[0]", "9223372036854775807", "9223372036854775807", data: 0),
            "before the tensor “t” there is a hole"
        ),
        (
            file(
                #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#
                    + #""b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}"#,
                data: 6), "the tensor “b” overlaps another"
        ),
        (
            file(
                #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"#
                    + #""b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}}"#,
                data: 5), "before the tensor “b” there is a hole"
        ),
        (
            SafetensorsSample.tensor(#""shape":[1],"data_offsets":[0,1]"#, data: 1),
            "the tensor “t” lacks its dtype, shape or data_offsets"
        ),
        (
            SafetensorsSample.tensor(#""dtype":"U8","shape":[1],"data_offsets":[0]"#, data: 1),
            "the tensor “t” lacks its dtype, shape or data_offsets"
        ),
    ]

    @Test(arguments: refused)
    func `what breaks a rule of the format is refused in words`(bytes: [UInt8], reason: String) async throws {
        #expect(try await refusal(Formats.safetensors, bytes) == reason)
    }

    static let broken: [[UInt8]] = [
        SafetensorsSample.tensor("U8", "[1.0]", "0", "1", data: 1),
        SafetensorsSample.tensor("U8", "[-1]", "0", "1", data: 1),
        SafetensorsSample.tensor("U8", "1", "0", "1", data: 1),
        SafetensorsSample.tensor("U8", "[1]", "-0", "1", data: 1),
        SafetensorsSample.tensor("U8", "[1]", "0", "1,2", data: 1),
        SafetensorsSample.tensor(#""dtype":8,"shape":[1],"data_offsets":[0,1]"#, data: 1),
        SafetensorsSample.tensor(#""dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]"#, data: 1),
        file(
            #"{"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
                + #""\u0074":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
            data: 1),
        file(#"{"__metadata__":{"a":1}}"#, data: 0), file(#"{"__metadata__":[]}"#, data: 0),
        file(#"{"t":[]}"#, data: 0),
        file("{} x", data: 0), file("{}{}", data: 0), file("{\"", data: 0),
        file(#"{"__metadata__":{"a":"b"},"__metadata__":{}}"#, data: 0),
    ]

    @Test(arguments: broken) func `a header that is not as it must be is refused`(bytes: [UInt8]) async throws {
        let reason = try await refusal(Formats.safetensors, bytes)
        #expect(reason?.hasPrefix("the JSON is broken at byte ") == true, "\(reason ?? "accepted")")
    }

    @Test func `each cut of a file is refused`() async throws {
        for count in SafetensorsSample.model.indices {
            #expect(try await refusal(Formats.safetensors, Array(SafetensorsSample.model[..<count])) != nil)
        }
    }

    @Test func `each limit holds on both sides`() async throws {
        let bytes = SafetensorsSample.model
        let header = UInt64(bytes.count - 28 - 8)
        #expect(FormatLimits.standard.textBytes == 100_000_000)
        #expect(try await refusal(Formats.safetensors, bytes, limits { $0.textBytes = header }) == nil)
        #expect(try await refusal(Formats.safetensors, bytes, limits { $0.textBytes = header - 1 }) != nil)
        #expect(try await refusal(Formats.safetensors, bytes, limits { $0.tensors = 3 }) == nil)
        #expect(
            try await refusal(Formats.safetensors, bytes, limits { $0.tensors = 2 }) == "it has more than 2 tensors")
        for (count, isRefused) in [(64, false), (65, true)] {
            let shape = "[" + Array(repeating: "1", count: count).joined(separator: ",") + "]"
            let file = SafetensorsSample.tensor("U8", shape, "0", "1", data: 1)
            #expect((try await refusal(Formats.safetensors, file) != nil) == isRefused)
        }
    }

    @Test func `metadata are cut and counted`() async throws {
        let long = String(repeating: "x", count: 300)
        let entries = (0..<60).map { #""\#($0)\n":"\#(long)""# }.joined(separator: ",")
        let finding = try await Formats.safetensors(Self.file(#"{"__metadata__":{\#(entries)}}"#, data: 0), .standard)
        #expect(finding.facts.attributes.count == 50)
        #expect(finding.facts.attributes["0 "] == String(repeating: "x", count: 199) + "…")
    }

    @Test func `of a large file only the header is read`() async throws {
        let size: UInt64 = 1 << 40
        let header = #"{"t":{"dtype":"U8","shape":[\#(size)],"data_offsets":[0,\#(size)]}}"#
        let beginning = Self.file(header, data: 0)
        let bytes = CountingBytes(beginning, size: UInt64(beginning.count) + size)
        #expect(try await Safetensors.inspect(bytes).facts.parameters == size)
        #expect(bytes.reads == 2)
        #expect(bytes.bytesRead == UInt64(beginning.count))
    }

    @Test func `storage that is away says nothing about the file`() async {
        await #expect(throws: InspectionError.unreadable("away")) { try await Safetensors.inspect(AbsentBytes()) }
    }
}
