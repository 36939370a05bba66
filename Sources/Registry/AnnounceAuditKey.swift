package import Models
import Storage

/// A node says by which key it signs checkpoints of the audit log from now on. Asked by the node itself, in the
/// cluster's name.
package struct AnnounceAuditKey: Hashable, Sendable, CanonicalCodable {
    /// The node.
    package let node: NodeName
    /// The key as verifiers read it: `name+id+base64` (C2SP signed-note).
    package let key: String

    /// The most bytes of a key.
    package static let mostBytes = 512

    /// The key of `node`.
    package init(node: NodeName, key: String) {
        self.node = node
        self.key = key
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(node)
        writer.write(key)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        node = try reader.read()
        key = try reader.readString()
    }
}

extension StateTransaction {
    /// Keys stay for ever: what was signed by them is to be believed.
    mutating func announce(_ command: AnnounceAuditKey, _ header: CommandHeader) throws(StorageError) -> Effect {
        guard let cluster: ClusterRecord = try record(.cluster) else { return .withoutCluster }
        guard let member = cluster.members.first(where: { $0.node == command.node }) else {
            return .noSuchNode(command.node)
        }
        // A name that is another's would pass for it, and a line that is no key spoils a list of them.
        let isKey =
            command.key.utf8.allSatisfy { 0x21...0x7E ~= $0 }
            && command.key.hasPrefix("peerage/\(cluster.cluster)/\(command.node)+")
            && command.key.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: true).count == 3
        guard isKey, command.key.utf8.count <= AnnounceAuditKey.mostBytes else {
            return .refused(.invalid, "that is no key of “\(command.node)” in this cluster")
        }
        let place = StateKey.auditKey(command.node, command.key)
        if try !contains(place) {
            try put(AuditKey(node: command.node, site: member.site, key: command.key, at: header.at), at: place)
        }
        return .accepted(.none)
    }
}
