/// The 32-byte name of stored bytes; what it is a hash of is the caller's affair (`Chunking` checks it).
package struct ChunkKey: Hashable, Sendable {
    /// Exactly 32 bytes.
    package let bytes: [UInt8]

    /// A key of `bytes`, which must be 32.
    package init(_ bytes: [UInt8]) {
        precondition(bytes.count == 32, "a chunk key has 32 bytes, not \(bytes.count)")
        self.bytes = bytes
    }
}

/// How soon a written chunk survives a crash.
package enum ChunkDurability: Sendable {
    /// After the next `secure()`: for large transfers, one flush for many chunks.
    case deferred
    /// When the write returns: for small ones, which do not wait for the flush of large ones then.
    case synced
}

/// Content-addressed bytes, written once and never changed. Writing a chunk that is there already is harmless.
package protocol ChunkStore: Sendable {
    /// Whether the chunk is here: who hears yes need not write it.
    func contains(_ key: ChunkKey) throws(StorageError) -> Bool

    /// Whether the chunk is here now: who hears yes may not rely on it, for it may be swept.
    func isPresent(_ key: ChunkKey) throws(StorageError) -> Bool

    /// The bytes of a chunk as they were written, or nil. The caller verifies them against the name. What the engine
    /// itself finds damaged is not here.
    func read(_ key: ChunkKey) throws(StorageError) -> [UInt8]?

    /// Stores chunks, all or none.
    func write(_ chunks: [(key: ChunkKey, bytes: [UInt8])], durability: ChunkDurability) throws(StorageError)

    /// Returns when every chunk written before the call survives a crash. A receipt is given only after it.
    func secure() throws(StorageError)

    /// Removes chunks, for good when the call returns; nothing happens for those that are absent.
    func remove(_ keys: [ChunkKey]) throws(StorageError)

    /// Removes a chunk that was read as `bytes`, which its name does not belong to. Another may have found that too,
    /// and written it anew: then it stays.
    func removeDamaged(_ key: ChunkKey, readAs bytes: [UInt8]) throws(StorageError)

    /// Notes from now on which chunks are asked for or written, for `sweep` to spare them; forgets what it noted
    /// before.
    func beginSweep()

    /// Removes those of `keys` that nobody has asked for or written since `beginSweep`. Returns how many. Whoever asks
    /// whether a chunk is here either hears no, or may rely on it.
    func sweep(_ keys: [ChunkKey]) throws(StorageError) -> Int

    /// Nothing is noted any more, and nothing swept.
    func endSweep()

    /// Gives back the room of removed chunks, and returns how many bytes that were.
    /// - Parameter mayGoOn: asked often; when it says no, the rest is left to the next call.
    @discardableResult
    func reclaim(while mayGoOn: () -> Bool) throws(StorageError) -> Int

    /// Why no chunk is taken now; nil while they are.
    var refusal: StorageError? { get }

    /// How many chunks were found damaged or gone since the start.
    var losses: UInt64 { get }

    /// Up to `limit` names greater than `after`, ascending: how sets are compared.
    func keys(after: ChunkKey?, limit: Int) throws(StorageError) -> [ChunkKey]
}
