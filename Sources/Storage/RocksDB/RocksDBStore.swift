import CRocksDB
import Glibc
package import Storage
import Synchronization

/// The ports over one RocksDB database, through its C API: the only files that see its pointers.
///
/// A column family for each `Space`. Batches of all families share one write-ahead log, so a crash keeps a prefix of
/// them.
///
/// What it does not do: know what the records mean; hold chunks, but those of earlier builds (`forEachBlob`); retry.
/// After `StorageError.failed` nothing may be assumed of the last write: close and open again.
///
/// Why not a Swift wrapper: none is kept well, and the surface used here is twenty functions.
package final class RocksDBStore: KeyValueStore, @unchecked Sendable {  // RocksDB is thread-safe; handles never change.
    let database: OpaquePointer
    private let handles: [OpaquePointer]
    private let families: [Space: OpaquePointer]
    /// Whether the families of `state` and `incoming` have changed places. Held while a snapshot is made and while they
    /// change.
    private let areExchanged = Mutex(false)
    /// Chunks of builds that kept them in blob files; nil where there are none.
    private let blobs: OpaquePointer?
    private let writeOptions: OpaquePointer?
    private let syncedWriteOptions: OpaquePointer?
    private let readOptions: OpaquePointer?
    private let isClosed = Mutex(false)

    private static let blobsName = "blobs"
    /// In the default family, which holds nothing else: 1 when the states have changed places.
    private static let exchangeKey = Array("states exchanged".utf8)

    /// Opens the database in `directory`, and creates it when there is none.
    package init(directory: String) throws(StorageError) {
        let cache = RocksDBOptions.cache()
        defer { rocksdb_cache_destroy(cache) }
        let options = RocksDBOptions.database()
        let hasBlobs = Self.families(of: directory, options).contains(Self.blobsName)
        let names = ["default"] + Space.allCases.map(\.rawValue) + (hasBlobs ? [Self.blobsName] : [])
        let familyOptions = names.map { _ in RocksDBOptions.records(cache: cache) }
        defer {
            rocksdb_options_destroy(options)
            for options in familyOptions { rocksdb_options_destroy(options) }
        }
        let opened = try Self.open(directory, options, names, familyOptions)
        database = opened.database
        handles = opened.handles
        let byName = Dictionary(uniqueKeysWithValues: zip(names, opened.handles))
        families = Dictionary(
            uniqueKeysWithValues: Space.allCases.compactMap { space in
                byName[space.rawValue].map { (space, $0) }
            })
        guard families.count == Space.allCases.count else {
            throw .failed("a column family is missing after opening \(directory)")
        }
        blobs = byName[Self.blobsName]
        writeOptions = rocksdb_writeoptions_create()
        syncedWriteOptions = rocksdb_writeoptions_create()
        rocksdb_writeoptions_set_sync(syncedWriteOptions, 1)
        readOptions = rocksdb_readoptions_create()
        let exchanged = try value(for: Self.exchangeKey, in: handles[0], readOptions) == [1]
        areExchanged.withLock { $0 = exchanged }
    }

    deinit { close() }

    /// Flushes and closes the database; anything that still uses it afterwards is a defect. Harmless when called again.
    package func close() {
        let wasClosed = isClosed.withLock { closed in
            defer { closed = true }
            return closed
        }
        guard !wasClosed else { return }
        rocksdb_cancel_all_background_work(database, 1)
        for handle in handles { rocksdb_column_family_handle_destroy(handle) }
        rocksdb_close(database)
        rocksdb_writeoptions_destroy(writeOptions)
        rocksdb_writeoptions_destroy(syncedWriteOptions)
        rocksdb_readoptions_destroy(readOptions)
    }

    /// Bytes of the chunks that an earlier build kept here; nil where it kept none.
    package var blobBytes: UInt64? {
        guard let blobs else { return nil }
        var count: UInt64 = 0
        _ = rocksdb_property_int_cf(database, blobs, "rocksdb.live-blob-file-size", &count)
        return count
    }

    /// The chunks that an earlier build kept here, a few at a time. Their names tell whether they are whole: one that
    /// is not does not hold up the others.
    package func forEachBlob(
        _ body: ([(key: ChunkKey, bytes: [UInt8])]) throws(StorageError) -> Void
    ) throws(StorageError) {
        guard let blobs else { return }
        let options = rocksdb_readoptions_create()
        defer { rocksdb_readoptions_destroy(options) }
        rocksdb_readoptions_set_verify_checksums(options, 0)
        var lower: [UInt8] = []
        while true {
            let records = try records(
                in: KeyRange(lower: lower, upper: nil), of: blobs, limit: 64, reversed: false, options)
            guard let last = records.last else { return }
            try body(records.map { (ChunkKey($0.key), $0.value) })
            lower = last.key + [0]
        }
    }

    /// Removes them, and what held them.
    package func dropBlobs() throws(StorageError) {
        guard let blobs else { return }
        try rocksDB { rocksdb_drop_column_family(database, blobs, $0) }
    }

    package func value(for key: [UInt8], in space: Space) throws(StorageError) -> [UInt8]? {
        try read { family throws(StorageError) in try value(for: key, in: family(space), readOptions) }
    }

    package func records(in range: KeyRange, of space: Space, limit: Int, reversed: Bool) throws(StorageError)
        -> [KeyValue]
    {
        try read { family throws(StorageError) in
            try records(in: range, of: family(space), limit: limit, reversed: reversed, readOptions)
        }
    }

    /// Reads, and once more when the states changed places meanwhile: what was read may have been emptied under the
    /// reader.
    private func read<Value>(
        _ body: (_ family: (Space) -> OpaquePointer) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        while true {
            let before = areExchanged.withLock { $0 }
            let value = try body { self.handle($0, areExchanged: before) }
            if areExchanged.withLock({ $0 }) == before { return value }
        }
    }

    package func write(_ batch: WriteBatch, synced: Bool) throws(StorageError) {
        let native = rocksdb_writebatch_create()
        defer { rocksdb_writebatch_destroy(native) }
        let options = synced ? syncedWriteOptions : writeOptions
        guard batch.operations.contains(.exchangeStates) else {
            fill(native, with: batch, areExchanged: areExchanged.withLock { $0 })
            return try rocksDB { rocksdb_write(database, options, native, $0) }
        }
        // Nobody may take a snapshot between the write and the note of it.
        try areExchanged.withLock { areExchanged throws(StorageError) in
            let after = fill(native, with: batch, areExchanged: areExchanged)
            try rocksDB { rocksdb_write(database, options, native, $0) }
            areExchanged = after
        }
    }

    /// Translates `batch`. Returns whether the states have changed places after it.
    @discardableResult
    private func fill(_ native: OpaquePointer?, with batch: WriteBatch, areExchanged: Bool) -> Bool {
        var areExchanged = areExchanged
        for operation in batch.operations {
            switch operation {
            case .put(let space, let key, let value):
                put(value, for: key, in: handle(space, areExchanged: areExchanged), of: native)
            case .delete(let space, let key):
                let family = handle(space, areExchanged: areExchanged)
                key.withCharacters { rocksdb_writebatch_delete_cf(native, family, $0, $1) }
            case .deleteRange(let space, let lower, let upper):
                let family = handle(space, areExchanged: areExchanged)
                lower.withCharacters { lower, lowerCount in
                    upper.withCharacters { upper, upperCount in
                        rocksdb_writebatch_delete_range_cf(native, family, lower, lowerCount, upper, upperCount)
                    }
                }
            case .exchangeStates:
                areExchanged.toggle()
                put([areExchanged ? 1 : 0], for: Self.exchangeKey, in: handles[0], of: native)
            }
        }
        return areExchanged
    }

    private func put(_ value: [UInt8], for key: [UInt8], in family: OpaquePointer, of native: OpaquePointer?) {
        key.withCharacters { key, keyCount in
            value.withCharacters { value, valueCount in
                rocksdb_writebatch_put_cf(native, family, key, keyCount, value, valueCount)
            }
        }
    }

    package func snapshot() throws(StorageError) -> any KeyValueReader {
        areExchanged.withLock { RocksDBSnapshot(store: self, areExchanged: $0) }
    }

    func handle(_ space: Space, areExchanged: Bool) -> OpaquePointer {
        let actual: Space
        switch space {
        case .state: actual = areExchanged ? .incoming : .state
        case .incoming: actual = areExchanged ? .state : .incoming
        case .meta, .log, .local, .chunks: actual = space
        }
        guard let handle = families[actual] else { preconditionFailure("no column family for \(actual)") }
        return handle
    }

    func value(for key: [UInt8], in family: OpaquePointer, _ options: OpaquePointer?) throws(StorageError) -> [UInt8]? {
        let slice = try rocksDB { error in
            key.withCharacters { rocksdb_get_pinned_cf(database, options, family, $0, $1, error) }
        }
        guard let slice else { return nil }
        defer { rocksdb_pinnableslice_destroy(slice) }
        var count = 0
        guard let start = rocksdb_pinnableslice_value(slice, &count) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    func records(
        in range: KeyRange, of family: OpaquePointer, limit: Int, reversed: Bool, _ options: OpaquePointer?
    ) throws(StorageError) -> [KeyValue] {
        guard let iterator = rocksdb_create_iterator_cf(database, options, family) else {
            throw .failed("an iterator could not be made")
        }
        defer { rocksdb_iter_destroy(iterator) }
        if !reversed {
            range.lower.withCharacters { rocksdb_iter_seek(iterator, $0, $1) }
        } else if let upper = range.upper {
            upper.withCharacters { rocksdb_iter_seek_for_prev(iterator, $0, $1) }
            // The upper bound itself does not belong.
            if rocksdb_iter_valid(iterator) != 0, iterator.key == upper { rocksdb_iter_prev(iterator) }
        } else {
            rocksdb_iter_seek_to_last(iterator)
        }
        var found: [KeyValue] = []
        while found.count < limit, rocksdb_iter_valid(iterator) != 0 {
            let key = iterator.key
            guard range.contains(key) else { break }
            found.append(KeyValue(key: key, value: iterator.value))
            if reversed { rocksdb_iter_prev(iterator) } else { rocksdb_iter_next(iterator) }
        }
        try rocksDB { rocksdb_iter_get_error(iterator, $0) }
        return found
    }

    /// The families of the database in `directory`; none when there is no database.
    private static func families(of directory: String, _ options: OpaquePointer?) -> [String] {
        var count = 0
        var message: UnsafeMutablePointer<CChar>?
        let names = rocksdb_list_column_families(options, directory, &count, &message)
        rocksdb_free(message)
        guard let names else { return [] }
        defer { rocksdb_list_column_families_destroy(names, count) }
        return (0..<count).compactMap { names[$0].map { String(cString: $0) } }
    }

    private static func open(
        _ directory: String, _ options: OpaquePointer?, _ names: [String], _ familyOptions: [OpaquePointer?]
    ) throws(StorageError) -> (database: OpaquePointer, handles: [OpaquePointer]) {
        let copies = names.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        let pointers = copies.map { UnsafePointer<CChar>($0) }
        var handles = [OpaquePointer?](repeating: nil, count: names.count)
        let database = try rocksDB { error in
            rocksdb_open_column_families(
                options, directory, Int32(names.count), pointers, familyOptions, &handles, error)
        }
        guard let database else { throw .failed("\(directory) could not be opened") }
        return (database, handles.compactMap { $0 })
    }
}

/// A reader of one moment.
private final class RocksDBSnapshot: KeyValueReader, @unchecked Sendable {  // Both pointers are only read after `init`.
    private let store: RocksDBStore
    private let snapshot: OpaquePointer?
    private let options: OpaquePointer?
    private let areExchanged: Bool

    init(store: RocksDBStore, areExchanged: Bool) {
        self.store = store
        self.areExchanged = areExchanged
        snapshot = rocksdb_create_snapshot(store.database)
        options = rocksdb_readoptions_create()
        rocksdb_readoptions_set_snapshot(options, snapshot)
    }

    deinit {
        rocksdb_readoptions_destroy(options)
        rocksdb_release_snapshot(store.database, snapshot)
    }

    func value(for key: [UInt8], in space: Space) throws(StorageError) -> [UInt8]? {
        try store.value(for: key, in: store.handle(space, areExchanged: areExchanged), options)
    }

    func records(in range: KeyRange, of space: Space, limit: Int, reversed: Bool) throws(StorageError) -> [KeyValue] {
        try store.records(
            in: range, of: store.handle(space, areExchanged: areExchanged), limit: limit, reversed: reversed, options)
    }
}

extension OpaquePointer {
    /// The key an iterator stands at.
    fileprivate var key: [UInt8] {
        var count = 0
        guard let start = rocksdb_iter_key(self, &count) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    /// The value an iterator stands at.
    fileprivate var value: [UInt8] {
        var count = 0
        guard let start = rocksdb_iter_value(self, &count) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }
}
