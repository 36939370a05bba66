/// Whether opening a file in the usual way can run code.
public enum Verdict: String, Hashable, Sendable, Codable, CaseIterable, CanonicalCodable {
    /// The format holds data only, or every instruction in it is on the list of those known to be harmless.
    case safe
    /// It cannot be told: a format that is not read here, or instructions on no list.
    case unknown
    /// Loading it runs, or is made to run, code that the file chooses.
    case dangerous
    /// It is not a whole file of its format.
    case malformed

    package func encode(to writer: inout CanonicalWriter) { writer.write(rawValue) }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let text = try reader.readString()
        guard let verdict = Verdict(rawValue: text) else { throw .invalid("“\(text)” is not a verdict") }
        self = verdict
    }
}

/// What an inspection found in a version's files, before it was registered. It reads them and runs nothing.
public struct Inspection: Hashable, Sendable, Codable, CanonicalCodable {
    /// A file that is more than plain text.
    public struct File: Hashable, Sendable, Codable {
        /// The file.
        public let path: FilePath
        /// Its format: `safetensors`, `gguf`, `onnx`, `pickle`…
        public let format: String
        /// What loading it can do.
        public let verdict: Verdict
        /// Why; empty for `safe`.
        public let reasons: [String]

        /// What was found in the file at `path`.
        package init(path: FilePath, format: String, verdict: Verdict, reasons: [String]) {
            self.path = path
            self.format = format
            self.verdict = verdict
            self.reasons = reasons
        }
    }

    /// What looks like a password, key or token. It is never told itself.
    public struct Secret: Hashable, Sendable, Codable {
        /// The file.
        public let path: FilePath
        /// The line, from 1.
        public let line: UInt64
        /// What it looks like: `github-token`…
        public let rule: String

        /// A find on `line` of the file at `path`.
        package init(path: FilePath, line: UInt64, rule: String) {
            self.path = path
            self.line = line
            self.rule = rule
        }
    }

    /// The files that are more than plain text, in the order of their paths.
    public let files: [File]
    /// What looks like secrets, the first of them; a version that has any is refused.
    public let secrets: [Secret]
    /// Elements of all tensors; nil when no file told of any.
    public let parameters: UInt64?
    /// Elements by type, as the formats write it: `BF16`, `F32`, `Q4_K`…
    public let elements: [String: UInt64]
    /// What the files say besides, by their own keys: `general.architecture`, `model_type`…
    public let attributes: [String: String]

    enum CodingKeys: String, CodingKey {
        case files, parameters, elements, attributes
    }

    /// What was found.
    package init(
        files: [File], secrets: [Secret] = [], parameters: UInt64? = nil, elements: [String: UInt64] = [:],
        attributes: [String: String] = [:]
    ) {
        self.files = files
        self.secrets = secrets
        self.parameters = parameters
        self.elements = elements
        self.attributes = attributes
    }

    /// Decodes what `encode` wrote: of secrets nothing is told.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            files: try container.decode([File].self, forKey: .files),
            parameters: try container.decodeIfPresent(UInt64.self, forKey: .parameters),
            elements: try container.decode([String: UInt64].self, forKey: .elements),
            attributes: try container.decode([String: String].self, forKey: .attributes))
    }

    /// Bytes of it in canonical form, at most: it is part of a command.
    package static let mostBytes = 1 << 20

    /// Why files with these findings must not be registered where `refused` are not wanted; nil when they may.
    package func refusal(refusing refused: [Verdict]) -> Rejection? {
        if let secret = secrets.first {
            let more = secrets.count > 1 ? ", and there are \(secrets.count - 1) more such places" : ""
            return Rejection(
                .refusedContent,
                "line \(secret.line) of “\(secret.path)” looks like a secret (\(secret.rule))\(more). A registry keeps what it is "
                    + "given: take secrets out, replace them where they are used, and push again")
        }
        guard let file = files.first(where: { refused.contains($0.verdict) }) else { return nil }
        return Rejection(
            .refusedContent,
            "“\(file.path)” (\(file.format)) is \(file.verdict.rawValue): \(file.reasons.joined(separator: "; ")). The project "
                + "refuses such files; convert it, or have the project accept them (peerage project set --refuse)")
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(list: files) {
            $0.write($1.path)
            $0.write($1.format)
            $0.write($1.verdict)
            $0.write(list: $1.reasons) { $0.write($1) }
        }
        writer.write(list: secrets) {
            $0.write($1.path)
            $0.write($1.line)
            $0.write($1.rule)
        }
        writer.write(parameters) { $0.write($1) }
        writer.write(list: elements.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            $0.write($1.key)
            $0.write($1.value)
        }
        writer.write(attributes)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "inspection", known: 1...1)
        files = try reader.readList { (reader) throws(CanonicalError) in
            File(
                path: try reader.read(), format: try reader.readString(), verdict: try reader.read(),
                reasons: try reader.readList { (reader) throws(CanonicalError) in try reader.readString() })
        }
        secrets = try reader.readList { (reader) throws(CanonicalError) in
            Secret(path: try reader.read(), line: try reader.readInteger(), rule: try reader.readString())
        }
        parameters = try reader.readOptional { (reader) throws(CanonicalError) in try reader.readInteger() }
        elements = try reader.readMap { (reader) throws(CanonicalError) in try reader.readInteger() }
        attributes = try reader.readStringMap()
    }
}
