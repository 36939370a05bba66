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
    /// Why its files cannot be put into the cache that was named; nil when nothing went wrong, or none was.
    public internal(set) var cacheProblem: ClientError?

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

    /// Registers files as a new version: computes their digests, sends what the cluster does not hold yet, registers.
    ///
    /// Of a file that is like files of the model's newest version, or of `bases`, only what differs is sent. Memory
    /// does not depend on file sizes, but for those of the bases: some 150 MB for 64 GiB and more. A file whose upload
    /// breaks is sent again to another server; pushing again after a failure skips what arrived. Throws
    /// `ClientError.digestMismatch` when a file changes meanwhile.
    /// - Parameters:
    ///   - files: see `LocalFile.files(at:)`.
    ///   - bases: versions whose files these may be like, such as the one that a model was tuned from.
    ///   - observer: told of progress: first the phase `.hashing`, then `.sending`.
    public func push(
        _ files: [LocalFile], to model: ModelName, in project: ProjectName, notes: VersionNotes = VersionNotes(),
        bases: [ModelReference] = [], observer: ProgressObserver? = nil
    ) async throws(ClientError) -> TransferResult {
        try LocalFile.check(files)
        let known = try await knownChunks(for: files, model: model, in: project, bases)
        let plans = try await plans(for: files, known, observer: observer)
        let request = RegisterVersionRequest(
            files: files.map { .init(path: $0.path.text, size: $0.size, sha256: plans[$0]?.digest ?? Digest(of: [])) },
            metadata: notes.metadata, tags: notes.tags, message: notes.message, aliases: notes.aliases.map(\.text))
        var summary = try await stage(files, plans, in: project, observer: observer)
        do {
            let version = try await registerVersion(of: model, in: project, request)
            return TransferResult(version: version, summary: summary)
        } catch {
            // What was staged long ago may be collected between the question and the registration: once more.
            guard case .problem(let problem) = error, problem.code == "files-not-uploaded" else { throw error }
            summary = try await stage(files, plans, in: project, observer: observer)
            let version = try await registerVersion(of: model, in: project, request)
            return TransferResult(version: version, summary: summary)
        }
    }

    /// Hashes every file, and finds out what of it is known.
    private func plans(
        for files: [LocalFile], _ known: KnownChunks, observer: ProgressObserver?
    ) async throws(ClientError) -> [LocalFile: UploadPlan] {
        let tally = Tally(TransferProgress(.hashing, files.map(\.size)), observer: observer)
        let plans = SharedPlans()
        try await inParallel(files, width: 2) { file async throws(ClientError) in
            let path = file.localPath
            let opened = try await OpenFile.opening(path)
            let plan = try await UploadPlan(of: opened, size: file.size, known) { tally.moved(bytes: Int64($0)) }
            guard let plan else {
                throw .fileSystem(path: path, reason: "it became shorter while it was read; push again")
            }
            tally.finished(bytesMoved: file.size)
            plans.set(plan, for: file)
        }
        return plans.values
    }

    private func stage(
        _ files: [LocalFile], _ plans: [LocalFile: UploadPlan], in project: ProjectName, observer: ProgressObserver?
    ) async throws(ClientError) -> TransferSummary {
        var seen: Set<Digest> = []
        let uploads = files.compactMap { file -> Upload? in
            guard let plan = plans[file], seen.insert(plan.digest).inserted else { return nil }
            return Upload(file: file, digest: plan.digest, project: project, delta: plan.delta)
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

/// Plans that several tasks make.
private final class SharedPlans: Sendable {
    private let state = Mutex<[LocalFile: UploadPlan]>([:])

    var values: [LocalFile: UploadPlan] { state.withLock { $0 } }

    func set(_ plan: UploadPlan, for file: LocalFile) { state.withLock { $0[file] = plan } }
}

extension TransferProgress {
    /// Nothing done yet of files of these sizes.
    init(_ phase: Phase, _ sizes: [UInt64]) {
        self.init(phase: phase, bytesTotal: sizes.reduce(0, +), filesTotal: sizes.count)
    }
}
