import Chunking
import struct Crypto.SHA256
package import Models
import NIOCore
import Peering
import Replication
import Storage

/// One file coming in: chunked, hashed and stored as it comes, in constant memory, or handed over to a node that keeps the
/// project's bytes; staged on a majority when it is whole.
///
/// A session has one owner that appends and then finishes. When the client vanishes the owner drops it: what was stored
/// stays unreferenced until it is collected, and a later upload of the same bytes finds it there.
package final class Upload {
    /// Bytes gathered before a hop to the disk's threads: a hop costs 4–25 µs, so a megabyte makes it vanish.
    private static let batchBytes = 1 << 20

    /// Where the bytes go.
    private enum Destination {
        /// Into this node's store.
        case here(Ingest)
        /// To a node that keeps the project, and its digest so far.
        case there(HandoverSender, SHA256)
    }

    private let service: RegistryService
    private let file: AnnouncedFile
    /// Pages that were announced.
    private var pages: UInt64 = 0
    private var destination: Destination
    private var gathered: [UInt8] = []
    private var received: UInt64 = 0

    /// The bytes of `file` are kept by this node.
    convenience init(_ file: AnnouncedFile, keptBy service: RegistryService) {
        let ingest = Ingest(
            chunks: service.parts.chunks, announcedSize: file.size, lease: service.openUploads.open())
        self.init(file, service, .here(ingest))
    }

    /// The bytes of `file` are handed over.
    convenience init(_ file: AnnouncedFile, service: RegistryService, to sender: HandoverSender) {
        self.init(file, service, .there(sender, SHA256()))
    }

    private init(_ file: AnnouncedFile, _ service: RegistryService, _ destination: Destination) {
        self.service = service
        self.destination = destination
        self.file = file
        gathered.reserveCapacity(Self.batchBytes + 65_536)
    }

    /// Takes the next bytes. Returns when there is room for more, so that a client is slowed to what the disk takes.
    package func append(_ bytes: [UInt8]) async throws(ServiceError) {
        received += UInt64(bytes.count)
        guard received <= file.size else {
            throw .sizeMismatch(announced: file.size, received: received)
        }
        gathered.append(contentsOf: bytes)
        if gathered.count >= Self.batchBytes { try await drain() }
    }

    /// Takes the bytes of `range` of a file that the cluster holds, as if they had come.
    package func append(_ range: Range<UInt64>, of source: ProjectFile) async throws(ServiceError) {
        guard range.upperBound <= source.file.size, received + UInt64(range.count) <= file.size else {
            throw .invalidRequest(
                "the delta copies bytes that “\(source.file.path)” does not have, or more than were announced")
        }
        let reader = try service.reader(of: source, range: range)
        while let bytes = try await reader.next() { try await append(Array(bytes.readableBytesView)) }
    }

    /// Takes the file's first `count` bytes from what came of it before.
    package func resume(after count: UInt64) async throws(ServiceError) {
        let start = try await service.receivedFile(file)
        guard count <= start.file.size else {
            throw .notFound("only \(start.file.size) bytes of the file came before; send all of it")
        }
        try await append(0..<count, of: start)
    }

    /// The file is whole: checks its digest, and returns once a majority of its keepers holds it safely.
    package func finish() async throws(ServiceError) -> UploadedFile {
        let staged = try await finishAndStage()
        return UploadedFile(sha256: staged.sha256, size: staged.size)
    }

    /// The same; returns what was staged.
    func finishAndStage() async throws(ServiceError) -> StagedFile {
        guard received == file.size else { throw .sizeMismatch(announced: file.size, received: received) }
        try await drain()
        let staged: StagedFile
        // Before anyone was asked.
        let index = service.parts.replica.status.appliedIndex
        switch destination {
        case .here(let ingest):
            let content = try await step(ingest) { ingest throws(StorageError) in try ingest.finish() }
            if content.sha256 != file.sha256 { try await service.forgetReceived(file, pages: pages) }
            try expectAnnounced(content.sha256)
            staged = stagedFile(pages: content.pages, holders: [service.parts.member], index)
        case .there(let sender, let hash):
            // A SHA-256 always has the 32 bytes that a digest needs.
            try expectAnnounced(Digest(bytes: Array(hash.finalize()))!)
            let handedOver: HandedOver
            do throws(PeerError) { handedOver = try await sender.finish() } catch { throw .handover(error) }
            staged = stagedFile(pages: handedOver.pages, holders: handedOver.holders, index)
        }
        return try await service.stage(staged)
    }

    private func expectAnnounced(_ received: Digest) throws(ServiceError) {
        guard received == file.sha256 else { throw .digestMismatch(announced: file.sha256, received: received) }
    }

    private func stagedFile(pages: [PageReference], holders: [UInt64], _ index: UInt64) -> StagedFile {
        StagedFile(
            project: file.project, principal: file.principal, sha256: file.sha256, size: file.size, pages: pages,
            holders: holders, securedAt: service.parts.now(), securedIndex: index)
    }

    private func drain() async throws(ServiceError) {
        guard !gathered.isEmpty else { return }
        let bytes = gathered
        gathered.removeAll(keepingCapacity: true)
        switch destination {
        case .here(let ingest):
            let pages = try await step(ingest) { ingest throws(StorageError) in try ingest.append(bytes) }
            for page in pages {
                try await service.announce(ReceivedPage(file: file, index: self.pages, page: page))
                self.pages += 1
            }
        case .there(let sender, var hash):
            hash.update(data: bytes)
            destination = .there(sender, hash)
            do throws(PeerError) { try await sender.append(bytes) } catch { throw .handover(error) }
        }
    }

    /// Runs one step of the ingest on the disk's threads: it moves there and back, so it is never shared.
    private func step<Value: Sendable>(
        _ current: Ingest, _ body: @escaping @Sendable (inout Ingest) throws(StorageError) -> Value
    ) async throws(ServiceError) -> Value {
        let (next, value) = try await service.onThreads { () throws(StorageError) in
            var ingest = current
            let value = try body(&ingest)
            return (ingest, value)
        }
        destination = .here(next)
        return value
    }
}

extension ServiceError {
    /// What a file that cannot be handed over means to whoever sends it.
    fileprivate static func handover(_ error: PeerError) -> ServiceError {
        .bytesNotReplicated("the node that keeps the file did not take it whole: \(error)")
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
