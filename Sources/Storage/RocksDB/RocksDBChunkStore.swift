import CRocksDB
package import Storage

/// The chunks of a RocksDB database.
package struct RocksDBChunkStore: ChunkStore {
    private let store: RocksDBStore
    private let onDamage: @Sendable (ChunkKey, String) -> Void

    init(store: RocksDBStore, onDamage: @escaping @Sendable (ChunkKey, String) -> Void) {
        self.store = store
        self.onDamage = onDamage
    }

    /// A bloom filter answers for what is absent; what may be present is read, because a key alone cannot be had.
    package func contains(_ key: ChunkKey) throws(StorageError) -> Bool {
        let mayExist = key.bytes.withCharacters {
            rocksdb_key_may_exist_cf(
                store.database, store.chunkReadOptions, store.blobs, $0, $1, nil, nil, nil, 0, nil)
        }
        guard mayExist != 0 else { return false }
        return try present(key) { () throws(StorageError) in
            let slice = try rocksDB { error in
                key.bytes.withCharacters {
                    rocksdb_get_pinned_cf(store.database, store.chunkReadOptions, store.blobs, $0, $1, error)
                }
            }
            rocksdb_pinnableslice_destroy(slice)
            return slice == nil ? nil : true
        } ?? false
    }

    /// RocksDB's own checksum is not verified: it is computed in software here, and the caller checks the chunk's name.
    package func read(_ key: ChunkKey) throws(StorageError) -> [UInt8]? {
        try present(key) { () throws(StorageError) in
            try store.value(for: key.bytes, in: store.blobs, store.chunkReadOptions)
        }
    }

    /// What the engine finds damaged is not here: it is removed, so that it is fetched from a peer.
    private func present<Value>(_ key: ChunkKey, _ body: () throws(StorageError) -> Value?) throws(StorageError)
        -> Value?
    {
        do { return try body() } catch {
            guard case .corrupted(let detail) = error else { throw error }
            onDamage(key, detail)
            try remove(key)
            return nil
        }
    }

    package func write(_ chunks: [(key: ChunkKey, bytes: [UInt8])], durability: ChunkDurability) throws(StorageError) {
        let batch = rocksdb_writebatch_create()
        defer { rocksdb_writebatch_destroy(batch) }
        for chunk in chunks {
            chunk.key.bytes.withCharacters { key, keyCount in
                chunk.bytes.withCharacters { bytes, count in
                    rocksdb_writebatch_put_cf(batch, store.blobs, key, keyCount, bytes, count)
                }
            }
        }
        switch durability {
        case .synced: try store.writeSynced(batch)
        case .deferred: try store.writeDeferred(batch)
        }
    }

    package func secure() throws(StorageError) { try store.flushDeferred() }

    package func remove(_ key: ChunkKey) throws(StorageError) {
        let batch = rocksdb_writebatch_create()
        defer { rocksdb_writebatch_destroy(batch) }
        key.bytes.withCharacters { rocksdb_writebatch_delete_cf(batch, store.blobs, $0, $1) }
        try store.writeSynced(batch)
    }

    package func keys(after: ChunkKey?, limit: Int) throws(StorageError) -> [ChunkKey] {
        let range = KeyRange(lower: after.map { $0.bytes + [0] } ?? [], upper: nil)
        let records = try store.records(
            in: range, of: store.blobs, limit: limit, reversed: false, store.chunkReadOptions)
        return records.map { ChunkKey($0.key) }
    }
}
