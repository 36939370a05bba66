package import Storage

/// Whose store this is: written at the first start, compared at each later one, so that a directory of another cluster or
/// member is refused before anything is read from it.
package struct StoreIdentity: Hashable, Sendable {
    /// The cluster: 16 bytes.
    package let cluster: [UInt8]
    /// The member.
    package let member: UInt64

    /// The identity of `member` in `cluster`.
    package init(cluster: [UInt8], member: UInt64) {
        precondition(cluster.count == 16, "a cluster's identity has 16 bytes, not \(cluster.count)")
        self.cluster = cluster
        self.member = member
    }

    /// Claims a fresh `store`; throws `StorageError.incompatible` when it belongs to someone else.
    package func check(in store: any KeyValueStore) throws(StorageError) {
        guard let found = try store.value(for: Self.key, in: .meta) else {
            var batch = WriteBatch()
            batch.put(bytes, for: Self.key, in: .meta)
            return try store.write(batch, synced: true)
        }
        guard found != bytes else { return }
        guard found.count == 24 else { throw .corrupted("the store's identity has \(found.count) bytes") }
        let other = Self.describe(Array(found[..<16]), found[16...].reduce(0) { $0 << 8 | UInt64($1) })
        throw .incompatible(
            "it belongs to \(other), and this node is \(Self.describe(cluster, member)). Give the right directory or topology"
        )
    }

    private static let key = Array("identity".utf8)

    private var bytes: [UInt8] {
        cluster + stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: member >> UInt64($0)) }
    }

    private static func describe(_ cluster: [UInt8], _ member: UInt64) -> String {
        let digits = cluster.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        return "member \(member) of cluster \(digits)"
    }
}
