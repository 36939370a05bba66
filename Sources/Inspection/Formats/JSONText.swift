import Models

/// Reads JSON files beside a model (`config.json`, `tokenizer_config.json`, …): whether they are JSON, what they say of
/// the model, and whether they ask for code.
///
/// JSON does nothing by itself. But transformers and diffusers load Python modules that `auto_map` and
/// `custom_pipelines` name, once their user allows it, and run chat templates.
package enum JSONText {
    /// What a configuration says of its model, by the names that transformers and diffusers use.
    private static let described: Set<String> = [
        "_class_name", "architectures", "dtype", "head_dim", "hidden_size", "intermediate_size",
        "max_position_embeddings",
        "model_type", "num_attention_heads", "num_experts", "num_hidden_layers", "num_key_value_heads", "num_labels",
        "sliding_window", "tie_word_embeddings", "tokenizer_class", "torch_dtype", "transformers_version", "vocab_size",
    ]

    /// Names whose values make a loader run code of the repository.
    private static let askingForCode: Set<String> = ["auto_map", "custom_pipelines"]

    /// The whole file, if it is not too long.
    static func read(
        _ bytes: some RandomAccessBytes, limits: FormatLimits
    ) async throws(InspectionError) -> [UInt8] {
        guard bytes.size <= limits.textBytes else {
            throw .malformed("the JSON is longer than \(limits.textBytes) bytes")
        }
        return try await bytes.read(0..<bytes.size)
    }

    /// What the file says.
    package static func inspect(
        _ bytes: some RandomAccessBytes, limits: FormatLimits = .standard
    ) async throws(InspectionError) -> Finding {
        var reader = try JSONReader(try await read(bytes, limits: limits), limits: limits, allowsInfinity: true)
        var walk = Walk()
        while let token = try reader.next() { walk.take(token, depth: reader.depth) }
        let code = walk.codeNames.map { "“\($0)”: loading with trust_remote_code runs code of the repository" }
        let verdict: Finding.Verdict = !walk.templateProblems.isEmpty ? .dangerous : code.isEmpty ? .safe : .unknown
        return Finding(
            format: "json", verdict: verdict, reasons: ShownText.reasons(walk.templateProblems + code),
            facts: walk.facts)
    }

    /// A scalar as an attribute.
    static func shown(_ token: JSONReader.Token) -> String? {
        switch token {
        case .string(let text): text
        case .number(.integer(let value)): String(value)
        case .number(.real(let value)): String(value)
        case .boolean(let value): String(value)
        case .null, .name, .beginObject, .endObject, .beginArray, .endArray: nil
        }
    }

    /// Gathers what matters while tokens pass by.
    private struct Walk {
        var facts = Facts()
        var codeNames: [String] = []
        var templateProblems: [String] = []
        private var name: String?
        /// The strings of an array that describes the model, until it ends.
        private var listed: (name: String, texts: [String])?
        /// How deep the value of `chat_template` lies, until it ends.
        private var templateDepth: Int?

        mutating func take(_ token: JSONReader.Token, depth: Int) {
            if let outer = templateDepth, depth < outer { templateDepth = nil }
            switch token {
            case .name(let text):
                name = text
                return
            case .beginArray where depth == 2: listed = name.map { ($0, []) }
            case .endArray where depth == 1: closeList()
            default: break
            }
            takeScalar(token, depth: depth)
            askForCode(token)
            findTemplate(token, depth: depth)
            // The elements of an array have no name of their own.
            name = nil
        }

        private mutating func takeScalar(_ token: JSONReader.Token, depth: Int) {
            if depth == 1, let name, JSONText.described.contains(name), let text = JSONText.shown(token) {
                facts.note(name, text)
            }
            if depth == 2, case .string(let text) = token, let open = listed, open.texts.count < 8 {
                listed?.texts.append(text)
            }
        }

        private mutating func closeList() {
            if let listed, JSONText.described.contains(listed.name), !listed.texts.isEmpty {
                facts.note(listed.name, listed.texts.joined(separator: ", "))
            }
            listed = nil
        }

        private mutating func askForCode(_ token: JSONReader.Token) {
            guard let name, !codeNames.contains(name) else { return }
            switch token {
            // A vocabulary may hold these words as well, with a number.
            case .beginObject, .beginArray, .string:
                if JSONText.askingForCode.contains(name) { codeNames.append(name) }
            case .boolean(true):
                if name == "trust_remote_code" { codeNames.append(name) }
            default: break
            }
        }

        private mutating func findTemplate(_ token: JSONReader.Token, depth: Int) {
            let begins = name == "chat_template"
            guard begins || templateDepth != nil else { return }
            switch token {
            case .beginObject, .beginArray:
                if templateDepth == nil { templateDepth = depth }
            case .string(let text):
                guard !ShownText.areEnough(templateProblems) else { return }
                templateProblems += ChatTemplate.problems(in: text.utf8)
            default: break
            }
        }
    }
}
