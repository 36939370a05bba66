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
    /// Whether the chunk is here.
    func contains(_ key: ChunkKey) throws(StorageError) -> Bool

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

    /// Why no chunk is taken now; nil while they are.
    var refusal: StorageError? { get }

    /// Up to `limit` names greater than `after`, ascending: how sets are compared.
    func keys(after: ChunkKey?, limit: Int) throws(StorageError) -> [ChunkKey]
}
