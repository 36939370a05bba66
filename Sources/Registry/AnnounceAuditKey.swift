package import Models
import Storage

/// A node says by which key it signs checkpoints of the audit log from now on. Asked by the node itself, in the
/// cluster's name.
package struct AnnounceAuditKey: Hashable, Sendable, CanonicalCodable {
    /// The node.
    package let node: NodeName
    /// Its site.
    package let site: SiteName
    /// The key as verifiers read it: `name+id+base64` (C2SP signed-note).
    package let key: String

    /// The most bytes of a key.
    package static let mostBytes = 512

    /// The key of `node`.
    package init(node: NodeName, site: SiteName, key: String) {
        self.node = node
        self.site = site
        self.key = key
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(node)
        writer.write(site)
        writer.write(key)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        node = try reader.read()
        site = try reader.read()
        key = try reader.readString()
    }
}

extension StateTransaction {
    /// Keys stay for ever: what was signed by them is to be believed.
    mutating func announce(_ command: AnnounceAuditKey, _ header: CommandHeader) throws(StorageError) -> Effect {
        guard command.key.utf8.count <= AnnounceAuditKey.mostBytes else { return .refused(.tooLong("key")) }
        guard try record(.cluster, as: ClusterRecord.self)?.members.contains(where: { $0.node == command.node }) == true
        else { return .noSuchNode(command.node) }
        let place = StateKey.auditKey(command.node, command.key)
        if try !contains(place) {
            try put(AuditKey(node: command.node, site: command.site, key: command.key, at: header.at), at: place)
        }
        return .accepted(.none)
    }
}
