package import Chunking
package import Storage
import Synchronization

/// Chunks in pack files, found by an index in a key-value store.
///
/// A chunk is appended to a pack; when it is secured, the pack is flushed and then the index says where it lies, in one
/// synced batch. So the index never names bytes that a crash may lose, and bytes that it does not name are nobody's. A
/// chunk that is not secured yet is found in memory.
///
/// The packs carry no checksums: a chunk's name is the hash of its bytes, and the caller checks it. A start begins new
/// packs and leaves the old ones as they are; `reclaim` moves what is left of those that are mostly dead or small, and
/// removes them.
///
/// A chunk whose bytes are gone or wrong is forgotten, so that it is fetched from a peer. One that the disk cannot read
/// now is only passed over until the next start: it may be read again then, and a copy written meanwhile takes its
/// place.
///
/// Some of the disk is left to records: chunks are refused before there is no room for them, and taken again when there
/// is more.
///
/// What it does not do: know what names mean, decide what may be removed, retry. After a flush that failed nothing is
/// taken any more until the store is opened again: what the kernel forgot, nobody can name.
///
/// Why not blob files of RocksDB: see docs/decisions/0011.
package final class PackStore: ChunkStore {
    /// What becomes durable together: small chunks do not wait for the flush of large uploads.
    enum Lane: CaseIterable {
        case deferred
        case synced
    }

    /// Held while a lane is flushed.
    private final class Gate: Sendable {
        let mutex = Mutex(())
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
        /// Bytes after which a pack is full.
        let capacity: Int
        /// Packs with writes under way, and how many.
        var writers: [UInt64: Int] = [:]
        /// Packs that are read from.
        var readers: [UInt64: PackFile] = [:]
        /// Packs at the object store, and how many bytes each has.
        var remote: [UInt64: Int]
        /// Packs whose files leave the disk, or have left it.
        var leaving: Set<UInt64> = []
        /// When each pack was read last, counted in reads.
        var readAt: [UInt64: UInt64] = [:]
        var reads: UInt64 = 0
        var lastRead: UInt64 = 0
        /// Packs that were removed since the start.
        var removed: Set<UInt64> = []
        /// Chunks asked for while a sweep goes on; nil when none does, or when they became too many.
        var touched: Set<ChunkKey>?
        /// Chunks that are being swept: they count as absent.
        var sweeping: Set<ChunkKey> = []
        /// Where the disk could not be read since the start.
        var unreadable: Set<PackPlace> = []
        /// Chunks that were damaged, gone or not to be read since the start.
        var losses: UInt64 = 0
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

        /// Somebody asks for the chunk. When too many are asked for, this sweep spares all that is left.
        mutating func touch(_ key: ChunkKey) {
            touched?.insert(key)
            if let touched, touched.count > PackStore.touchedKept { self.touched = nil }
        }

        /// Whether the lane's pack has no room for so many bytes.
        func needsPack(for count: Int, in lane: Lane) -> Bool {
            guard let open = lanes[lane], open.file != nil else { return true }
            return open.end > 0 && open.end + count > capacity
        }

        /// The pack is read from. Only the second of two reads counts: who reads files reads on, and whoever looks through
        /// everything does so in no order.
        mutating func noteRead(_ pack: UInt64) {
            reads += 1
            if pack == lastRead { readAt[pack] = reads }
            lastRead = pack
        }

        /// Room in the lane's pack; nil when it has none.
        mutating func reserve(_ count: Int, in lane: Lane) throws(StorageError) -> (PackFile, offset: Int)? {
            if let failure { throw failure }
            guard !needsPack(for: count, in: lane), let open = lanes[lane], let file = open.file else { return nil }
            lanes[lane]?.end += count
            writers[file.number, default: 0] += 1
            return (file, open.end)
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
    /// Where packs go that the disk shall not hold; nil when it holds them all.
    let objects: PackObjects?
    let remotePacks: RemotePacks?
    let onDamage: @Sendable (ChunkKey, String) -> Void
    let state: Mutex<State>
    /// Held while the index changes; before `state`, never after it.
    let indexing = Mutex(())
    /// Held while a pack is made: nobody else waits for the disk.
    private let creating = Mutex(())
    /// Held while the lane is flushed; before `indexing`.
    private let gates = Dictionary(uniqueKeysWithValues: Lane.allCases.map { ($0, Gate()) })
    /// Held by whoever reclaims.
    let reclaiming = Mutex(())

    /// Why nothing is taken any more, once; whoever owns the store must end what relies on it.
    package let failures: AsyncStream<StorageError>
    private let failureSink: AsyncStream<StorageError>.Continuation

    /// Files that are kept open for reading.
    private static let readersKept = 128
    /// Chunks that may be unsecured, in each lane: some megabytes of memory, and gigabytes of chunks.
    private static let unsecuredKept = 32_768
    /// Chunks that may be asked for while a sweep goes on: some hundred megabytes of memory, and 64 GiB of uploads.
    private static let touchedKept = 1 << 20
    /// Places that may be unreadable before the disk is taken for broken.
    private static let unreadableKept = 10_000
    /// The highest number that a pack had whose chunks were secured: a number is never used again.
    private static let newestKey = Array("newest pack".utf8)

    /// The store of the packs in `directory`, which exists.
    /// - Parameters:
    ///   - index: says where each chunk lies, in `Space.chunks`.
    ///   - codec: how chunks are made smaller.
    ///   - objects: where packs go that the disk shall not hold for ever.
    ///   - onDamage: told of each chunk that cannot be had from its pack; it is removed, so that it is fetched from a peer.
    package init(
        directory: String, index: any KeyValueStore, codec: ChunkCodec, objects: PackObjects? = nil,
        onDamage: @escaping @Sendable (ChunkKey, String) -> Void = { _, _ in }
    ) throws(StorageError) {
        self.directory = directory
        self.index = index
        self.codec = codec
        self.objects = objects
        remotePacks = objects.map { RemotePacks(store: $0.store) }
        self.onDamage = onDamage
        (failures, failureSink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        let secured = try index.value(for: Self.newestKey, in: .local) ?? []
        let remote = try Self.remotePacks(in: index)
        let newest = try (PackFile.all(in: directory).keys.max() ?? 0, remote.keys.max() ?? 0)
        let last = max(newest.0, newest.1, secured.reduce(0) { $0 << 8 | UInt64($1) })
        let capacity = objects?.packBytes ?? PackFile.capacity
        state = Mutex(State(nextPack: last + 1, capacity: capacity, remote: remote))
    }

    package var refusal: StorageError? { state.withLock(\.failure) ?? PackFile.shortage(in: directory) }

    package var losses: UInt64 { state.withLock(\.losses) }

    /// How many packs lie at the object store; without it their chunks cannot be read.
    package var remoteCount: Int { state.withLock { $0.remote.count } }

    /// Bytes that all packs on the disk have together, of chunks that were removed too.
    package var bytesOnDisk: UInt64 {
        get throws(StorageError) { UInt64(try PackFile.all(in: directory).values.reduce(0, +)) }
    }

    package func contains(_ key: ChunkKey) throws(StorageError) -> Bool {
        // First: a sweep that comes after it spares the chunk, and one that came before it is seen.
        state.withLock { $0.touch(key) }
        return try place(of: key) != nil
    }

    package func isPresent(_ key: ChunkKey) throws(StorageError) -> Bool { try place(of: key) != nil }

    package func read(_ key: ChunkKey) throws(StorageError) -> [UInt8]? {
        var (tried, problem): (PackPlace?, String) = (nil, "")
        // Once more when it was moved meanwhile.
        while let place = try place(of: key), place != tried {
            tried = place
            switch try content(at: place) {
            case .whole(let bytes): return bytes
            case .damaged(let reason): problem = reason
            case .unreadable: try passOver(place)
            }
        }
        if let tried, !problem.isEmpty { try forget(key, at: tried, problem) }
        return nil
    }

    package func write(_ chunks: [(key: ChunkKey, bytes: [UInt8])], durability: ChunkDurability) throws(StorageError) {
        var (new, seen): ([(key: ChunkKey, chunk: CodedChunk)], Set<ChunkKey>) = ([], [])
        for (key, bytes) in chunks where seen.insert(key).inserted {
            if try !contains(key) { new.append((key, codec.encode(bytes))) }
        }
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

    package func remove(_ keys: [ChunkKey]) throws(StorageError) {
        try indexing.withLock { _ throws(StorageError) in try removeFromIndex(keys) }
    }

    package func removeDamaged(_ key: ChunkKey, readAs bytes: [UInt8]) throws(StorageError) {
        // Read before, for it may take long.
        guard let found = try place(of: key), case .whole(bytes) = try content(at: found) else { return }
        try indexing.withLock { _ throws(StorageError) in
            guard try place(of: key) == found else { return }
            try removeFromIndex([key])
            state.withLock { $0.losses += 1 }
        }
    }

    package func beginSweep() { state.withLock { $0.touched = [] } }

    package func sweep(_ keys: [ChunkKey]) throws(StorageError) -> Int {
        // Held all the time: nobody secures a chunk anew whose place is then removed.
        try indexing.withLock { _ throws(StorageError) in
            var present: [ChunkKey] = []
            for key in keys where try index.value(for: key.bytes, in: .chunks) != nil { present.append(key) }
            let doomed = state.withLock { state in
                state.sweeping = Set(
                    present.filter { key in
                        state.touched.map { !$0.contains(key) } ?? false && state.unsecured(key) == nil
                    })
                return state.sweeping
            }
            defer { state.withLock { $0.sweeping = [] } }
            guard !doomed.isEmpty else { return 0 }
            var batch = WriteBatch()
            for key in doomed { batch.delete(key.bytes, in: .chunks) }
            try index.write(batch, synced: true)
            return doomed.count
        }
    }

    package func endSweep() { state.withLock { $0.touched = nil } }

    package func keys(after: ChunkKey?, limit: Int) throws(StorageError) -> [ChunkKey] {
        // First: what is secured in between is in the index by then.
        let unsecured = state.withLock { $0.lanes.values.flatMap(\.unsecured.keys) }
        let range = KeyRange(lower: after.map { $0.bytes + [0] } ?? [], upper: nil)
        let indexed = try index.records(in: range, of: .chunks, limit: limit, reversed: false).map(\.key)
        // Only those in between are put in order: a large upload has many, and this is called for every thousand chunks.
        let end = indexed.count == limit ? indexed.last : nil
        let between = unsecured.map(\.bytes).filter { key in
            if let after, !after.bytes.lexicographicallyPrecedes(key) { return false }
            return end.map { key.lexicographicallyPrecedes($0) } ?? true
        }
        let all = Set(indexed).union(between).sorted { $0.lexicographicallyPrecedes($1) }.map { ChunkKey($0) }
        return Array(all.prefix(limit))
    }
}

extension PackStore {
    /// What stands where a chunk should be.
    enum Content: Equatable {
        case whole([UInt8])
        case damaged(String)
        /// The disk cannot say now.
        case unreadable
    }

    private func place(of key: ChunkKey) throws(StorageError) -> PackPlace? {
        let (unsecured, isSwept) = state.withLock { ($0.unsecured(key), $0.sweeping.contains(key)) }
        if let unsecured { return unsecured }
        if isSwept { return nil }
        if let bytes = try index.value(for: key.bytes, in: .chunks) {
            let place = try PackPlace(bytes)
            return state.withLock { $0.unreadable.contains(place) } ? nil : place
        }
        // It may have been secured, or its pack cleared, between the two looks.
        return state.withLock { $0.unsecured(key) }
    }

    private func content(at place: PackPlace) throws(StorageError) -> Content {
        switch try read(place) {
        case nil: return .damaged("its pack is gone")
        case .unreadable: return .unreadable
        case .short: return .damaged("its pack is shorter")
        case .whole(let bytes):
            let coded = CodedChunk(codec: place.codec, plainCount: place.plainCount, bytes: bytes)
            return codec.decode(coded).map { .whole($0) } ?? .damaged("it cannot be decoded")
        }
    }

    /// The chunk at `place` counts as absent until the next start.
    private func passOver(_ place: PackPlace) throws(StorageError) {
        let count = state.withLock { state in
            state.unreadable.insert(place)
            state.losses += 1
            return state.unreadable.count
        }
        if count > Self.unreadableKept { throw fail(.failed("\(count) chunks cannot be read from this disk")) }
    }

    /// Removes a chunk that is damaged at `place`, unless it lies elsewhere by now.
    func forget(_ key: ChunkKey, at place: PackPlace, _ problem: String) throws(StorageError) {
        let isForgotten = try indexing.withLock { _ throws(StorageError) in
            let unsecured = state.withLock { $0.unsecured(key)?.bytes }
            let indexed = try index.value(for: key.bytes, in: .chunks)
            guard (unsecured ?? indexed) == place.bytes else { return false }
            try removeFromIndex([key])
            state.withLock { $0.losses += 1 }
            return true
        }
        if isForgotten { onDamage(key, "pack \(place.pack), \(place.count) bytes at \(place.offset): \(problem)") }
    }

    /// To be called while `indexing` is held. Synced: bytes of which a receipt may speak are not to come and go.
    private func removeFromIndex(_ keys: [ChunkKey]) throws(StorageError) {
        var batch = WriteBatch()
        for key in keys { batch.delete(key.bytes, in: .chunks) }
        try index.write(batch, synced: true)
        state.withLock { state in
            for lane in Lane.allCases { for key in keys { state.lanes[lane]?.unsecured[key] = nil } }
        }
    }

    /// Nothing is taken from now on. Returns `failure`, to be thrown.
    private func fail(_ failure: StorageError) -> StorageError {
        state.withLock { $0.failure = failure }
        failureSink.yield(failure)
        return failure
    }

    /// The bytes at `place`, wherever its pack is; nil when that is gone.
    func read(_ place: PackPlace) throws(StorageError) -> PackFile.Found? {
        // Once more when the pack went elsewhere meanwhile.
        for _ in 0..<2 {
            if let file = try file(place.pack) {
                state.withLock { $0.noteRead(place.pack) }
                return try file.read(place.count, at: place.offset)
            }
            guard let size = state.withLock({ $0.remote[place.pack] }) else { continue }
            let found = try remotePacks?.read(place.count, at: place.offset, of: place.pack, size: size)
            if let found { return found }
        }
        return nil
    }

    /// The pack's file, to read from; nil when it is not on the disk.
    private func file(_ number: UInt64) throws(StorageError) -> PackFile? {
        if let file = state.withLock({ $0.readers[number] }) { return file }
        guard let file = try PackFile.open(number, in: directory) else { return nil }
        state.withLock { state in
            // Whoever has a removed pack open keeps its room.
            guard !state.removed.contains(number), !state.leaving.contains(number) else { return }
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
        while true {
            let reserved = try state.withLock { state throws(StorageError) in try state.reserve(count, in: lane) }
            if let reserved { return reserved }
            try openPack(for: count, in: lane)
        }
    }

    private func openPack(for count: Int, in lane: Lane) throws(StorageError) {
        try creating.withLock { _ throws(StorageError) in
            let number = state.withLock { state -> UInt64? in
                // Another may have made one.
                guard state.needsPack(for: count, in: lane) else { return nil }
                defer { state.nextPack += 1 }
                // So that nobody removes it as empty.
                state.writers[state.nextPack] = 1
                return state.nextPack
            }
            guard let number else { return }
            defer { state.withLock { $0.release(number) } }
            let file = try PackFile.create(number, in: directory)
            state.withLock { state in
                state.lanes[lane]?.file = file
                state.lanes[lane]?.end = 0
            }
        }
    }

    /// Flushes what the lanes have written, and then enters it in the index.
    func secure(_ lanes: [Lane]) throws(StorageError) {
        for lane in lanes {
            try gates[lane]?.mutex.withLock { _ throws(StorageError) in try secure(lane) }
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
            // Whatever the reason: what the kernel did not write it may have forgotten.
            do { try file.synchronise() } catch { throw fail(.failed(error.detail)) }
        }
        try indexing.withLock { _ throws(StorageError) in
            let left = state.withLock { state in
                // Some may have been removed, or written again elsewhere.
                unsecured.filter { state.lanes[lane]?.unsecured[$0.key] == $0.value }
            }
            var batch = WriteBatch()
            for (key, place) in left { batch.put(place.bytes, for: key.bytes, in: .chunks) }
            let newest = state.withLock { $0.nextPack - 1 }
            batch.put(PackPlace.bytes(of: newest), for: Self.newestKey, in: .local)
            try index.write(batch, synced: true)
            state.withLock { $0.secured(left, in: lane) }
        }
    }
}
