import Chunking
import Foundation
import Models

/// The chunks of files on this machine that a pull may copy from.
struct LocalChunks: Sendable {
    /// Smaller files come sooner than their difference is found.
    static let leastBytes: UInt64 = 1 << 20
    /// Runs of fewer bytes come with what is around them: a request takes as long.
    private static let leastRun = 256 << 10
    /// Files that are kept open until the pull is over.
    private static let mostFiles = 256

    /// Of open files: a pull puts others in their places.
    private var index = ChunkIndex<OpenFile>()
    private var fileCount = 0
    /// Which of the version's files are in their place, of those that were looked at.
    private(set) var isPresent: [FilePath: Bool] = [:]

    /// Of the files of `directory` that stand in the place of the version's and are of another size or digest, and of
    /// those that `reused` names or holds, and of `cache`.
    init(
        of version: Version, in directory: DirectoryHandle, and reused: [URL], _ cache: LocalCache?,
        observer: ProgressObserver?
    ) async throws(ClientError) {
        var standing: [(entry: FileEntry, path: String, size: UInt64)] = []
        for entry in version.files where entry.size >= Self.leastBytes {
            let found = try await FileQueue.run { () throws(ClientError) in try directory.regularFile(at: entry.path) }
            if let found { standing.append((entry, found.path, found.size)) }
        }
        var others: [(path: String, size: UInt64)] = []
        for location in reused {
            others += try await FileQueue.run { () throws(ClientError) in try Self.files(at: location) }
        }
        guard version.size >= Self.leastBytes else { return }
        let sizes = standing.map(\.size) + others.map(\.size)
        let tally = Tally(TransferProgress(.hashing, sizes), observer: observer)
        for (entry, path, size) in standing {
            let file = try await OpenFile.opening(path)
            if size == entry.size {
                var digest = RunningDigest()
                try await digest.update(file, upTo: size) { tally.moved(bytes: Int64($0)) }
                isPresent[entry.path] = digest.digest == entry.sha256
            }
            if isPresent[entry.path] != true { try await add(file, tally) }
        }
        for other in others {
            try await add(OpenFile.opening(other.path), tally)
        }
        // The rest is looked for in what was pulled before.
        guard let cache, version.files.contains(where: { isPresent[$0.path] != true }) else { return }
        let (index, most) = (index, Self.mostFiles - fileCount)
        self.index = try await FileQueue.run { () throws(ClientError) in
            var index = index
            // Probe: what is wrong with the cache is told when the files are to be put there.
            try? cache.load(into: &index, most: most)
            return index
        }
    }

    /// The large files at a place that somebody names to read from. What is of no use there is passed over; links are
    /// followed.
    private static func files(at location: URL) throws(ClientError) -> [(path: String, size: UInt64)] {
        let path = location.path(percentEncoded: false)
        guard FileManager.default.fileExists(atPath: path) else {
            throw .fileSystem(path: path, reason: "there is no such file")
        }
        let below = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String }.map { "\(path)/\($0)" }
        return ([path] + (below ?? [])).compactMap { path in
            let target = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
            // Probe: whatever is wrong with it, it is no file to read from.
            guard let status = try? OpenFile.reading(target).status(), status.size >= leastBytes else { return nil }
            return (target, status.size)
        }
    }

    private mutating func add(_ file: OpenFile, _ tally: Tally) async throws(ClientError) {
        guard !index.isFull, fileCount < Self.mostFiles else { return }
        fileCount += 1
        var (chunker, index, offset) = (FileChunker(), ChunkIndex<OpenFile>(), UInt64(0))
        swap(&index, &self.index)
        _ = try await chunker.chunk(file, upTo: .max, observer: { tally.moved(bytes: Int64($0)) }) { chunk in
            index.add(chunk, in: file, at: offset)
            offset += UInt64(chunk.size)
        }
        self.index = index
    }

    /// The version's files as runs of bytes that are here, and of others.
    func runs(of version: Version, _ session: Session) async throws(ClientError) -> [FilePath: FileRuns<OpenFile>] {
        guard !index.isEmpty else { return [:] }
        let index = index
        let runs = try await session.chunks(of: version, into: [FilePath: FileRuns<OpenFile>]()) {
            runs, chunk, file, _ in
            runs[file.path, default: FileRuns()].append(chunk, at: index[chunk])
        }
        return (runs ?? [:]).mapValues { $0.withoutShortCopies(least: Self.leastRun) }.filter { _, runs in
            runs.runs.contains { $0.source != nil }
        }
    }
}

extension DirectoryHandle {
    /// A regular file below that is reached through no link, and its size; nil when there is none.
    fileprivate func regularFile(at path: FilePath) throws(ClientError) -> (path: String, size: UInt64)? {
        var directory = self
        for parent in path.components.dropLast() {
            guard try directory.status(of: String(parent))?.kind == .directory else { return nil }
            directory = try directory.directory(String(parent))
        }
        let name = String(path.components.last ?? "")
        guard let status = try directory.status(of: name), status.kind == .regular else { return nil }
        return (directory.path(of: name), status.size)
    }
}
