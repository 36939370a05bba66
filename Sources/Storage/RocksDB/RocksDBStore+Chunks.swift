import CRocksDB
import Storage
import Synchronization

/// How chunks are written and made durable. Kept with the store, because deferred writes are counted for it as a whole.
extension RocksDBStore {
    /// Deferred writes: how many began and returned, and how many of them a finished flush covers.
    ///
    /// A chunk can be seen by others before its write returns, and they give receipts for what they see: while a write is
    /// under way nothing counts as flushed.
    struct DeferredWrites {
        var underWay = 0
        var returned: UInt64 = 0
        var flushed: UInt64 = 0
    }

    /// Writes `batch` through the write-ahead log and syncs it.
    func writeSynced(_ batch: OpaquePointer?) throws(StorageError) {
        try rocksDB { rocksdb_write(database, syncedWriteOptions, batch, $0) }
    }

    /// Writes `batch` to memory only; `flushDeferred` makes it durable.
    func writeDeferred(_ batch: OpaquePointer?) throws(StorageError) {
        deferred.withLock { $0.underWay += 1 }
        defer {
            deferred.withLock {
                $0.underWay -= 1
                $0.returned += 1
            }
        }
        try rocksDB { rocksdb_write(database, deferredWriteOptions, batch, $0) }
    }

    /// Returns when everything that could be read before the call is in a table or blob file on disk. Does nothing when
    /// nothing was written since the last flush, so that a receipt for known bytes is cheap.
    func flushDeferred() throws(StorageError) {
        let target = deferred.withLock { $0.flushed < $0.returned || $0.underWay > 0 ? $0.returned : nil }
        guard let target else { return }
        let options = rocksdb_flushoptions_create()
        defer { rocksdb_flushoptions_destroy(options) }
        rocksdb_flushoptions_set_wait(options, 1)
        try rocksDB { rocksdb_flush_cf(database, options, blobs, $0) }
        deferred.withLock { $0.flushed = max($0.flushed, target) }
    }
}
