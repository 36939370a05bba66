import CRocksDB
import Storage
import Synchronization

/// How chunks are written and made durable. Kept with the store, because deferred writes are counted for it as a whole.
extension RocksDBStore {
    /// Deferred writes so far, and how many of them a finished flush covers.
    struct DeferredWrites {
        var written: UInt64 = 0
        var flushed: UInt64 = 0
    }

    /// Writes `batch` through the write-ahead log and syncs it.
    func writeSynced(_ batch: OpaquePointer?) throws(StorageError) {
        try rocksDB { rocksdb_write(database, syncedWriteOptions, batch, $0) }
    }

    /// Writes `batch` to memory only; `flushDeferred` makes it durable.
    func writeDeferred(_ batch: OpaquePointer?) throws(StorageError) {
        try rocksDB { rocksdb_write(database, deferredWriteOptions, batch, $0) }
        deferred.withLock { $0.written += 1 }
    }

    /// Returns when every deferred write that returned before the call is in a table or blob file on disk. Does nothing
    /// when there was none since the last flush, so that a receipt for known bytes is cheap.
    func flushDeferred() throws(StorageError) {
        let target = deferred.withLock { $0.flushed < $0.written ? $0.written : nil }
        guard let target else { return }
        let options = rocksdb_flushoptions_create()
        defer { rocksdb_flushoptions_destroy(options) }
        rocksdb_flushoptions_set_wait(options, 1)
        try rocksDB { rocksdb_flush_cf(database, options, blobs, $0) }
        deferred.withLock { $0.flushed = max($0.flushed, target) }
    }
}
