package import Chunking
package import Storage
import Synchronization

/// Chunks in pack files, found by an index in a key-value store.
///
/// A chunk is appended to a pack; when it is secured, the pack is flushed and then the index says where it lies, in one synced
/// batch. So the index never names bytes that a crash may lose, and bytes that it does not name are nobody's. A chunk that
/// is not secured yet is found in memory.
///
/// The packs carry no checksums: a chunk's name is the hash of its bytes, and the caller checks it. A start begins new packs
/// and leaves the old ones as they are; `reclaim` moves what is left of those that are mostly dead or small, and removes them.
///
/// Some of the disk is left to records: chunks are refused before there is no room for them, and taken again when there is more.
///
/// What it does not do: know what names mean, decide what may be removed, retry. After a flush that failed nothing is taken any
/// more until the store is opened again: what the kernel forgot, nobody can name.
///
/// Why not blob files of RocksDB: see docs/decisions/0011.
package final class PackStore: ChunkStore {
    /// What becomes durable together: small chunks are not to wait for large uploads.
    enum Lane: CaseIterable {
        case deferred
        case synced
    }

    /// The pack that a lane appends to, and what it has written and not secured.
    struct Open {
        var file: PackFile?
        var end = 0
        var unsecured: [ChunkKey: PackPlace] = [:]
        /// The packs that hold it.
        var unsynced: [UInt64: PackFile] = [:]
    }

    struct State {
        var lanes = Dictionary(uniqueKeysWithValues: Lane.allCases.map { ($0, Open()) })
        var nextPack: UInt64
        /// Packs with writes under way, and how many.
        var writers: [UInt64: Int] = [:]
        /// Packs that are read from.
        var readers: [UInt64: PackFile] = [:]
        /// Why nothing is taken any more.
        var failure: StorageError?

        func unsecured(_ key: ChunkKey) -> PackPlace? {
            for open in lanes.values { if let place = open.unsecured[key] { return place } }
            return nil
        }

        /// These were written to `file`.
        mutating func written(_ places: [ChunkKey: PackPlace], to file: PackFile, in lane: Lane) {
            lanes[lane]?.unsecured.merge(places) { $1 }
            lanes[lane]?.unsynced[file.number] = file
        }

        /// These are in the index now.
        mutating func secured(_ places: [ChunkKey: PackPlace], in lane: Lane) {
            guard var open = lanes[lane] else { return }
            for (key, place) in places where open.unsecured[key] == place { open.unsecured[key] = nil }
            let left = Set(open.unsecured.values.map(\.pack))
            open.unsynced = open.unsynced.filter { left.contains($0.key) }
            lanes[lane] = open
        }

        /// A write to the pack has ended.
        mutating func release(_ pack: UInt64) {
            let left = (writers[pack] ?? 1) - 1
            writers[pack] = left > 0 ? left : nil
        }
    }

    let index: any KeyValueStore
    let directory: String
    let codec: ChunkCodec
    let onDamage: @Sendable (ChunkKey, String) -> Void
    let state: Mutex<State>
    /// Held while the index changes; before `state`, never after it.
    let indexing = Mutex(())

    /// Why nothing is taken any more, once; whoever owns the store must end what relies on it.
    package let failures: AsyncStream<StorageError>
    private let failureSink: AsyncStream<StorageError>.Continuation

    /// Files that are kept open for reading.
    private static let readersKept = 128
    /// Chunks that may be unsecured, in each lane: some megabytes of memory, and gigabytes of chunks.
    private static let unsecuredKept = 32_768

    /// The store of the packs in `directory`, which exists.
    /// - Parameters:
    ///   - index: says where each chunk lies, in `Space.chunks`.
    ///   - codec: how chunks are made smaller.
    ///   - onDamage: told of each chunk that cannot be had from its pack; it is removed, so that it is fetched from a peer.
    package init(
        directory: String, index: any KeyValueStore, codec: ChunkCodec,
        onDamage: @escaping @Sendable (ChunkKey, String) -> Void = { _, _ in }
    ) throws(StorageError) {
        self.directory = directory
        self.index = index
        self.codec = codec
        self.onDamage = onDamage
        (failures, failureSink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        let newest = try PackFile.all(in: directory).keys.max() ?? 0
        state = Mutex(State(nextPack: newest + 1))
    }

    package var refusal: StorageError? { state.withLock(\.failure) ?? PackFile.shortage(in: directory) }

    package func contains(_ key: ChunkKey) throws(StorageError) -> Bool { try place(of: key) != nil }

    package func read(_ key: ChunkKey) throws(StorageError) -> [UInt8]? {
        guard var place = try place(of: key) else { return nil }
        var problem = "its pack is gone"
        for _ in 0..<2 {
            if let file = try file(place.pack) {
                let bytes = try file.read(place.count, at: place.offset)
                let coded = bytes.map { CodedChunk(codec: place.codec, plainCount: place.plainCount, bytes: $0) }
                if let plain = coded.flatMap({ codec.decode($0) }) { return plain }
                problem = bytes == nil ? "its pack is shorter, or cannot be read there" : "it cannot be decoded"
            }
            // It may have been moved meanwhile.
            guard let now = try self.place(of: key) else { return nil }
            guard now != place else { break }
            place = now
        }
        onDamage(key, "pack \(place.pack), \(place.count) bytes at \(place.offset): \(problem)")
        try remove(key)
        return nil
    }

    package func write(_ chunks: [(key: ChunkKey, bytes: [UInt8])], durability: ChunkDurability) throws(StorageError) {
        var new: [(key: ChunkKey, chunk: CodedChunk)] = []
        for (key, bytes) in chunks where try !contains(key) { new.append((key, codec.encode(bytes))) }
        let lane: Lane
        switch durability {
        case .deferred: lane = .deferred
        case .synced: lane = .synced
        }
        try append(new, to: lane)
        let isMuch = state.withLock { ($0.lanes[lane]?.unsecured.count ?? 0) > Self.unsecuredKept }
        if case .synced = durability {
            // Another may have written some of them, and not secured them.
            let others = state.withLock { state in
                chunks.contains { state.lanes[.deferred]?.unsecured[$0.key] != nil }
            }
            try secure(others ? Lane.allCases : [.synced])
        } else if isMuch {
            try secure([.deferred])
        }
    }

    package func secure() throws(StorageError) { try secure(Lane.allCases) }

    package func remove(_ key: ChunkKey) throws(StorageError) {
        try indexing.withLock { _ throws(StorageError) in
            state.withLock { state in
                for lane in Lane.allCases { state.lanes[lane]?.unsecured[key] = nil }
            }
            var batch = WriteBatch()
            batch.delete(key.bytes, in: .chunks)
            // Not synced: who comes back after a crash is removed again.
            try index.write(batch, synced: false)
        }
    }

    package func keys(after: ChunkKey?, limit: Int) throws(StorageError) -> [ChunkKey] {
        // First: what is secured in between is in the index by then.
        let unsecured = state.withLock { state in
            state.lanes.values.flatMap(\.unsecured.keys).filter { key in
                after.map { $0.bytes.lexicographicallyPrecedes(key.bytes) } ?? true
            }
        }
        let range = KeyRange(lower: after.map { $0.bytes + [0] } ?? [], upper: nil)
        let indexed = try index.records(in: range, of: .chunks, limit: limit, reversed: false).map { ChunkKey($0.key) }
        let all = Set(indexed).union(unsecured).sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        return Array(all.prefix(limit))
    }
}

extension PackStore {
    private func place(of key: ChunkKey) throws(StorageError) -> PackPlace? {
        if let place = state.withLock({ $0.unsecured(key) }) { return place }
        if let bytes = try index.value(for: key.bytes, in: .chunks) { return try PackPlace(bytes) }
        // It may have been secured, or its pack cleared, between the two looks.
        return state.withLock { $0.unsecured(key) }
    }

    /// The pack's file, to read from; nil when it is gone.
    func file(_ number: UInt64) throws(StorageError) -> PackFile? {
        if let file = state.withLock({ $0.readers[number] }) { return file }
        guard let file = try PackFile.open(number, in: directory) else { return nil }
        state.withLock { state in
            if state.readers.count >= Self.readersKept, let any = state.readers.keys.first { state.readers[any] = nil }
            state.readers[number] = file
        }
        return file
    }

    /// Writes chunks to a lane's pack. They are found from then on, and secured later.
    private func append(_ chunks: [(key: ChunkKey, chunk: CodedChunk)], to lane: Lane) throws(StorageError) {
        try put(chunks, to: lane) { file, places in
            state.withLock { $0.written(places, to: file, in: lane) }
        }
    }

    /// Writes chunks to a lane's pack, and tells `body` where they are.
    func put(
        _ chunks: [(key: ChunkKey, chunk: CodedChunk)], to lane: Lane,
        _ body: (PackFile, [ChunkKey: PackPlace]) throws(StorageError) -> Void
    ) throws(StorageError) {
        guard !chunks.isEmpty else { return }
        let (file, offset) = try reserve(chunks.reduce(0) { $0 + $1.chunk.bytes.count }, in: lane)
        defer { state.withLock { $0.release(file.number) } }
        try file.write(chunks.map(\.chunk.bytes), at: offset)
        var (places, position): ([ChunkKey: PackPlace], Int) = ([:], offset)
        for (key, chunk) in chunks {
            places[key] = PackPlace(pack: file.number, offset: position, chunk: chunk)
            position += chunk.bytes.count
        }
        try body(file, places)
    }

    /// Room for `count` bytes in a lane's pack, or in a new one.
    private func reserve(_ count: Int, in lane: Lane) throws(StorageError) -> (PackFile, offset: Int) {
        if let shortage = PackFile.shortage(in: directory) { throw shortage }
        return try state.withLock { state throws(StorageError) in
            if let failure = state.failure { throw failure }
            var open = state.lanes[lane] ?? Open()
            if open.file == nil || open.end + count > PackFile.capacity {
                let number = state.nextPack
                state.nextPack += 1
                open.file = try PackFile.create(number, in: directory)
                open.end = 0
            }
            guard let file = open.file else { throw .failed("no pack is open") }
            let offset = open.end
            open.end += count
            state.lanes[lane] = open
            state.writers[file.number, default: 0] += 1
            return (file, offset)
        }
    }

    /// Flushes what the lanes have written, and then enters it in the index.
    private func secure(_ lanes: [Lane]) throws(StorageError) {
        try indexing.withLock { _ throws(StorageError) in
            for lane in lanes { try secure(lane) }
        }
    }

    private func secure(_ lane: Lane) throws(StorageError) {
        let (unsecured, files) = try state.withLock { state throws(StorageError) in
            if let failure = state.failure { throw failure }
            let open = state.lanes[lane] ?? Open()
            return (open.unsecured, open.unsynced)
        }
        guard !unsecured.isEmpty else { return }
        for file in files.values {
            do { try file.synchronise() } catch {
                // Whatever the reason: what the kernel did not write it may have forgotten.
                let failure = StorageError.failed(error.detail)
                state.withLock { $0.failure = failure }
                failureSink.yield(failure)
                throw failure
            }
        }
        var batch = WriteBatch()
        for (key, place) in unsecured { batch.put(place.bytes, for: key.bytes, in: .chunks) }
        try index.write(batch, synced: true)
        state.withLock { $0.secured(unsecured, in: lane) }
    }
}
