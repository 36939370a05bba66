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
    private let directory: String

    /// Opens the store in `directory`, and makes one where there is none.
    /// - Parameter objects: where packs go that the disk shall not hold.
    init(at directory: String, objects: PackObjects? = nil, logger: Logger? = nil) throws(StorageError) {
        self.directory = directory
        try DataDirectory.create(at: directory + "/packs")
        records = try RocksDBStore(directory: directory)
        do throws(StorageError) {
            chunks = try PackStore(
                directory: directory + "/packs", index: records, codec: ChunkCodec(), objects: objects
            ) {
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

    /// Chunks that an earlier build kept in RocksDB move into packs; a move that is cut off goes on with the next
    /// start. Until it is done they need their room twice.
    func adoptBlobs(_ logger: Logger) throws(StorageError) {
        guard let size = records.blobBytes else { return }
        try checkRoom(for: size)
        var (count, damaged) = (0, 0)
        try records.forEachBlob { blobs throws(StorageError) in
            let whole = blobs.filter { ChunkHash.matchesChunkOrPage($0.bytes, ChunkID(bytes: $0.key.bytes)) }
            try chunks.write(whole, durability: .deferred)
            count += whole.count
            damaged += blobs.count - whole.count
        }
        try chunks.secure()
        logger.notice("\(count) chunks of an earlier build were moved into packs")
        if damaged > 0 { logger.error("\(damaged) chunks of it were damaged on this disk, and are fetched anew") }
        try records.dropBlobs()
    }

    private func checkRoom(for blobBytes: UInt64) throws(StorageError) {
        guard let free = DataDirectory.space(at: directory)?.free else { return }
        let needed = try blobBytes - min(blobBytes, chunks.bytesOnDisk)
        guard free > needed else {
            throw .failed(
                "chunks of an earlier build move into packs, which takes \(needed >> 20) MiB of room until it is done, and "
                    + "\(free >> 20) are free. Free space and start again")
        }
    }

    /// Closes it; anything that still uses it afterwards is a defect.
    func close() { records.close() }
}
