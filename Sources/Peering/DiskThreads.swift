import Chunking
import Models
import NIOPosix
import Storage

/// Under which key a name must be the hash of the bytes.
enum NameDomain: Sendable {
    case chunk
    case page
    /// The caller knows: names of the two never meet.
    case either

    func holds(_ bytes: [UInt8], named key: ChunkKey) -> Bool {
        let id = ChunkID(bytes: key.bytes)
        switch self {
        case .chunk: return ChunkHash.matches(bytes, id)
        case .page: return ChunkPage.isPage(bytes, named: id)
        case .either: return ChunkHash.matchesChunkOrPage(bytes, id)
        }
    }
}

/// The chunk store, used on the threads kept for disks and hashing.
struct DiskThreads: Sendable {
    /// What became of chunks that a peer sent.
    struct Taken: Sendable {
        var count = 0
        var bytes = 0
        var absent: [ChunkKey] = []
        var damaged: [ChunkKey] = []
    }

    let chunks: any ChunkStore
    let threads: NIOThreadPool

    /// Those of `keys` that are not here, each once, in order.
    func missing(of keys: [ChunkKey]) async throws(PeerError) -> [ChunkKey] {
        guard !keys.isEmpty else { return [] }
        return try await run { chunks throws(StorageError) in try Self.missing(of: keys, in: chunks) }
    }

    /// The chunks listed by `pages` that are not here, each once; and the pages that are not what they should be, which
    /// are removed. Throws `refused` for a page that is whole and yet unusable.
    func missingChunks(of pages: [PageReference]) async throws(PeerError) -> (
        chunks: [ChunkKey], damaged: [PageReference]
    ) {
        let (chunks, damaged, unusable) = try await run { store throws(StorageError) in
            var (listed, damaged, unusable): ([ChunkKey], [PageReference], PageError?) = ([], [], nil)
            for page in pages {
                let key = ChunkKey(page.id.bytes)
                guard let bytes = try store.read(key) else {
                    damaged.append(page)
                    continue
                }
                do throws(PageError) {
                    listed += try ChunkPage(bytes, named: page).references.map { ChunkKey($0.id.bytes) }
                } catch .notNamed {
                    try store.removeDamaged(key, readAs: bytes)
                    damaged.append(page)
                } catch {
                    unusable = error
                }
            }
            return (try Self.missing(of: listed, in: store), damaged, unusable)
        }
        if let unusable { throw .refused("a page cannot be used: \(unusable)") }
        return (chunks, damaged)
    }

    /// Checks what a peer sent against the names, and writes what is right.
    func write(_ sent: [SentChunk], domain: NameDomain, durability: ChunkDurability) async throws(PeerError) -> Taken {
        try await run { chunks throws(StorageError) in
            var taken = Taken()
            var right: [(key: ChunkKey, bytes: [UInt8])] = []
            for chunk in sent {
                guard let bytes = chunk.bytes else {
                    taken.absent.append(chunk.key)
                    continue
                }
                if domain.holds(bytes, named: chunk.key) {
                    right.append((chunk.key, bytes))
                    taken.bytes += bytes.count
                } else {
                    taken.damaged.append(chunk.key)
                }
            }
            if !right.isEmpty { try chunks.write(right, durability: durability) }
            taken.count = right.count
            return taken
        }
    }

    /// Those chunks and pages that a peer sent whole.
    func whole(_ sent: [SentChunk]) async throws(PeerError) -> [ChunkKey: [UInt8]] {
        try await run { _ throws(StorageError) in
            sent.reduce(into: [:]) { whole, chunk in
                guard let bytes = chunk.bytes, NameDomain.either.holds(bytes, named: chunk.key) else { return }
                whole[chunk.key] = bytes
            }
        }
    }

    /// Returns when everything written so far survives a crash.
    func secure() async throws(PeerError) {
        try await run { chunks throws(StorageError) in try chunks.secure() }
    }

    private static func missing(of keys: [ChunkKey], in chunks: any ChunkStore) throws(StorageError) -> [ChunkKey] {
        var seen: Set<ChunkKey> = []
        var missing: [ChunkKey] = []
        for key in keys where seen.insert(key).inserted {
            if try !chunks.contains(key) { missing.append(key) }
        }
        return missing
    }

    private func run<Value: Sendable>(
        _ body: @escaping @Sendable (any ChunkStore) throws(StorageError) -> Value
    ) async throws(PeerError) -> Value {
        let chunks = chunks
        do {
            return try await threads.runIfActive { try body(chunks) }
        } catch let error as StorageError {
            throw .storage(error)
        } catch is CancellationError {
            throw Task.isCancelled ? .cancelled : .stopped
        } catch {
            throw .stopped
        }
    }
}
