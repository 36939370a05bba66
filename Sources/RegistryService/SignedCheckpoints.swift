import AuditLog
import Models
import Registry
import Storage

/// What this node has signed of the audit log: the largest checkpoint, which no later one may contradict.
struct SignedCheckpoints {
    private static let key = Array("audit-signed".utf8)

    let store: any KeyValueStore

    /// Takes a checkpoint for signed, durably, or says why it cannot be: the state says otherwise, or no longer what was
    /// signed before. Called by one at a time.
    func admit(_ checkpoint: Checkpoint) throws(StorageError) -> String? {
        let snapshot = try store.snapshot()
        let tree = try AuditTree(snapshot)
        let before = try signed(snapshot)
        if let before {
            guard before.size <= tree.size, try tree.root(ofSize: before.size) == before.root else {
                return
                    "the audit log is not the one whose first \(before.size) records this node signed: records were changed or lost. Nothing is signed; see docs/operations/audit.md"
            }
        }
        guard checkpoint.size <= tree.size else {
            return "the audit log has \(tree.size) records here, and the checkpoint \(checkpoint.size)"
        }
        let root = try tree.root(ofSize: checkpoint.size)
        guard root == checkpoint.root else {
            return
                "the first \(checkpoint.size) records of the audit log have the hash \(root) here, and \(checkpoint.root) in the checkpoint"
        }
        guard checkpoint.size > before?.size ?? 0 else { return nil }
        var writer = CanonicalWriter()
        writer.write(checkpoint.size)
        writer.write(checkpoint.root)
        var batch = WriteBatch()
        batch.put(writer.bytes, for: Self.key, in: .local)
        try store.write(batch, synced: true)
        return nil
    }

    private func signed(_ reader: any KeyValueReader) throws(StorageError) -> (size: UInt64, root: Digest)? {
        guard let bytes = try reader.value(for: Self.key, in: .local) else { return nil }
        var record = CanonicalReader(bytes)
        do { return (try record.readInteger(UInt64.self), try record.read(Digest.self)) } catch {
            throw .corrupted("what this node signed of the audit log cannot be read: \(error)")
        }
    }
}
