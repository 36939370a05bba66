/// What a file is. Its bytes tell first, its name where they do not: who names a file chooses what reads it, and who
/// writes its bytes chooses what is read.
package enum FileKind: String, Hashable, Sendable, CaseIterable {
    case safetensors, gguf, onnx, numpy, zip, tar, pickle, hdf5
    case sevenZip = "7z"
    case gzip, json, text, unknown

    /// What a file was found to be, and what its name says.
    package struct Recognition: Hashable, Sendable {
        /// What the bytes are.
        package var kind: FileKind
        /// What the name says they are, the usual first; empty when it says nothing.
        package var claimed: [FileKind]

        /// Name and bytes contradict each other, in words; nil when they do not.
        package var mismatch: String? {
            guard let claim = claimed.first, !claimed.contains(kind) else { return nil }
            return kind == .unknown
                ? "its name says \(claim.rawValue), but it is something else"
                : "its name says \(claim.rawValue), but it is \(kind.rawValue)"
        }
    }

    /// Looks at the first bytes and the name, a path's last component.
    package static func recognise(
        _ bytes: some RandomAccessBytes, named name: String, limits: FormatLimits = .standard
    ) async throws(InspectionError) -> Recognition {
        let claimed = claims(of: name)
        let head = try await bytes.read(0..<min(bytes.size, limits.headBytes))
        let kind = kind(of: head, size: bytes.size, claimed: claimed, limits: limits)
        return Recognition(kind: kind, claimed: claimed)
    }

    private static func kind(
        of head: [UInt8], size: UInt64, claimed: [FileKind], limits: FormatLimits
    ) -> FileKind {
        let isPickle = head.count > 1 && head[0] == 0x80 && 2...5 ~= head[1]
        if isSafetensors(head, size: size, limits: limits) {
            // The length of a header may look like the mark of a pickle. Then the name decides what reads the file.
            return isPickle && claimed.contains(.pickle) ? .pickle : .safetensors
        }
        if let marked = marks.first(where: { head.starts(with: $0.bytes) }) { return marked.kind }
        if head.dropFirst(257).starts(with: Array("ustar".utf8)) { return .tar }
        if isPickle { return .pickle }
        if claimed == [.onnx], let first = head.first, modelFields.contains(first) { return .onnx }
        // Protocols 0 and 1 have no mark, and look like text or like nothing.
        if claimed.contains(.pickle), !head.isEmpty { return .pickle }
        guard isText(head, isWhole: UInt64(head.count) == size) else { return .unknown }
        if claimed == [.json] { return .json }
        return claimed.isEmpty && opensObject(head) ? .json : .text
    }

    private static let marks: [(bytes: [UInt8], kind: FileKind)] = [
        (GGUF.magic, .gguf), (NumPy.magic, .numpy), (Array("PK\u{3}\u{4}".utf8), .zip),
        (Array("PK\u{5}\u{6}".utf8), .zip), (Array("PK\u{7}\u{8}".utf8), .zip), ([0x89] + Array("HDF".utf8), .hdf5),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .sevenZip), ([0x1F, 0x8B], .gzip),
    ]

    /// First bytes of a `ModelProto`: its fields 1 to 5, 7, 8, 14, 20, 25 and 26, with their wire types.
    private static let modelFields: Set<UInt8> = [0x08, 0x12, 0x1A, 0x22, 0x28, 0x3A, 0x42, 0x72, 0xA2, 0xCA, 0xD2]

    private static func isSafetensors(_ head: [UInt8], size: UInt64, limits: FormatLimits) -> Bool {
        guard head.count > 8, head[8] == UInt8(ascii: "{") else { return false }
        let length = head[..<8].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        return length <= limits.textBytes && length <= size - 8
    }

    /// UTF-8 without control characters other than white space and escape (of coloured logs). The end of `head` may cut
    /// a character.
    private static func isText(_ head: [UInt8], isWhole: Bool) -> Bool {
        let isPrintable = head.allSatisfy { $0 >= 0x20 && $0 != 0x7F || 0x09...0x0D ~= $0 || $0 == 0x1B }
        guard isPrintable else { return false }
        do {
            _ = try UTF8Span(validating: head.span)
            return true
        } catch {
            return !isWhole && error.kind == .truncatedScalar && error.byteOffsets.upperBound == head.count
        }
    }

    /// Whether the text begins as a JSON object does, and not as a template or a shell's block.
    private static func opensObject(_ head: [UInt8]) -> Bool {
        let marks = head.lazy.filter { $0 > 0x20 }.prefix(2)
        return marks.elementsEqual("{\"".utf8) || marks.elementsEqual("{}".utf8)
    }
}

/// Names.
extension FileKind {
    /// What a name's ending says that a file is.
    private static let endings: [String: [FileKind]] = [
        "safetensors": [.safetensors], "gguf": [.gguf], "onnx": [.onnx], "npy": [.numpy], "npz": [.zip], "zip": [.zip],
        "keras": [.zip, .hdf5], "tar": [.tar], "nemo": [.tar, .gzip], "gz": [.gzip], "tgz": [.gzip], "7z": [.sevenZip],
        "h5": [.hdf5], "hdf5": [.hdf5], "json": [.json], "ipynb": [.json],
        "pkl": [.pickle, .zip], "pickle": [.pickle], "joblib": [.pickle, .zip, .gzip],
        // PyTorch's: a pickle in a zip, a bare one or, long ago, in a tar. Others call their formats .bin, too.
        "pt": [.pickle, .zip, .tar], "pth": [.pickle, .zip, .tar], "ckpt": [.pickle, .zip, .tar],
        "bin": [.pickle, .zip, .tar, .gguf],
        "md": [.text], "txt": [.text], "py": [.text], "jinja": [.text], "jinja2": [.text], "yaml": [.text],
        "yml": [.text], "toml": [.text], "csv": [.text], "tsv": [.text], "jsonl": [.text], "sh": [.text],
    ]

    private static func claims(of name: String) -> [FileKind] { ending(of: name).flatMap { endings[$0] } ?? [] }

    /// What follows the last full stop of a path's last component, in lower case.
    static func ending(of name: String) -> String? {
        let last = name.utf8.split(separator: UInt8(ascii: "/")).last ?? Substring(name).utf8
        guard let dot = last.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        return String(decoding: last[last.index(after: dot)...], as: UTF8.self).lowercased()
    }
}
