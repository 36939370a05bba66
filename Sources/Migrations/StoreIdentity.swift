package import Storage

/// Whose store this is: written at the first start, compared at each later one, so that a directory of another cluster
/// or member is refused before anything is read from it.
package struct StoreIdentity: Hashable, Sendable {
    /// The cluster: 16 bytes.
    package let cluster: [UInt8]
    /// The member.
    package let member: UInt64
    /// Those whose votes count. They cannot be changed in the topology: nodes that count different majorities would
    /// lose acknowledged writes.
    package let voters: [UInt64]

    /// The identity of `member` in `cluster`, which is governed by `voters`.
    package init(cluster: [UInt8], member: UInt64, voters: [UInt64]) {
        precondition(cluster.count == 16, "a cluster's identity has 16 bytes, not \(cluster.count)")
        self.cluster = cluster
        self.member = member
        self.voters = voters.sorted()
    }

    /// Claims a fresh `store`; throws `StorageError.incompatible` when it belongs to someone else.
    package func check(in store: any KeyValueStore) throws(StorageError) {
        guard let found = try store.value(for: Self.key, in: .meta) else {
            var batch = WriteBatch()
            batch.put(bytes, for: Self.key, in: .meta)
            return try store.write(batch, synced: true)
        }
        guard found != bytes else { return }
        let (own, numbers) = (found.prefix(16), found.dropFirst(16))
        guard found.count >= 24, numbers.count.isMultiple(of: 8) else {
            throw .corrupted("the store's identity has \(found.count) bytes")
        }
        let members = stride(from: 16, to: found.count, by: 8).map { start in
            found[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        guard Array(own) == cluster, members[0] == member else {
            throw .incompatible(
                "it belongs to \(Self.describe(Array(own), members[0])), and this node is \(Self.describe(cluster, member)). "
                    + "Give the right directory or topology")
        }
        throw .incompatible(
            "it was made for the voters \(Self.list(members.dropFirst())), and the topology has \(Self.list(voters[...])). "
                + "Members are changed by peerage cluster add and remove, never in the topology; give the one the cluster was made with"
        )
    }

    /// The member that `store` belongs to, or nil.
    package static func member(in store: any KeyValueReader) throws(StorageError) -> UInt64? {
        guard let found = try store.value(for: key, in: .meta), found.count >= 24 else { return nil }
        return found[16..<24].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// What makes a store this one's, whoever it belonged to: only where a cluster is founded anew.
    package var claim: WriteBatch {
        var batch = WriteBatch()
        batch.put(bytes, for: Self.key, in: .meta)
        return batch
    }

    private static let key = Array("identity".utf8)

    private var bytes: [UInt8] {
        ([member] + voters).reduce(into: cluster) { bytes, number in
            bytes += stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> UInt64($0)) }
        }
    }

    private static func list(_ members: ArraySlice<UInt64>) -> String {
        members.map(String.init).joined(separator: ", ")
    }

    private static func describe(_ cluster: [UInt8], _ member: UInt64) -> String {
        let digits = cluster.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        return "member \(member) of cluster \(digits)"
    }
}
