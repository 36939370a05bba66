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
    /// Hashes that are kept in one write: each takes the reading of 256 records.
    private static let hashesKept = 64
    private static let auditPause: Duration = .seconds(10)
    /// How long another node may take to look at the log and sign: an auditor waits for it.
    private static let witnessPatience: Duration = .seconds(3)

    /// Keeps hashes of the tree as the log grows, and says by which key this node signs. Runs until its task is
    /// cancelled.
    package func keepAuditTree() async {
        while !Task.isCancelled {
            do { try await announceAuditKey() } catch {
                parts.logger.info("the key that signs the audit log is announced later: \(error)")
            }
            do { while try await keepHashes() == Self.hashesKept {} } catch {
                parts.logger.info("hashes of the audit log are kept later: \(error)")
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
            return try !catalog.hasAuditKey(key, of: node)
        }
        guard isDue, parts.replica.status.leader != nil else { return }
        _ = try await execute(
            .announceAuditKey(AnnounceAuditKey(node: node, key: key)),
            as: Principal(name: .peerage, role: .administrator), key: nil)
    }

    /// The log's newest checkpoint, signed by this node and by every other that answers and finds the log so.
    package func auditCheckpoint() async throws(ServiceError) -> AuditCheckpoint {
        let (index, checkpoint) = try await onThreads { [parts] () throws(StorageError) in
            let snapshot = try parts.store.snapshot()
            let tree = try AuditTree(snapshot)
            let checkpoint = Checkpoint(
                origin: Checkpoint.origin(of: parts.identity.cluster), size: tree.size,
                root: try tree.root(ofSize: tree.size))
            return (try Catalog(snapshot).applied().index, checkpoint)
        }
        if let known = lastCheckpoint.withLock({ $0 }), known.text == checkpoint.text { return known.answer }
        let request = WitnessRequest(index: index, size: checkpoint.size, root: checkpoint.root)
        let others = parts.peers.members
        // The others first: what one of them finds otherwise this node need not have signed.
        let witnesses = await withTaskGroup(of: Result<SignedNote.Signature, Unsigned>.self) { group in
            for member in others {
                group.addTask { await self.signature(of: member, request, under: checkpoint.text) }
            }
            return await group.reduce(into: [Result<SignedNote.Signature, Unsigned>]()) { $0.append($1) }
        }
        var note = SignedNote(text: checkpoint.text, signatures: [try await sign(checkpoint)])
        note.signatures += witnesses.compactMap { try? $0.get() }.sorted { $0.name < $1.name }  // Probe: told below.
        let unsigned = witnesses.compactMap { if case .failure(let reason) = $0 { reason.words } else { nil } }
        let answer = AuditCheckpoint(note: note.bytes, unsigned: unsigned.sorted())
        if unsigned.isEmpty { lastCheckpoint.withLock { $0 = (checkpoint.text, answer) } }
        return answer
    }

    /// Why a node did not sign.
    private struct Unsigned: Error {
        let words: String
    }

    private func signature(
        of member: UInt64, _ request: WitnessRequest, under text: String
    ) async -> Result<SignedNote.Signature, Unsigned> {
        // Probe: a member without a name is told by its number.
        let node = (try? members().first { $0.member == member }?.node.text) ?? "member \(member)"
        do throws(PeerError) {
            let answer = try await parts.peers.witness(request, by: member, deadline: Self.witnessPatience)
            guard let key = NoteKey(answer.key) else { return .failure(Unsigned(words: "\(node): its key is none")) }
            let signature = SignedNote.Signature(by: key, bytes: answer.signature)
            guard key.isSigned(text, by: signature) else {
                return .failure(Unsigned(words: "\(node): its signature is wrong"))
            }
            return .success(signature)
        } catch {
            if case .refused = error {
                parts.logger.warning("\(node) does not sign this node's checkpoint of the audit log: \(error)")
            }
            return .failure(Unsigned(words: "\(node): \(error)"))
        }
    }

    /// This node's signature under another's checkpoint, when it finds the log so.
    package func witness(_ request: WitnessRequest) async throws -> Witnessed {
        guard await parts.replica.waitUntilApplied(request.index, patience: Self.witnessPatience) else {
            throw ServiceError.nodeUnavailable("it has not got so far")
        }
        let checkpoint = Checkpoint(
            origin: Checkpoint.origin(of: parts.identity.cluster), size: request.size, root: request.root)
        let signature = try await sign(checkpoint)
        return Witnessed(key: parts.signer.key.description, signature: signature.bytes)
    }

    /// Signs what this node finds in its state now, unless it contradicts what it signed before.
    private func sign(_ checkpoint: Checkpoint) async throws(ServiceError) -> SignedNote.Signature {
        guard parts.replica.health == .running else { throw .nodeUnavailable("a node that has stopped signs nothing") }
        let objection = try await onThreads { [self, parts] () throws(StorageError) in
            try auditSigning.withLock { _ throws(StorageError) in
                try SignedCheckpoints(store: parts.store).admit(checkpoint)
            }
        }
        if let objection {
            parts.logger.error("no checkpoint of the audit log is signed: \(objection)")
            throw .preconditionFailed(objection)
        }
        do { return try parts.signer.sign(checkpoint.text) } catch {
            throw .storage("the audit log's key does not sign: \(error)")
        }
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
            var bytes: [UInt8] = []
            if level == 0 {
                try tree.forEachEntry(from: start, count: width) { bytes += MerkleHash.ofLeaf($0).bytes }
                return bytes
            }
            for place in start..<start + UInt64(width) { bytes += try tree.hash(level: level * 8, index: place).bytes }
            return bytes
        }
    }

    /// Records of a tile, each behind two bytes of length (tlog-tiles); nil where the log has not got so far, or one of them
    /// is too large for such a tile.
    package func auditEntries(index: UInt64, width: Int) async throws(ServiceError) -> [UInt8]? {
        try await tile(0, index, width) { tree, start throws(StorageError) in
            var (bytes, isWhole): ([UInt8], Bool) = ([], true)
            try tree.forEachEntry(from: start, count: width) { entry throws(StorageError) in
                let count = UInt16(exactly: entry.count)
                bytes += count.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] + entry } ?? []
                isWhole = isWhole && count != nil
            }
            return isWhole ? bytes : nil
        }
    }

    private func tile(
        _ level: Int, _ index: UInt64, _ width: Int,
        _ body: @escaping @Sendable (AuditTree, UInt64) throws(StorageError) -> [UInt8]?
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
