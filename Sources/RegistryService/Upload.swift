import Chunking
package import Models
import Peering
import Storage

/// One file coming in: chunked, hashed and stored as it comes, in constant memory; staged on a majority when it is
/// whole.
///
/// A session has one owner that appends and then finishes. When the client vanishes the owner drops it: what was stored
/// stays unreferenced until it is collected, and a later upload of the same bytes finds it there.
package final class Upload {
    /// Bytes gathered before a hop to the disk's threads: a hop costs 4–25 µs, so a megabyte makes it vanish.
    private static let batchBytes = 1 << 20

    private let service: RegistryService
    private let project: ProjectName
    private let principal: PrincipalName
    private let announced: Digest
    private let announcedSize: UInt64
    private let lease: OpenUploads.Lease
    private var ingest: Ingest
    private var gathered: [UInt8] = []
    private var received: UInt64 = 0

    init(
        service: RegistryService, project: ProjectName, principal: PrincipalName, announced: Digest,
        announcedSize: UInt64
    ) {
        self.service = service
        self.project = project
        self.principal = principal
        self.announced = announced
        self.announcedSize = announcedSize
        lease = service.openUploads.open()
        ingest = Ingest(chunks: service.parts.chunks, announcedSize: announcedSize, lease: lease)
        gathered.reserveCapacity(Self.batchBytes + 65_536)
    }

    /// Takes the next bytes. Returns when there is room for more, so that a client is slowed to what the disk takes.
    package func append(_ bytes: [UInt8]) async throws(ServiceError) {
        received += UInt64(bytes.count)
        guard received <= announcedSize else {
            throw .sizeMismatch(announced: announcedSize, received: received)
        }
        gathered.append(contentsOf: bytes)
        if gathered.count >= Self.batchBytes { try await drain() }
    }

    /// Takes the bytes of `range` of a file that the cluster holds, as if they had come.
    package func append(_ range: Range<UInt64>, of file: FileEntry) async throws(ServiceError) {
        guard range.upperBound <= file.size, received + UInt64(range.count) <= announcedSize else {
            throw .invalidRequest(
                "the delta copies bytes that “\(file.path)” does not have, or more than were announced")
        }
        let reader = try service.reader(of: file, range: range)
        while let bytes = try await reader.next() { try await append(bytes) }
    }

    /// The file is whole: checks its digest, and returns once a majority of voters holds it safely.
    package func finish() async throws(ServiceError) -> UploadedFile {
        guard received == announcedSize else { throw .sizeMismatch(announced: announcedSize, received: received) }
        try await drain()
        let content = try await step { ingest throws(StorageError) in try ingest.finish() }
        guard content.sha256 == announced else {
            throw .digestMismatch(announced: announced, received: content.sha256)
        }
        let staged = StagedFile(
            project: project, principal: principal, sha256: content.sha256, size: content.size, pages: content.pages,
            holders: [service.parts.member], securedAt: service.parts.now())
        try await service.stage(staged)
        return UploadedFile(sha256: staged.sha256, size: staged.size)
    }

    private func drain() async throws(ServiceError) {
        let bytes = gathered
        gathered.removeAll(keepingCapacity: true)
        let pages = try await step { ingest throws(StorageError) in try ingest.append(bytes) }
        for page in pages { service.announce(page) }
    }

    /// Runs one step of the ingest on the disk's threads: it moves there and back, so it is never shared.
    private func step<Value: Sendable>(
        _ body: @escaping @Sendable (inout Ingest) throws(StorageError) -> Value
    ) async throws(ServiceError) -> Value {
        let current = ingest
        let (next, value) = try await service.onThreads { () throws(StorageError) in
            var ingest = current
            let value = try body(&ingest)
            return (ingest, value)
        }
        ingest = next
        return value
    }
}

/// The synchronous part of an upload: chunker and store.
struct Ingest: Sendable {
    /// Chunks written together.
    private static let writeBytes = 8 << 20
    /// Files up to this size are secured as they are written, and do not wait for the flush of large ones.
    static let smallFile: UInt64 = 1 << 20

    private let chunks: any ChunkStore
    private let durability: ChunkDurability
    private let lease: OpenUploads.Lease
    private var chunker = FileChunker()
    private var pending: [(key: ChunkKey, bytes: [UInt8])] = []
    private var pendingBytes = 0
    private var pages: [PageReference] = []

    init(chunks: any ChunkStore, announcedSize: UInt64, lease: OpenUploads.Lease) {
        self.chunks = chunks
        self.lease = lease
        durability = announcedSize <= Self.smallFile ? .synced : .deferred
    }

    /// Takes the next bytes; returns the pages they completed, all of whose chunks are stored.
    mutating func append(_ bytes: [UInt8]) throws(StorageError) -> [PageReference] {
        var outputs: [ChunkerOutput] = []
        chunker.append(bytes) { outputs.append($0) }
        try store(outputs)
        return try takePages()
    }

    /// Stores what is left and makes all of it survive a crash.
    mutating func finish() throws(StorageError) -> FileContent {
        var outputs: [ChunkerOutput] = []
        let content = chunker.finish { outputs.append($0) }
        try store(outputs)
        try write()
        if case .deferred = durability { try chunks.secure() }
        return content
    }

    private mutating func takePages() throws(StorageError) -> [PageReference] {
        guard !pages.isEmpty else { return [] }
        try write()
        for page in pages { lease.hold(page) }
        defer { pages = [] }
        return pages
    }

    private mutating func store(_ outputs: [ChunkerOutput]) throws(StorageError) {
        for output in outputs {
            switch output {
            case .chunk(let reference, let bytes): try add(ChunkKey(reference.id.bytes), bytes)
            case .page(let reference, let bytes):
                try add(ChunkKey(reference.id.bytes), bytes)
                pages.append(reference)
            }
        }
    }

    private mutating func add(_ key: ChunkKey, _ bytes: [UInt8]) throws(StorageError) {
        lease.hold(key)
        // One that another upload wrote may not be secured yet: `write` looks after those that must be.
        if case .deferred = durability, try chunks.contains(key) { return }
        pending.append((key, bytes))
        pendingBytes += bytes.count
        if pendingBytes >= Self.writeBytes { try write() }
    }

    private mutating func write() throws(StorageError) {
        guard !pending.isEmpty else { return }
        try chunks.write(pending, durability: durability)
        pending.removeAll(keepingCapacity: true)
        pendingBytes = 0
    }
}
