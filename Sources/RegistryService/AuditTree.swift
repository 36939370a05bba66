import AuditLog
import Models
import Registry
import Storage

/// The Merkle tree over the audit records of one state: record n is leaf n - 1, its canonical bytes are hashed.
///
/// The tree follows from the records, which the state holds and its hash covers, so it is no part of the state: any node
/// can tell any part of it. What would take long to compute each time, the hash of each 256 records and of each 256 of
/// those, a node keeps for itself (`keep`), and computes anew where it is missing.
struct AuditTree: MerkleNodes {
    /// Leaves of a tile, and hashes of tiles in one above it: tlog-tiles.
    static let tileWidth: UInt64 = 256
    private static let tileLevels = 8
    /// Of records that may have megabytes each.
    private static let entriesRead = 16
    private static let prefix = KeyRange.derivedFromStatePrefix + Array("audit-node".utf8)

    private let reader: any KeyValueReader
    private let catalog: Catalog

    /// How many records there are.
    let size: UInt64

    /// The tree of the state that `reader` reads, which should be a snapshot.
    init(_ reader: any KeyValueReader) throws(StorageError) {
        self.reader = reader
        catalog = Catalog(reader)
        size = try catalog.auditCount
    }

    func hash(level: Int, index: UInt64) throws(StorageError) -> Digest {
        if level > 0, level % Self.tileLevels == 0, let kept = try reader.value(for: Self.key(level, index), in: .local)
        {
            guard let hash = Digest(bytes: kept) else {
                throw .corrupted("a hash of the audit log has \(kept.count) bytes")
            }
            return hash
        }
        if level > Self.tileLevels {
            return MerkleHash.ofNode(
                try hash(level: level - 1, index: index * 2), try hash(level: level - 1, index: index * 2 + 1))
        }
        var subtree = MerkleFrontier()
        try forEachEntry(from: index << UInt64(level), count: 1 << level) { entry in
            subtree.append(MerkleHash.ofLeaf(entry))
        }
        return subtree.root
    }

    /// Gives the canonical bytes of records to `body`, from the leaf `start`; a few at a time, for each may be large.
    func forEachEntry(
        from start: UInt64, count: Int, _ body: ([UInt8]) throws(StorageError) -> Void
    ) throws(StorageError) {
        var (next, end) = (start, start + UInt64(count))
        while next < end {
            let found = try catalog.auditBytes(after: next, limit: min(Self.entriesRead, Int(end - next)))
            guard !found.isEmpty else { throw .corrupted("audit records are missing behind number \(next)") }
            for entry in found { try body(entry) }
            next += UInt64(found.count)
        }
    }

    /// Keeps what was not kept yet of the lowest complete tiles, and of those above them, at most `limit` hashes; returns
    /// how many.
    static func keep(in store: any KeyValueStore, limit: Int) throws(StorageError) -> Int {
        let tree = try AuditTree(try store.snapshot())
        var (batch, kept) = (WriteBatch(), 0)
        var (level, complete) = (tileLevels, tree.size / tileWidth)
        while complete > 0, kept < limit {
            let next = try tree.firstNotKept(at: level)
            for index in next..<max(next, complete) where kept < limit {
                batch.put(try tree.hash(level: level, index: index).bytes, for: key(level, index), in: .local)
                kept += 1
            }
            (level, complete) = (level + tileLevels, complete / tileWidth)
        }
        if kept > 0 { try store.write(batch, synced: false) }
        return kept
    }

    private func firstNotKept(at level: Int) throws(StorageError) -> UInt64 {
        let range = KeyRange(prefix: Self.prefix + [UInt8(level)])
        guard let last = try reader.records(in: range, of: .local, limit: 1, reversed: true).first else { return 0 }
        return last.key.suffix(8).reduce(0) { $0 << 8 | UInt64($1) } + 1
    }

    private static func key(_ level: Int, _ index: UInt64) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.writeFixed(prefix)
        writer.write(UInt8(level))
        writer.write(index)
        return writer.bytes
    }
}
