public import Models
import Synchronization

/// What is told about a version when it is pushed.
public struct VersionNotes: Hashable, Sendable {
    /// A JSON object; nil for none.
    public var metadata: JSONValue?
    /// Labels.
    public var tags: [String: String]
    /// Why this version is.
    public var message: String?
    /// Aliases to move to the new version in the same step.
    public var aliases: [AliasName]

    /// Nothing, or these.
    public init(
        metadata: JSONValue? = nil, tags: [String: String] = [:], message: String? = nil, aliases: [AliasName] = []
    ) {
        self.metadata = metadata
        self.tags = tags
        self.message = message
        self.aliases = aliases
    }
}

/// A version that was pushed or pulled, and what that moved.
public struct TransferResult: Hashable, Sendable {
    /// The version.
    public let version: VersionDescription
    /// What was moved and what was there already.
    public let summary: TransferSummary

    /// A version and what moving it took.
    package init(version: VersionDescription, summary: TransferSummary) {
        self.version = version
        self.summary = summary
    }
}

extension PeerageClient {
    /// Files of up to so many bytes move several at a time, which hides their round trips. Larger ones move one by one:
    /// a single stream fills a link, and a lost connection then costs one file.
    static let smallFileBytes: UInt64 = 16 << 20
    /// How many small files move at a time.
    static let filesAtATime = 4

    /// Registers files as a new version: computes their digests, sends those the cluster does not hold yet, registers.
    ///
    /// Memory does not depend on file sizes. A file whose upload breaks is sent again to another server; pushing again
    /// after a failure skips what arrived. Throws `ClientError.digestMismatch` when a file changes meanwhile.
    /// - Parameters:
    ///   - files: see `LocalFile.files(at:)`.
    ///   - observer: told of progress: first the phase `.hashing`, then `.sending`.
    public func push(
        _ files: [LocalFile], to model: ModelName, in project: ProjectName, notes: VersionNotes = VersionNotes(),
        observer: ProgressObserver? = nil
    ) async throws(ClientError) -> TransferResult {
        try LocalFile.check(files)
        let digests = try await self.digests(of: files, observer: observer)
        let request = RegisterVersionRequest(
            files: files.map { .init(path: $0.path.text, size: $0.size, sha256: digests[$0] ?? Digest(of: [])) },
            metadata: notes.metadata, tags: notes.tags, message: notes.message, aliases: notes.aliases.map(\.text))
        var summary = try await stage(files, digests, in: project, observer: observer)
        do {
            let version = try await registerVersion(of: model, in: project, request)
            return TransferResult(version: version, summary: summary)
        } catch {
            // What was staged long ago may be collected between the question and the registration: once more.
            guard case .problem(let problem) = error, problem.code == "files-not-uploaded" else { throw error }
            summary = try await stage(files, digests, in: project, observer: observer)
            let version = try await registerVersion(of: model, in: project, request)
            return TransferResult(version: version, summary: summary)
        }
    }

    private func digests(
        of files: [LocalFile], observer: ProgressObserver?
    ) async throws(ClientError) -> [LocalFile: Digest] {
        let tally = Tally(TransferProgress(.hashing, files.map(\.size)), observer: observer)
        let digests = SharedDigests()
        try await inParallel(files, width: 2) { file async throws(ClientError) in
            let path = file.localPath
            let opened = try await FileQueue.run { () throws(ClientError) in try OpenFile.reading(path) }
            var digest = RunningDigest()
            try await digest.update(opened, upTo: file.size) { tally.moved(bytes: Int64($0)) }
            guard digest.count == file.size else {
                throw .fileSystem(path: path, reason: "it became shorter while it was read; push again")
            }
            tally.finished(bytesMoved: file.size)
            digests.set(digest.digest, for: file)
        }
        return digests.values
    }

    private func stage(
        _ files: [LocalFile], _ digests: [LocalFile: Digest], in project: ProjectName, observer: ProgressObserver?
    ) async throws(ClientError) -> TransferSummary {
        var seen: Set<Digest> = []
        let uploads = files.compactMap { file -> Upload? in
            guard let digest = digests[file], seen.insert(digest).inserted else { return nil }
            return Upload(file: file, digest: digest, project: project)
        }
        let tally = Tally(TransferProgress(.sending, uploads.map(\.file.size)), observer: observer)
        for (some, width) in [
            (uploads.filter { $0.file.size <= Self.smallFileBytes }, Self.filesAtATime),
            (uploads.filter { $0.file.size > Self.smallFileBytes }, 1),
        ] {
            try await inParallel(some, width: width) { [session] upload async throws(ClientError) in
                try await upload.run(session, tally)
            }
        }
        return tally.summary
    }
}

/// Digests that several tasks find.
private final class SharedDigests: Sendable {
    private let state = Mutex<[LocalFile: Digest]>([:])

    var values: [LocalFile: Digest] { state.withLock { $0 } }

    func set(_ digest: Digest, for file: LocalFile) { state.withLock { $0[file] = digest } }
}

extension TransferProgress {
    /// Nothing done yet of files of these sizes.
    init(_ phase: Phase, _ sizes: [UInt64]) {
        self.init(phase: phase, bytesTotal: sizes.reduce(0, +), filesTotal: sizes.count)
    }
}
