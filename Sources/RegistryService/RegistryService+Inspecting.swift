import Inspection
import Models
import NIOCore
import Registry
import Storage

extension RegistryService {
    /// What is in `files`, which were uploaded to `project`: read through their structure, never run.
    func inspect(_ files: [FileEntry], of project: ProjectName) async throws(ServiceError) -> Models.Inspection {
        var inspected: [Int: InspectedFile] = [:]
        do {
            // Most of the time of a small file is spent in waiting for the disk's threads.
            try await withThrowingTaskGroup(of: (Int, InspectedFile).self) { group in
                for (position, file) in files.enumerated() {
                    if position >= Self.inspectionsAtATime, let (number, found) = try await group.next() {
                        inspected[number] = found
                    }
                    group.addTask { [self] in
                        (position, try await inspect(ProjectFile(project: project, file: file)))
                    }
                }
                for try await (number, found) in group { inspected[number] = found }
            }
        } catch let error as ServiceError {
            throw error
        } catch {
            throw .nodeUnavailable("\(error)")
        }
        var collected = CollectedFindings()
        for (position, file) in files.enumerated() {
            if let found = inspected[position] { collected.add(found, at: file.path) }
        }
        return collected.inspection
    }

    private static let inspectionsAtATime = 8

    private func inspect(_ file: ProjectFile) async throws(ServiceError) -> InspectedFile {
        let bytes = UploadedBytes(service: self, file: file)
        do throws(InspectionError) {
            guard bytes.size <= InspectedFile.bytesReadAtOnce else {
                return try await InspectedFile(bytes, file.file.path)
            }
            return try await InspectedFile(MemoryBytes(try await bytes.read(0..<bytes.size)), file.file.path)
        } catch {
            switch error {
            case .unreadable(let detail):
                throw .bytesUnavailable("“\(file.file.path)” could not be inspected: \(detail)")
            case .malformed(let detail): throw .invalidRequest("“\(file.file.path)” is malformed: \(detail)")
            }
        }
    }
}

/// An uploaded file as inspections read it.
struct UploadedBytes: RandomAccessBytes {
    let service: RegistryService
    let file: ProjectFile

    var size: UInt64 { file.file.size }

    func read(_ range: Range<UInt64>) async throws(InspectionError) -> [UInt8] {
        do throws(ServiceError) {
            let reader = try service.reader(of: file, range: range)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(range.count)
            while let piece = try await reader.next() { bytes.append(contentsOf: piece.readableBytesView) }
            return bytes
        } catch {
            throw .unreadable("\(error)")
        }
    }
}

/// What was found in one file.
private struct InspectedFile: Sendable {
    /// So much of one file's code is looked at that a registration stays within seconds.
    private static let limits = {
        var limits = InspectionLimits.standard
        limits.inflatedBytes = 2 << 30
        limits.opcodes = 50_000_000
        return limits
    }()
    /// A file that is read whole, and so but once.
    static let bytesReadAtOnce: UInt64 = 256 << 10
    /// Bytes of a text that are searched for secrets: vocabularies have tens of megabytes.
    private static let searchedBytes: UInt64 = 64 << 20

    let finding: Finding
    /// Which shard each tensor is in, when the file says that.
    let index: SafetensorsIndex?
    let secrets: [SecretMatch]

    init(_ bytes: some RandomAccessBytes, _ path: FilePath) async throws(InspectionError) {
        finding = try await ModelFile.inspect(bytes, named: path.text, codeLimits: Self.limits)
        index = finding.format == SafetensorsIndex.format ? try await SafetensorsIndex(bytes) : nil
        secrets = finding.isText ? try await Self.secrets(in: bytes) : []
    }

    private static func secrets(in bytes: some RandomAccessBytes) async throws(InspectionError) -> [SecretMatch] {
        var scan = SecretScan()
        let end = min(bytes.size, searchedBytes)
        for start in stride(from: 0, to: end, by: 1 << 20) {
            scan.append(try await bytes.read(start..<min(start + 1 << 20, end)))
        }
        return scan.finish()
    }
}

/// What was found so far in the files of one version.
private struct CollectedFindings {
    /// Secrets and attributes that are kept: whoever has so many knows what to do.
    private static let mostSecrets = 20
    private static let mostAttributes = 50
    /// Formats that tell of tensors; the first that does tells how many parameters the model has.
    private static let tensorFormats = ["safetensors", "gguf", "onnx", "numpy"]

    private var files: [Models.Inspection.File] = []
    private var secrets: [Models.Inspection.Secret] = []
    private var attributes: [String: String] = [:]
    /// Tensors by format and file.
    private var tensors: [String: [FilePath: Facts]] = [:]
    private var indexes: [(path: FilePath, index: SafetensorsIndex)] = []

    mutating func add(_ file: InspectedFile, at path: FilePath) {
        let finding = file.finding
        if !finding.isText || finding.verdict != .safe {
            files.append(
                Models.Inspection.File(
                    path: path, format: finding.format, verdict: finding.verdict, reasons: finding.reasons))
        }
        if !finding.facts.tensors.isEmpty { tensors[finding.format, default: [:]][path] = finding.facts }
        for (key, value) in finding.facts.attributes.sorted(by: { $0.key < $1.key })
        where attributes.count < Self.mostAttributes && attributes[key] == nil {
            attributes[key] = value
        }
        if let index = file.index { indexes.append((path, index)) }
        for match in file.secrets.prefix(Self.mostSecrets - secrets.count) {
            secrets.append(Models.Inspection.Secret(path: path, line: UInt64(match.line), rule: match.rule))
        }
    }

    var inspection: Models.Inspection {
        let counted = countedTensors
        var elements: [String: UInt64] = [:]
        for tensor in counted.flatMap(\.tensors) {
            var one = Facts()
            one.tensors = [tensor]
            elements[tensor.dtype, default: 0] &+= one.parameters ?? 0
        }
        return Models.Inspection(
            files: checkedFiles, secrets: secrets, parameters: counted.isEmpty ? nil : elements.values.reduce(0, &+),
            elements: elements, attributes: attributes)
    }

    /// The files whose tensors are the model's: all shards of safetensors, or the largest of several variants.
    private var countedTensors: [Facts] {
        guard let format = Self.tensorFormats.first(where: { tensors[$0] != nil }), let files = tensors[format] else {
            return []
        }
        if format == "safetensors" { return Array(files.values) }
        return files.values.max { ($0.parameters ?? 0) < ($1.parameters ?? 0) }.map { [$0] } ?? []
    }

    /// The findings, with what indexes say that the shards do not have.
    private var checkedFiles: [Models.Inspection.File] {
        var files = files
        for (path, index) in indexes {
            let folder = path.text.split(separator: "/").dropLast().map { $0 + "/" }.joined()
            var shards: [String: Facts] = [:]
            for (file, facts) in tensors["safetensors"] ?? [:] where file.text.hasPrefix(folder) {
                shards[String(file.text.dropFirst(folder.count))] = facts
            }
            let problems = index.problems(shards: shards)
            guard !problems.isEmpty else { continue }
            files.removeAll { $0.path == path }
            files.append(
                Models.Inspection.File(
                    path: path, format: SafetensorsIndex.format, verdict: .malformed,
                    reasons: Array(problems.prefix(5))))
        }
        return files.sorted { $0.path < $1.path }
    }
}

extension Finding {
    /// Whether people read it: what is searched for secrets.
    fileprivate var isText: Bool { ["text", "json"].contains(format) }
}
