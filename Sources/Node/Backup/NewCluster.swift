import Foundation
package import Models
import Migrations
import Peering
import Registry
import Replication
import Storage
import StoragePacks
import StorageRocksDB

/// Clusters of one that begin with an old cluster's state: from a backup, or from the data directory of a node whose
/// cluster has lost its majority for good. No node of the old cluster ever talks to one.
package enum NewCluster {
    /// The node that a restored cluster begins with.
    package struct FirstNode: Sendable {
        /// Its name.
        package let node: NodeName
        /// Its site.
        package let site: SiteName
        /// Where clients reach it.
        package let api: Topology.Address
        /// Where other nodes will reach it.
        package let peer: Topology.Address

        /// A node as described.
        package init(node: NodeName, site: SiteName, api: Topology.Address, peer: Topology.Address) {
            self.node = node
            self.site = site
            self.api = api
            self.peer = peer
        }
    }

    /// Chunks are made durable together, about so many bytes at a time.
    private static let securedBytes = 256 << 20

    /// Restores a backup into the data directory at `path`, which must not exist or be empty. A run that was cut off is
    /// begun anew.
    package static func restore(
        _ backup: BackupDirectory, to path: String, as first: FirstNode, now: Timestamp,
        progress: (_ done: Int, _ of: Int) -> Void
    ) throws -> UniqueID {
        let manifest = try backup.manifest()
        try begin(in: path)
        let store = try NodeStore(at: path + "/store")
        defer { store.close() }
        try Migrations.run(on: store.records)
        try fill(store, from: backup, manifest, progress)
        let cluster = try found(
            in: store.records, at: path, as: first, now: now, action: "cluster.restore")
        try FileManager.default.removeItem(atPath: path + marker)
        return cluster
    }

    /// In a data directory while it is being restored: nothing else may use it.
    static let marker = "/restoring"

    /// Marks the directory as being restored; empties one that an earlier run did not finish.
    private static func begin(in path: String) throws {
        let files = FileManager.default
        let isUsed = ["/store", "/place.json", "/certificates"].contains { files.fileExists(atPath: path + $0) }
        guard !isUsed || files.fileExists(atPath: path + marker) else {
            throw BackupDirectory.Damage(description: "\(path) holds a node's data already: restore to a new directory")
        }
        if files.fileExists(atPath: path + "/store") {
            // Whoever runs over it has it locked: that is told here, before anything is removed.
            try RocksDBStore(directory: path + "/store").close()
            try files.removeItem(atPath: path + "/store")
        }
        try DataDirectory.create(at: path)
        guard files.createFile(atPath: path + marker, contents: nil) else {
            throw BackupDirectory.Damage(description: "\(path) cannot be written")
        }
    }

    /// Founds a cluster of one from a stopped node's data directory, at the addresses the node had. What its log holds
    /// beyond its state is applied; what it never heard of is lost. Can be done again after a crash.
    /// - Parameter peer: where other nodes will reach it, when the state does not say.
    package static func recover(_ path: String, peer: Topology.Address?, now: Timestamp) throws -> UniqueID {
        guard FileManager.default.fileExists(atPath: path + "/store") else {
            throw BackupDirectory.Damage(description: "\(path) holds no node's data")
        }
        let store = try RocksDBStore(directory: path + "/store")
        defer { store.close() }
        try Migrations.run(on: store)
        guard let member = try StoreIdentity.member(in: store) else {
            throw BackupDirectory.Damage(description: "\(path) belongs to no node yet")
        }
        _ = try Refoundation.applyLog(of: store)
        guard let known = try Catalog(store).cluster()?.members.first(where: { $0.member == member }) else {
            throw BackupDirectory.Damage(
                description: "the state in \(path) does not know its own node, member \(member)")
        }
        guard let api = Topology.Address(endpoint: known.endpoint),
            let peer = Topology.Address(known.peer.isEmpty ? "127.0.0.1:7442" : known.peer)
        else {
            throw BackupDirectory.Damage(
                description: "the addresses of \(known.node) cannot be read: \(known.endpoint)")
        }
        let first = FirstNode(node: known.node, site: known.site, api: api, peer: peer)
        return try found(in: store, at: path, as: first, now: now, action: "cluster.recover")
    }

    private static func fill(
        _ store: NodeStore, from backup: BackupDirectory, _ manifest: BackupDirectory.Manifest,
        _ progress: (_ done: Int, _ of: Int) -> Void
    ) throws {
        let chunks = store.chunks
        var (seen, unsecured): (Set<ChunkID>, UInt64) = ([], 0)
        let found = try backup.readState(in: backup.stateFile(manifest.stateHash)) { page in
            var batch = WriteBatch()
            for record in page.records {
                batch.put(record.value, for: record.key, in: .state)
                for page in try Catalog.pages(namedBy: record) where seen.insert(page.id).inserted {
                    let stored = try backup.read(page, in: backup.file(of: page.id))
                    let all = [(page.id, stored.page)] + stored.chunks
                    try chunks.write(all.map { (ChunkKey($0.0.bytes), $0.1) }, durability: .deferred)
                    unsecured += page.size
                    if unsecured >= securedBytes {
                        try chunks.secure()
                        unsecured = 0
                    }
                    progress(seen.count, manifest.pages)
                }
            }
            try store.records.write(batch, synced: false)
        }
        try chunks.secure()
        guard found.hash.description == manifest.stateHash, seen.count == manifest.pages else {
            throw BackupDirectory.Damage(description: "the state is not the one that backup.json was written for")
        }
    }

    /// Authority and certificates first: they can be made again. Then state, log and the store's identity, in one
    /// write; the place last.
    private static func found(
        in store: RocksDBStore, at path: String, as first: FirstNode, now: Timestamp, action: String
    ) throws -> UniqueID {
        var generator = SystemRandomNumberGenerator()
        let cluster = UniqueID(using: &generator)
        let suffix = "-\(cluster.description.prefix(8))"
        for name in ["ca", "certificates"] where FileManager.default.fileExists(atPath: "\(path)/\(name)") {
            try FileManager.default.moveItem(atPath: "\(path)/\(name)", toPath: "\(path)/\(name)\(suffix).old")
        }
        try Certificates.createAuthority(of: cluster, in: path + "/ca")
        try Certificates.issue(
            cluster: cluster, site: first.site, node: first.node, hosts: [first.api.host], by: path + "/ca",
            to: path + "/certificates")
        let member = try Refoundation.refound(
            Refounding(
                cluster: cluster, node: first.node, site: first.site, endpoint: first.api.endpoint,
                peer: first.peer.description, at: now, action: action), in: store
        ) { StoreIdentity(cluster: cluster.bytes, member: $0.member, voters: [$0.member]).claim }
        let node = Topology.Node(
            member: member.member, node: first.node, site: first.site, api: first.api, peer: first.peer, voter: true)
        try PlaceFile(cluster: cluster, node: first.node, topology: Topology(name: "refounded", nodes: [node]))
            .write(in: path)
        return cluster
    }
}
