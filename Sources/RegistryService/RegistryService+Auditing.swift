import AuditLog
import Logging
package import Models
package import Peering
import Registry
import Replication
import Storage
import Synchronization

/// The audit log as evidence: checkpoints that this node and the others sign, and proofs that lead to them.
///
/// A node signs what it finds in its own state, and only what continues what it signed before, by a note of its own
/// that no state replaces. So a history that was rewritten is signed by nobody who saw the other one.
extension RegistryService {
    /// Hashes that are kept at a time.
    private static let hashesKept = 64
    private static let auditPause: Duration = .seconds(10)
    /// How long another node may take to look at the log and sign.
    private static let witnessPatience: Duration = .seconds(3)
    private static let signedKey = Array("audit-signed".utf8)

    /// Keeps hashes of the tree as the log grows, and says by which key this node signs. Runs until its task is
    /// cancelled.
    package func keepAuditTree() async {
        while !Task.isCancelled {
            do {
                try await announceAuditKey()
                while try await keepHashes() == Self.hashesKept {}
            } catch {
                parts.logger.info("the audit log's tree is looked after later: \(error)")
            }
            do { try await Task.sleep(for: Self.auditPause) } catch { return }
        }
    }

    private func keepHashes() async throws(ServiceError) -> Int {
        let store = parts.store
        return try await onThreads { () throws(StorageError) in
            try AuditTree.keep(in: store, limit: Self.hashesKept)
        }
    }

    private func announceAuditKey() async throws(ServiceError) {
        let (key, node) = (parts.signer.key.description, parts.identity.node)
        let isDue = try reading { catalog throws(StorageError) in
            guard try catalog.level() >= Command.levelOfArchives else { return false }
            return try !catalog.auditKeys().contains { $0.node == node && $0.key == key }
        }
        guard isDue, parts.replica.status.leader != nil else { return }
        _ = try await execute(
            .announceAuditKey(AnnounceAuditKey(node: node, site: parts.identity.site, key: key)),
            as: Principal(name: .peerage, role: .administrator), key: nil)
    }

    /// The log's newest checkpoint, signed by this node and by every other that answers and finds the log so.
    package func auditCheckpoint() async throws(ServiceError) -> AuditCheckpoint {
        let (index, checkpoint) = try await onThreads { [parts] () throws(StorageError) in
            let snapshot = try parts.store.snapshot()
            return (try Catalog(snapshot).applied().index, try Self.checkpoint(of: AuditTree(snapshot), parts))
        }
        var note = SignedNote(text: checkpoint.text, signatures: [try await sign(checkpoint)])
        let request = WitnessRequest(index: index, size: checkpoint.size, root: checkpoint.root)
        let others = parts.peers.members
        let witnesses = await withTaskGroup(of: SignedNote.Signature?.self) { group in
            for member in others {
                group.addTask { await self.signature(of: member, request, under: checkpoint.text) }
            }
            return await group.reduce(into: [SignedNote.Signature]()) { if let found = $1 { $0.append(found) } }
        }
        note.signatures += witnesses.sorted { $0.name < $1.name }
        return AuditCheckpoint(note: note.bytes)
    }

    private func signature(
        of member: UInt64, _ request: WitnessRequest, under text: String
    ) async -> SignedNote.Signature? {
        do throws(PeerError) {
            let answer = try await parts.peers.witness(request, by: member, deadline: Self.witnessPatience)
            guard let key = NoteKey(answer.key) else { return nil }
            let signature = SignedNote.Signature(by: key, bytes: answer.signature)
            return key.isSigned(text, by: signature) ? signature : nil
        } catch {
            parts.logger.notice("member \(member) signs no checkpoint of the audit log: \(error)")
            return nil
        }
    }

    /// This node's signature under another's checkpoint, when it finds the log so.
    package func witness(_ request: WitnessRequest) async throws -> Witnessed {
        guard await parts.replica.waitUntilApplied(request.index, patience: Self.witnessPatience) else {
            throw ServiceError.nodeUnavailable("it has not got so far")
        }
        let checkpoint = Checkpoint(
            origin: Checkpoint.origin(of: parts.identity.cluster), size: request.size, root: request.root)
        let signature = try await signChecked(checkpoint)
        return Witnessed(key: parts.signer.key.description, signature: signature.bytes)
    }

    private func signChecked(_ checkpoint: Checkpoint) async throws(ServiceError) -> SignedNote.Signature {
        let root = try await onThreads { [parts] () throws(StorageError) in
            let tree = try AuditTree(try parts.store.snapshot())
            return checkpoint.size <= tree.size ? try tree.root(ofSize: checkpoint.size) : nil
        }
        guard root == checkpoint.root else {
            let finding =
                "its audit log is another one: \(checkpoint.size) records there have the hash \(checkpoint.root)"
            parts.logger.error("a checkpoint of another node is not signed: \(finding)")
            throw .preconditionFailed(finding)
        }
        return try await sign(checkpoint)
    }

