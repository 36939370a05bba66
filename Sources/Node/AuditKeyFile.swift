import AuditLog
import Foundation
import Models
import Peering

/// `audit-key` in a data directory: the private key by which the node signs checkpoints of the audit log.
///
/// Drawn at the first start. A node that lost it draws another and announces that in the log; what the lost one signed
/// stays valid.
enum AuditKeyFile {
    /// The key in `directory`, drawn where there is none yet, or one of another cluster.
    static func signer(of identity: PeerIdentity, in directory: String) throws -> NoteSigner {
        let path = directory + "/audit-key"
        let name = "\(Checkpoint.origin(of: identity.cluster))/\(identity.node)"
        if FileManager.default.fileExists(atPath: path) {
            let text = try SmallFile.read(path).trimmingCharacters(in: .whitespacesAndNewlines)
            guard let kept = NoteSigner(secret: text) else {
                throw NodeConfiguration.Invalid(
                    "\(path) holds no key. Bring it back from a backup of this node, or remove it: the node then draws another and says so in the audit log"
                )
            }
            if kept.key.name == name { return kept }
        }
        guard let drawn = NoteSigner(drawnFor: name) else {
            throw NodeConfiguration.Invalid("“\(name)” is no name of a key")
        }
        try SmallFile.write(drawn.secret + "\n", to: path, mode: 0o600, replaces: true)
        return drawn
    }
}
