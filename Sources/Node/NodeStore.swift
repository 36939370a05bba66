import Chunking
import Logging
import Models
import Storage
import StoragePacks
import StorageRocksDB

/// Everything a node keeps on its disk: records in RocksDB, chunks in packs beside it.
struct NodeStore: Sendable {
    let records: RocksDBStore
    let chunks: PackStore

    /// Opens the store in `directory`, and makes one where there is none.
    init(at directory: String, logger: Logger? = nil) throws(StorageError) {
        try DataDirectory.create(at: directory + "/packs")
        records = try RocksDBStore(directory: directory)
        do throws(StorageError) {
            chunks = try PackStore(directory: directory + "/packs", index: records, codec: ChunkCodec()) {
                key, detail in
                logger?.error(
                    "chunk \(ChunkID(bytes: key.bytes)) is damaged on this disk and thrown away, to be fetched anew: \(detail)"
                )
            }
        } catch {
            records.close()
            throw error
        }
    }

    /// Chunks that an earlier build kept in RocksDB move into packs; a move that is cut off goes on with the next start.
    func adoptBlobs(_ logger: Logger) throws(StorageError) {
        var count = 0
        try records.forEachBlob { blobs throws(StorageError) in
            try chunks.write(blobs, durability: .deferred)
            count += blobs.count
        }
        guard count > 0 else { return }
        try chunks.secure()
        logger.notice("\(count) chunks of an earlier build were moved into packs")
        try records.dropBlobs()
    }

    /// Closes it; anything that still uses it afterwards is a defect.
    func close() { records.close() }
}
