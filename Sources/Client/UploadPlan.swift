import Chunking
import Models

/// The chunks of versions that a push may copy from.
struct KnownChunks: Sendable {
    /// The files; chunks name them by their position.
    var sources: [Delta.Source] = []
    var index = ChunkIndex<Int>()
}

/// How a file gets to the cluster.
struct UploadPlan: Sendable {
    /// Smaller files cross the line sooner than their difference is found.
    static let leastDeltaBytes: UInt64 = 1 << 20
    /// A server must be done before the client takes it for dead: it reads and takes in a quarter of a gigabyte a second on
    /// one core, by the figures of docs/performance/artifacts.md.
    static let mostDeltaBytes: UInt64 = 8 << 30

    /// Of more runs a server reads more than it is spared.
    static let mostRuns = 1 << 16

    let digest: Digest
    /// The file as its difference from known ones; nil when that is not less.
    let delta: FileDelta?

    /// Reads a file of `size` bytes; nil when it is shorter.
    init?(of file: OpenFile, size: UInt64, _ known: KnownChunks, observer: (Int) -> Void) async throws(ClientError) {
        guard !known.index.isEmpty, (Self.leastDeltaBytes...Self.mostDeltaBytes).contains(size) else {
            var running = RunningDigest()
            try await running.update(file, upTo: size, observer: observer)
            guard running.count == size else { return nil }
            (digest, delta) = (running.digest, nil)
            return
        }
        var (chunker, runs) = (FileChunker(), FileRuns<Int>())
        let content = try await chunker.chunk(file, upTo: size, observer: observer) { chunk in
            runs.append(chunk, at: known.index[chunk])
        }
        guard content.size == size else { return nil }
        digest = content.sha256
        // A twentieth less is not worth the server's reading the rest.
        let isWorthIt = runs.newBytes <= size - size / 20 && runs.runs.count <= Self.mostRuns
        delta = isWorthIt ? FileDelta(runs, of: known.sources) : nil
    }
}

extension PeerageClient {
    /// The chunks of the model's newest version and of `bases`, when there is a file that may profit.
    func knownChunks(
        for files: [LocalFile], model: ModelName, in project: ProjectName, _ bases: [ModelReference]
    ) async throws(ClientError) -> KnownChunks {
        var known = KnownChunks()
        for base in bases { try await add(base, to: &known) }
        guard files.contains(where: { $0.size >= UploadPlan.leastDeltaBytes }) else { return known }
        // Probe: before the first version there is none, and what cannot be read now only makes the push longer.
        try? await add(ModelReference(project: project, model: model, selector: .latest), to: &known)
        if Task.isCancelled { throw .cancelled }
        return known
    }

    private func add(_ reference: ModelReference, to known: inout KnownChunks) async throws(ClientError) {
        let version = try await version(reference).version
        try Self.check(version)
        guard version.size >= UploadPlan.leastDeltaBytes, !known.index.isFull else { return }
        let positions = Dictionary(uniqueKeysWithValues: zip(version.files.map(\.path), known.sources.count...))
        let index = try await session.chunks(of: version, into: known.index) { index, chunk, file, offset in
            if let position = positions[file.path] { index.add(chunk, in: position, at: offset) }
        }
        guard let index else { return }
        known.index = index
        known.sources += version.files.map {
            Delta.Source(project: version.project, model: version.model, version: version.number, path: $0.path)
        }
    }
}
