import Models
import Storage

/// How far this node has read through its chunks; found again after a restart.
struct ScrubRound: Hashable, Sendable, CanonicalCodable {
    /// When it began.
    let begun: Timestamp
    /// The last chunk that was read; nil before the first.
    var last: ChunkKey?
    /// Chunks read.
    var read: UInt64 = 0
    /// Those that were not whole.
    var damaged: UInt64 = 0
    /// Those of them that a peer gave anew.
    var healed: UInt64 = 0

    init(begun: Timestamp) { self.begun = begun }

    /// When the next chunk is due, so that a round takes `period`: names are hashes, spread evenly.
    func due(_ period: Duration) -> Timestamp {
        guard let last else { return begun }
        let position = last.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return begun.advanced(by: period * (Double(position) / Double(UInt64.max)))
    }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(begun)
        writer.write(last) { $0.writeFixed($1.bytes) }
        for count in [read, damaged, healed] { writer.write(count) }
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "scrub round", known: 1...1)
        begun = try reader.read()
        last = try reader.readOptional { (reader) throws(CanonicalError) in ChunkKey(try reader.readFixed(32)) }
        read = try reader.readInteger()
        damaged = try reader.readInteger()
        healed = try reader.readInteger()
    }

    private static let key = Array("scrub round".utf8)

    /// The record in `store`, or nil.
    static func find(in store: any KeyValueStore) throws(StorageError) -> ScrubRound? {
        guard let bytes = try store.value(for: key, in: .local) else { return nil }
        do { return try ScrubRound(canonicalBytes: bytes) } catch {
            throw .corrupted("the record of how far chunks were read through cannot be decoded: \(error)")
        }
    }

    /// Writes the record. It need not survive a crash: then some chunks are read once more.
    func save(in store: any KeyValueStore) throws(StorageError) {
        var batch = WriteBatch()
        batch.put(canonicalBytes, for: Self.key, in: .local)
        try store.write(batch, synced: false)
    }
}

extension Timestamp {
    /// The instant `duration` later.
    func advanced(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        return Timestamp(milliseconds: milliseconds + seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
    }
}
