import Testing

@testable import Models

struct UsageExampleTests {
    private func examples(
        _ files: [(path: String, format: String?, verdict: Verdict)], metadata: JSONValue = .object([:])
    ) throws -> [UsageExample] {
        let entries = try files.map {
            FileEntry(path: try FilePath($0.path), size: 1, sha256: Digest(of: []), pages: [])
        }
        let found = try files.compactMap { file in
            try file.format.map {
                Inspection.File(path: try FilePath(file.path), format: $0, verdict: file.verdict, reasons: [])
            }
        }
        let version = Version(
            project: try ProjectName("acme"), model: try ModelName("ranker"), number: 3, files: entries,
            metadata: metadata, tags: [:], message: "", createdAt: Timestamp(milliseconds: 0),
            createdBy: try PrincipalName("ann"), site: try SiteName("north"), inspection: Inspection(files: found))
        return UsageExample.examples(for: version, server: "https://north:7441")
    }

    @Test func `whatever a version is, it can be fetched`() throws {
        let found = try examples([("it's a/b.txt", nil, .safe)])
        #expect(found.map(\.client) == ["peerage", "curl", "swift"])
        #expect(found[0].code == "peerage pull acme/ranker:3 -o ranker")
        #expect(
            found[1].code.hasSuffix(
                "https://north:7441/api/v1/projects/acme/models/ranker/versions/3/files/it%27s%20a/b.txt"))
    }

    @Test(arguments: [
        ("w.safetensors", "safetensors", "safetensors", "load_file(\"ranker/w.safetensors\")"),
        ("m.gguf", "gguf", "llama.cpp", "--model ranker/m.gguf"),
        ("it's.gguf", "gguf", "llama.cpp", "--model 'ranker/it'\\''s.gguf'"),
        ("m.onnx", "onnx", "onnxruntime", "InferenceSession(\"ranker/m.onnx\")"),
        ("a.npy", "numpy", "numpy", "allow_pickle=False"), ("m.pt", "pytorch", "torch", "weights_only=True"),
        ("m.keras", "keras", "keras", "safe_mode=True"), ("m.joblib", "joblib", "joblib", "joblib.load"),
    ])
    func `a format has what loads it, unless it could run code`(
        path: String, format: String, client: String, code: String
    ) throws {
        let found = try #require(try examples([(path, format, .safe)]).last)
        #expect(found.client == client)
        #expect(found.code.contains(code))
        #expect(try examples([(path, format, .unknown)]).count == 3)
    }

    @Test func `a transformer is loaded for its task`() throws {
        let files: [(String, String?, Verdict)] = [
            ("config.json", nil, .safe), ("model.safetensors", "safetensors", .safe),
        ]
        #expect(try examples(files).last?.code.contains("AutoModel.from_pretrained(\"ranker\")") == true)
        let metadata = JSONValue.object(["task": .string("a \"task\"")])
        #expect(
            try examples(files, metadata: metadata).last?.code.contains(
                #"pipeline("a \"task\"", model="ranker")"#) == true)
    }
}
