package import Models
import Peering
import StorageRocksDB

/// Certificates in directories, for `peerage certificate` and for a node that founds a cluster of one.
package enum Certificates {
    /// Makes the authority of `cluster`: `ca.pem` and `ca-key.pem` in `directory`, which is created. Refuses to replace
    /// one.
    package static func createAuthority(of cluster: UniqueID, in directory: String) throws {
        try DataDirectory.create(at: directory)
        try CertificateAuthority(cluster: cluster).write(to: directory)
    }

    /// Issues a certificate by the authority in `authority`: `node.pem`, `node-key.pem` and `ca.pem` in `directory`,
    /// which is created.
    package static func issue(
        cluster: UniqueID, site: SiteName, node: NodeName, hosts: [String], by authority: String, to directory: String
    ) throws {
        try DataDirectory.create(at: directory)
        let identity = PeerIdentity(cluster: cluster, site: site, node: node)
        try CertificateAuthority(directory: authority).issue(identity, hosts: hosts, to: directory)
    }
}
