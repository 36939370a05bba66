package import Storage

/// The life of a store's node: how often it started on this disk, and whether it was removed from its cluster.
package enum Lifetime {
    private static let startsKey = Array("starts".utf8)
    private static let removedKey = Array("removed".utf8)

    /// Counts a start, durably, before anyone hears of it. A copy of the disk counts on from where it was copied, so
    /// that what was started since knows better.
    package static func countStart(in store: any KeyValueStore) throws(StorageError) -> UInt64 {
        guard try store.value(for: removedKey, in: .meta) == nil else {
            throw .incompatible(
                "its node was removed from the cluster. Start with an empty data directory and a new invitation "
                    + "(peerage cluster add)")
        }
        let bytes = try store.value(for: startsKey, in: .meta) ?? []
        let starts = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } + 1
        var batch = WriteBatch()
        batch.put(
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: starts >> UInt64($0)) },
            for: startsKey, in: .meta)
        try store.write(batch, synced: true)
        return starts
    }

    /// The node does not start again.
    package static func end(in store: any KeyValueStore) throws(StorageError) {
        var batch = WriteBatch()
        batch.put([1], for: removedKey, in: .meta)
        try store.write(batch, synced: true)
    }
}