    /// Signs what this node found in its state, unless it contradicts what it signed before.
    private func sign(_ checkpoint: Checkpoint) async throws(ServiceError) -> SignedNote.Signature {
        try await onThreads { [self, parts] () throws(StorageError) in
            try auditSigning.withLock { _ throws(StorageError) in
                let store = parts.store
                let signed = try store.value(for: Self.signedKey, in: .local).flatMap { Self.signed($0) }
                if let signed, signed.size > 0 {
                    let tree = try AuditTree(try store.snapshot())
                    guard signed.size <= tree.size, try tree.root(ofSize: signed.size) == signed.root else {
                        throw .corrupted(
                            "the audit log is not the one whose \(signed.size) records this node signed: records were changed or lost. Nothing is signed; see docs/operations/audit.md"
                        )
                    }
                }
                if checkpoint.size > signed?.size ?? 0 {
                    var batch = WriteBatch()
                    batch.put(Self.bytes(of: checkpoint), for: Self.signedKey, in: .local)
                    try store.write(batch, synced: true)
                }
            }
        }
        do { return try parts.signer.sign(checkpoint.text) } catch {
            throw .storage("the audit log's key does not sign: \(error)")
        }
    }

    private static func bytes(of checkpoint: Checkpoint) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.write(checkpoint.size)
        writer.write(checkpoint.root)
        return writer.bytes
    }

    private static func signed(_ bytes: [UInt8]) -> (size: UInt64, root: Digest)? {
        var reader = CanonicalReader(bytes)
        // Probe: what cannot be read says nothing.
        guard let size = try? reader.readInteger(UInt64.self), let root = try? reader.read(Digest.self) else {
            return nil
        }
        return (size, root)
    }

    private static func checkpoint(of tree: AuditTree, _ parts: Parts) throws(StorageError) -> Checkpoint {
        Checkpoint(
            origin: Checkpoint.origin(of: parts.identity.cluster), size: tree.size,
            root: try tree.root(ofSize: tree.size))
    }

    /// What shows that a record is in the log of `size` records; nil for as many as there are.
    package func inclusionProof(of sequence: UInt64, in size: UInt64?) async throws(ServiceError) -> AuditProof {
        try await proof(size) { tree, size throws(StorageError) in
            guard 1...size ~= sequence else { return nil }
            return try tree.inclusionProof(of: sequence - 1, inSize: size)
        }
    }

    /// What shows that the log of `old` records is the beginning of that of `size`; nil for as many as there are.
    package func consistencyProof(from old: UInt64, to size: UInt64?) async throws(ServiceError) -> AuditProof {
        try await proof(size) { tree, size throws(StorageError) in
            old <= size ? try tree.consistencyProof(from: old, to: size) : nil
        }
    }

    private func proof(
        _ size: UInt64?, _ hashes: @escaping @Sendable (AuditTree, UInt64) throws(StorageError) -> [Digest]?
    ) async throws(ServiceError) -> AuditProof {
        let found = try await onThreads { [parts] () throws(StorageError) -> AuditProof? in
            let tree = try AuditTree(try parts.store.snapshot())
            let size = size ?? tree.size
            guard 1...max(1, tree.size) ~= size, let hashes = try hashes(tree, size) else { return nil }
            return AuditProof(size: size, root: try tree.root(ofSize: size), hashes: hashes)
        }
        guard let found else { throw .notFound("the audit log has no such records yet") }
        return found
    }

    /// Hashes of a tile (tlog-tiles): of leaves, or at a higher `level` of tiles below; nil where the log has not got so
    /// far.
    package func auditTile(level: Int, index: UInt64, width: Int) async throws(ServiceError) -> [UInt8]? {
        try await tile(level, index, width) { tree, start throws(StorageError) in
            if level == 0 { return try tree.leaves(from: start, count: width).flatMap(\.bytes) }
            var bytes: [UInt8] = []
            for place in start..<start + UInt64(width) { bytes += try tree.hash(level: level * 8, index: place).bytes }
            return bytes
        }
    }

    /// Records of a tile, each behind two bytes of length (tlog-tiles).
    package func auditEntries(index: UInt64, width: Int) async throws(ServiceError) -> [UInt8]? {
        try await tile(0, index, width) { tree, start throws(StorageError) in
            try tree.entries(from: start, count: width).flatMap { [UInt8($0.count >> 8), UInt8($0.count & 0xFF)] + $0 }
        }
    }

    private func tile(
        _ level: Int, _ index: UInt64, _ width: Int,
        _ body: @escaping @Sendable (AuditTree, UInt64) throws(StorageError) -> [UInt8]
    ) async throws(ServiceError) -> [UInt8]? {
        let width64 = UInt64(width)
        guard 0...7 ~= level, 1...AuditTree.tileWidth ~= width64, index <= UInt64.max >> 9 else { return nil }
        return try await onThreads { [parts] () throws(StorageError) -> [UInt8]? in
            let tree = try AuditTree(try parts.store.snapshot())
            let complete = tree.size >> UInt64(level * 8)
            let start = index * AuditTree.tileWidth
            guard start + width64 <= complete else { return nil }
            return try body(tree, start)
        }
    }
}
