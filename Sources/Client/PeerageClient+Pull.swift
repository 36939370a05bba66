public import Foundation
public import Models

extension PeerageClient {
    /// Brings a version's files into a directory, which is made when it does not exist.
    ///
    /// Each file arrives beside its place as `.NAME.partial`, is compared with its SHA-256, synced and renamed; a file
    /// that is in place with the right digest is left alone, one with another is replaced, files that are not of the
    /// version stay. What breaks goes on where it stopped, at any server, also in a later pull. Nothing is written
    /// through a symbolic link below `directory`.
    ///
    /// Of a file that is like the one in its place, or like files of `reused` or `cache`, only what differs is received.
    /// - Parameters:
    ///   - reference: the newest version when it names none. An alias is resolved once, before the first byte.
    ///   - time: the instant at which the reference shall be understood; nil for now.
    ///   - reused: files and directories of this machine whose files may be like the version's.
    ///   - cache: files that were pulled before; these are put there too.
    ///   - observer: told of progress, in the phase `.receiving`.
    /// - Throws: `ClientError.digestMismatch` when a server gives other bytes than were registered.
    public func pull(
        _ reference: ModelReference, at time: Timestamp? = nil, into directory: URL, reusing reused: [URL] = [],
        cache: LocalCache? = nil, observer: ProgressObserver? = nil
    ) async throws(ClientError) -> TransferResult {
        let description = try await version(reference, at: time)
        let version = description.version
        try Self.check(version)
        let number = ModelReference(
            project: reference.project, model: reference.model, selector: .number(version.number))
        let root = try await FileQueue.run { () throws(ClientError) in try Self.makeRoot(directory) }
        let paths = Set(version.files.map(\.path))
        let local = try await LocalChunks(of: version, in: root, and: reused, cache, observer: observer)
        let runs = try await local.runs(of: version, session)
        let downloads = version.files.map {
            Download(
                file: $0, version: number, root: root,
                partialName: PartialFile.name(for: $0.path, digest: $0.sha256, among: paths),
                isKnownPresent: local.isPresent[$0.path],
                runs: runs[$0.path], cache: cache)
        }
        let tally = Tally(TransferProgress(.receiving, version.files.map(\.size)), observer: observer)
        for (some, width) in [
            (downloads.filter { $0.file.size <= Self.smallFileBytes }, Self.filesAtATime),
            (downloads.filter { $0.file.size > Self.smallFileBytes }, 1),
        ] {
            try await inParallel(some, width: width) { [session] download async throws(ClientError) in
                try await download.run(session, tally)
            }
        }
        var result = TransferResult(version: description, summary: tally.summary)
        if let cache {
            do throws(ClientError) { try await keep(version, at: directory, in: cache, runs) } catch {
                result.cacheProblem = error
            }
        }
        return result
    }

    /// Puts the version's large files into `cache`, and notes which of its files were of use.
    private func keep(
        _ version: Version, at directory: URL, in cache: LocalCache, _ runs: [FilePath: FileRuns<OpenFile>]
    ) async throws(ClientError) {
        let used = Set(runs.values.flatMap(\.runs).compactMap { $0.source?.place.path })
        let missing = try await FileQueue.run { () throws(ClientError) in
            cache.touch(used)
            return try cache.missing(of: version.files)
        }
        guard !missing.isEmpty else { return }
        let wanted = Set(missing.map(\.path))
        let lists = try await session.chunks(of: version, into: [FilePath: [ChunkReference]]()) {
            lists, chunk, file, _ in
            if wanted.contains(file.path) { lists[file.path, default: []].append(chunk) }
        }
        for file in missing {
            guard let chunks = lists?[file.path] else { continue }
            let path = directory.appending(path: file.path.text).path(percentEncoded: false)
            try await FileQueue.run { () throws(ClientError) in try cache.keep(path, file.sha256, chunks) }
        }
    }

    /// A version whose digest does not follow from its files is not what was registered, whoever says so.
    static func check(_ version: Version) throws(ClientError) {
        let actual = Version.digest(of: version.files)
        guard actual == version.digest else {
            throw .digestMismatch(
                path: "\(version.project)/\(version.model):\(version.number)", expected: version.digest, actual: actual)
        }
        if let conflict = FilePath.conflict(among: version.files.map(\.path)) {
            throw .invalidInput("The version cannot be written to a directory: \(conflict).")
        }
    }

    private static func makeRoot(_ directory: URL) throws(ClientError) -> DirectoryHandle {
        let path = directory.path(percentEncoded: false)
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .fileSystem(path: path, reason: "the directory cannot be made: \(error.localizedDescription)")
        }
        return try DirectoryHandle.opening(path)
    }
}
