import Foundation
package import Models

/// How far a log is, and the hash of all of it (C2SP tlog-checkpoint).
package struct Checkpoint: Hashable, Sendable {
    /// Which log: `peerage/` and the cluster's id.
    package let origin: String
    /// How many records it has.
    package let size: UInt64
    /// The hash of the tree over them.
    package let root: Digest

    /// A checkpoint.
    package init(origin: String, size: UInt64, root: Digest) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// Reads the text of a note; nil for what is no checkpoint. Lines behind the third say more than Peerage knows.
    package init?(text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, lines.last?.isEmpty == true, !lines[0].isEmpty, let size = UInt64(lines[1]),
            String(size) == lines[1], let bytes = Data(base64Encoded: String(lines[2])),
            let root = Digest(bytes: Array(bytes))
        else { return nil }
        self.init(origin: String(lines[0]), size: size, root: root)
    }

    /// The text of its note.
    package var text: String { "\(origin)\n\(size)\n\(Data(root.bytes).base64EncodedString())\n" }

    /// The log of a cluster.
    package static func origin(of cluster: UniqueID) -> String { "peerage/\(cluster)" }
}
