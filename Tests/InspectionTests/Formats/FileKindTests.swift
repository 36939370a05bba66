import Testing

@testable import Inspection

@Suite struct FileKindTests {
    private static let pickle: [UInt8] = [0x80, 4, 0x8C, 2, 0x6F, 0x73, 0x2E]
    private static let tar =
        [UInt8](repeating: 0x61, count: 257) + [UInt8]("ustar\u{0}00") + [UInt8](repeating: 0, count: 247)
    /// A header of 640 bytes: its length looks like the mark of a pickle.
    private static let twoFaced = SafetensorsSample.file(
        #"{"__metadata__":{"x":"\#(String(repeating: "x", count: 615))"}}"#, data: 0)

    static let rows: [(name: String, bytes: [UInt8], kind: FileKind, hasMismatch: Bool)] = [
        ("a.safetensors", SafetensorsSample.model, .safetensors, false),
        ("a", SafetensorsSample.model, .safetensors, false),
        ("a.bin", SafetensorsSample.model, .safetensors, true), ("a.safetensors", pickle, .pickle, true),
        ("a.safetensors", twoFaced, .safetensors, false), ("a", twoFaced, .safetensors, false),
        ("a.pkl", twoFaced, .pickle, false),
        ("a.gguf", GGUFSample().bytes, .gguf, false), ("a.bin", GGUFSample().bytes, .gguf, false),
        ("a.safetensors", GGUFSample().bytes, .gguf, true), ("a.onnx", ONNXSample.plain, .onnx, false),
        ("a.dat", ONNXSample.plain, .unknown, false), ("a.onnx", [0xFF, 0], .unknown, true),
        ("a.onnx", pickle, .pickle, true),
        ("a.npy", NumPySample.floats, .numpy, false), ("a.npz", NumPySample.floats, .numpy, true),
        ("a.npz", [UInt8]("PK\u{3}\u{4}x"), .zip, false), ("a.pt", [UInt8]("PK\u{3}\u{4}x"), .zip, false),
        ("a.zip", [UInt8]("PK\u{5}\u{6}"), .zip, false), ("a.keras", [UInt8]("PK\u{3}\u{4}x"), .zip, false),
        ("a.tar", tar, .tar, false), ("a.pt", tar, .tar, false), ("a.txt", tar, .tar, true),
        ("a.pkl", pickle, .pickle, false), ("a", [0x80, 2], .pickle, false), ("a", [0x80, 5], .pickle, false),
        ("a", [0x80, 1], .unknown, false), ("a", [0x80, 6], .unknown, false), ("a.bin", [1, 2, 3], .pickle, false),
        ("a.pkl", [UInt8]("cos\nsystem\n"), .pickle, false), ("a.ckpt", [UInt8]("(dp0\n."), .pickle, false),
        ("a.pth", [0], .pickle, false), ("a.joblib", [0x78, 0x9C], .pickle, false),
        ("A.PICKLE", [0x28], .pickle, false),
        ("a.joblib", [0x1F, 0x8B, 8], .gzip, false), ("a.h5", [0x89] + [UInt8]("HDF\r\n\u{1A}\n"), .hdf5, false),
        ("a.7z", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .sevenZip, false),
        ("a.safetensors", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .sevenZip, true),
        ("config.json", [UInt8](" {}"), .json, false), ("config.json", [UInt8]("no"), .json, false),
        ("config.json", [0, 1], .unknown, true), ("config.json", pickle, .pickle, true),
        ("x", [UInt8]("{\n \"a\": 1}"), .json, false),
        ("x", [UInt8]("{{ a }}"), .text, false), ("README.md", [UInt8]("{\"a\": 1}"), .text, false),
        ("README.md", [UInt8]("# hello ü\n"), .text, false), ("LICENSE", [UInt8]("MIT"), .text, false),
        ("x", [], .text, false),
        ("a.safetensors", [], .text, true), ("a.safetensors", [UInt8]("hello"), .text, true),
        ("x", [0x41, 0], .unknown, false),
        ("x", [0x41, 0xFF], .unknown, false), ("x", [0x41, 0xC3], .unknown, false),
        ("x.txt", [0x41, 0xFF], .unknown, true),
        ("a.safetensors/x.gguf", GGUFSample().bytes, .gguf, false), (".json", [UInt8]("1"), .json, false),
    ]

    @Test(arguments: rows)
    func `bytes tell first, names where they do not`(
        name: String, bytes: [UInt8], kind: FileKind, hasMismatch: Bool
    ) async throws {
        let recognition = try await FileKind.recognise(MemoryBytes(bytes), named: name)
        #expect(recognition.kind == kind)
        #expect((recognition.mismatch != nil) == hasMismatch, "\(recognition.mismatch ?? "")")
    }

    @Test func `the mismatch is told in words`() async throws {
        let pickle = try await FileKind.recognise(MemoryBytes(Self.pickle), named: "model.safetensors")
        #expect(pickle.mismatch == "its name says safetensors, but it is pickle")
        let other = try await FileKind.recognise(MemoryBytes([0]), named: "model.gguf")
        #expect(other.mismatch == "its name says gguf, but it is something else")
    }

    @Test func `text is told by its beginning, wherever that is cut`() async throws {
        for limit in 1...20 {
            let bytes = MemoryBytes([UInt8]("äöü€😀äöü€😀"))
            let recognition = try await FileKind.recognise(
                bytes, named: "x", limits: limits { $0.headBytes = UInt64(limit) })
            #expect(recognition.kind == .text, "\(limit)")
        }
    }
}
