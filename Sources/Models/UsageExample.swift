/// How to use a version with something that can load it.
public struct UsageExample: Hashable, Sendable, Codable {
    /// With what: `peerage`, `curl`, `swift`, `transformers`, `onnxruntime`…
    public let client: String
    /// Its language: `shell`, `swift`, `python`.
    public let language: String
    /// The text to copy.
    public let code: String

    /// An example.
    package init(client: String, language: String, code: String) {
        self.client = client
        self.language = language
        self.code = code
    }
}

extension UsageExample {
    /// Examples for all that can load a version, by the formats of its files. What can run code where it is loaded has
    /// none, unless it was found safe.
    /// - Parameter server: the URL of a node.
    package static func examples(for version: Version, server: String) -> [UsageExample] {
        let source = ExampleSource(version: version, server: server)
        return source.transfers + source.loaders
    }
}

private struct ExampleSource {
    let version: Version
    let server: String

    private var folder: String { version.model.text }
    private var reference: String { "\(version.project)/\(version.model):\(version.number)" }

    /// Whatever the files are.
    var transfers: [UsageExample] {
        let file = PercentEncoding.encode(
            version.files.max { $0.size < $1.size }?.path.text ?? "", keepingSlashes: true)
        let path =
            "/api/v1/projects/\(version.project)/models/\(version.model)/versions/\(version.number)/files/\(file)"
        return [
            UsageExample(
                client: "peerage", language: "shell", code: "peerage pull \(reference) -o \(Self.shell(folder))"),
            UsageExample(
                client: "curl", language: "shell",
                code: """
                    curl --fail --remote-name --cacert ca.pem --header "Authorization: Bearer $PEERAGE_TOKEN" \\
                        \(Self.shell(server + path))
                    """),
            UsageExample(
                client: "swift", language: "swift",
                code: """
                    import PeerageClient

                    try await PeerageClient.with(configuration) { client in
                        _ = try await client.pull(ModelReference("\(reference)"), into: URL(filePath: "\(folder)"))
                    }
                    """),
        ]
    }

    /// By formats.
    var loaders: [UsageExample] {
        let safe = version.inspection?.files.filter { $0.verdict == .safe } ?? []
        func first(_ format: String) -> String? { safe.first { $0.format == format }?.path.text }
        var examples: [UsageExample] = []
        let isTransformer = version.files.contains { $0.path.text == "config.json" }
        if isTransformer, first("safetensors") != nil { examples.append(transformers) }
        if let file = first("safetensors"), !isTransformer {
            examples.append(
                python("safetensors", "from safetensors.torch import load_file", "tensors = load_file(\(path(file)))"))
        }
        if let file = first("gguf") {
            examples.append(
                UsageExample(
                    client: "llama.cpp", language: "shell",
                    code: "llama-cli --model \(Self.shell("\(folder)/\(file)")) --prompt \"Hello\""))
        }
        if let file = first("onnx") {
            examples.append(
                python("onnxruntime", "import onnxruntime", "session = onnxruntime.InferenceSession(\(path(file)))"))
        }
        if let file = first("numpy") {
            examples.append(python("numpy", "import numpy", "array = numpy.load(\(path(file)), allow_pickle=False)"))
        }
        if let file = first("pytorch") {
            examples.append(
                python("torch", "import torch", "weights = torch.load(\(path(file)), weights_only=True)"))
        }
        if let file = first("keras") {
            examples.append(
                python("keras", "import keras", "model = keras.saving.load_model(\(path(file)), safe_mode=True)"))
        }
        if let file = first("joblib") {
            examples.append(python("joblib", "import joblib", "model = joblib.load(\(path(file)))"))
        }
        return examples
    }

    private var transformers: UsageExample {
        guard case .object(let members) = version.metadata,
            let task = members["task"]?.text ?? members["pipeline_tag"]?.text
        else {
            return python(
                "transformers", "from transformers import AutoModel", "model = AutoModel.from_pretrained(\(path(nil)))")
        }
        return python(
            "transformers", "from transformers import pipeline",
            "model = pipeline(\(Self.python(task)), model=\(path(nil)))")
    }

    private func python(_ client: String, _ lines: String...) -> UsageExample {
        UsageExample(client: client, language: "python", code: lines.joined(separator: "\n"))
    }

    /// Where `peerage pull` put a file, or all, as Python writes it.
    private func path(_ file: String?) -> String { Self.python(folder + (file.map { "/\($0)" } ?? "")) }

    private static func python(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private static func shell(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "-_./:%".utf8.contains(byte)
        }
        return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
    }
}
