import Models

/// Any file of a model: finds out what it is and has it read.
package enum ModelFile {
    /// What the file is and can do. A malformed file is a finding, not an error; so is a name that says something else
    /// than the bytes, which is never `safe`.
    /// - Throws: `InspectionError.unreadable` alone.
    package static func inspect(
        _ bytes: some RandomAccessBytes, named name: String, limits: FormatLimits = .standard,
        codeLimits: InspectionLimits = .standard
    ) async throws(InspectionError) -> Finding {
        let recognition = try await FileKind.recognise(bytes, named: name, limits: limits)
        var finding: Finding
        do throws(InspectionError) {
            finding = try await inspect(bytes, as: recognition.kind, named: name, limits, codeLimits)
        } catch {
            guard case .malformed(let reason) = error else { throw error }
            finding = Finding(
                format: recognition.kind.rawValue, verdict: .malformed, reasons: ShownText.reasons([reason]))
        }
        // Two bytes mark a pickle, and any file may begin with them; anything may be called .bin, too. A name that
        // promises nothing is not broken by bytes that are no pickle.
        let promisesNothing = recognition.claimed.isEmpty || FileKind.ending(of: name) == "bin"
        if finding.verdict == .malformed, recognition.kind == .pickle, promisesNothing { finding.verdict = .unknown }
        if let mismatch = recognition.mismatch {
            finding.reasons = ShownText.reasons([mismatch] + finding.reasons)
            finding.verdict = worse(finding.verdict, verdict(ofMismatch: recognition))
        }
        return finding
    }

    /// The tensors of a file whose format tells of them without reading them: safetensors, GGUF; none of any other.
    package static func tensors(
        of bytes: some RandomAccessBytes, named name: String, limits: FormatLimits = .standard
    ) async throws(InspectionError) -> [Facts.Tensor] {
        switch try await FileKind.recognise(bytes, named: name, limits: limits).kind {
        case .safetensors: try await Safetensors.inspect(bytes, limits: limits).facts.tensors
        case .gguf: try await GGUF.inspect(bytes, limits: limits).facts.tensors
        default: []
        }
    }

    /// A file that is no whole file of the format it is named after is malformed. Where its bytes are of another
    /// format, that format is read, and the name is a doubt; but nothing else may call itself safetensors, which people
    /// trust.
    private static func verdict(ofMismatch recognition: FileKind.Recognition) -> Finding.Verdict {
        if recognition.claimed == [.safetensors] { return .malformed }
        switch recognition.kind {
        case .unknown, .text, .json: return .malformed
        default: return .unknown
        }
    }

    private static func worse(_ one: Finding.Verdict, _ other: Finding.Verdict) -> Finding.Verdict {
        let order: [Finding.Verdict] = [.dangerous, .malformed, .unknown]
        return order.first { $0 == one || $0 == other } ?? .safe
    }

    private static func inspect(
        _ bytes: some RandomAccessBytes, as kind: FileKind, named name: String, _ limits: FormatLimits,
        _ codeLimits: InspectionLimits
    ) async throws(InspectionError) -> Finding {
        let isJoblib = FileKind.ending(of: name) == "joblib"
        return switch kind {
        case .safetensors: try await Safetensors.inspect(bytes, limits: limits)
        case .gguf: try await GGUF.inspect(bytes, limits: limits)
        case .onnx: try await ONNX.inspect(bytes, limits: limits)
        case .numpy: try await NumPy.inspect(bytes, limits: limits)
        case .json where name.lowercased().hasSuffix(".safetensors.index.json"):
            try await SafetensorsIndex.inspect(bytes, limits: limits)
        case .json: try await JSONText.inspect(bytes, limits: limits)
        case .text: try await inspectText(bytes, named: name, limits: limits)
        case .pickle where isJoblib, .gzip where isJoblib: try await JoblibFile.inspect(bytes, limits: codeLimits)
        case .pickle: try await PickleFile.inspect(bytes, limits: codeLimits)
        case .zip: try await ZipArchive.inspect(bytes, limits: codeLimits)
        case .tar: try await TarArchive.inspect(bytes, limits: codeLimits)
        case .hdf5: try await HDF5File.inspect(bytes, limits: codeLimits)
        case .sevenZip, .gzip: doubt(kind, "it is packed (\(kind.rawValue)), and what is in it is not read here")
        case .unknown: doubt(kind, "its format is not read here")
        }
    }

    private static func doubt(_ kind: FileKind, _ reason: String) -> Finding {
        Finding(format: kind.rawValue, verdict: .unknown, reasons: [reason])
    }

    /// Text is safe, unless it is a program: Python beside a model is what `trust_remote_code` runs, and a chat
    /// template is run for every conversation.
    private static func inspectText(
        _ bytes: some RandomAccessBytes, named name: String, limits: FormatLimits
    ) async throws(InspectionError) -> Finding {
        switch FileKind.ending(of: name) {
        case "py", "sh": return doubt(.text, "it is a program; loading with trust_remote_code can run it")
        case "jinja", "jinja2":
            guard bytes.size <= limits.templateBytes else {
                return doubt(.text, "the chat template is longer than the \(limits.templateBytes) bytes that are read")
            }
            let problems = ChatTemplate.problems(in: try await bytes.read(0..<bytes.size))
            return Finding(
                format: "text", verdict: problems.isEmpty ? .safe : .dangerous, reasons: ShownText.reasons(problems))
        default: return Finding(format: "text", verdict: .safe)
        }
    }
}
