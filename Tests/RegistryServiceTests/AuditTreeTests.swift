import AuditLog
import Models
import Storage
import Testing

@testable import Registry
@testable import RegistryService

/// A state with audit records and nothing else.
private struct Log {
    let store = MemoryStore()

    init(_ count: UInt64, by name: String = "ann") throws { try append(count, by: name) }

    func append(_ count: UInt64, by name: String = "ann") throws {
        var transaction = try StateTransaction(reader: store, rememberedOutcomes: 10)
        for _ in 0..<count {
            transaction.applied.auditRecords += 1
            transaction.insert(
                try Self.record(transaction.applied.auditRecords, by: name),
                at: .audit(transaction.applied.auditRecords))
        }
        var batch = WriteBatch()
        transaction.append(to: &batch)
        try store.write(batch, synced: false)
    }

    /// Somebody who has the disk writes another record in place of one.
    func rewrite(_ sequence: UInt64) throws {
        var batch = WriteBatch()
        batch.put(
            try Self.record(sequence, by: "mallory").canonicalBytes, for: StateKey.audit(sequence).bytes, in: .state)
        try store.write(batch, synced: false)
    }

    static func record(_ sequence: UInt64, by name: String) throws -> AuditRecord {
        AuditRecord(
            sequence: sequence, index: sequence, at: Timestamp(milliseconds: 1), by: try PrincipalName(name),
            site: try SiteName("north"), action: "alias.set", object: "a/b@c", outcome: "accepted")
    }

    func root(of size: UInt64, by name: String = "ann") throws -> Digest {
        var tree = MerkleFrontier()
        for sequence in 0..<size {
            tree.append(MerkleHash.ofLeaf(try Self.record(sequence + 1, by: name).canonicalBytes))
        }
        return tree.root
    }

    var tree: AuditTree { get throws { try AuditTree(try store.snapshot()) } }
}

@Suite("The audit log's tree") struct AuditTreeTests {
    @Test("roots and proofs are the same whether hashes are kept, half kept, or not")
    func kept() throws {
        let log = try Log(1_100)
        let sizes: [UInt64] = [0, 1, 255, 256, 257, 512, 1_000, 1_024, 1_100]
        let roots = try sizes.map { try log.root(of: $0) }
        var proofs: [[Digest]] = []
        for limit in [0, 3, 64] {
            #expect(try AuditTree.keep(in: log.store, limit: limit) == min(limit, limit == 64 ? 1 : limit))
            let tree = try log.tree
            #expect(try sizes.map { try tree.root(ofSize: $0) } == roots)
            proofs.append(try tree.inclusionProof(of: 300, inSize: 1_100) + tree.consistencyProof(from: 257, to: 1_024))
        }
        #expect(proofs[0] == proofs[1] && proofs[1] == proofs[2])
        #expect(try AuditTree.keep(in: log.store, limit: 64) == 0)
        try log.append(200)
        #expect(try AuditTree.keep(in: log.store, limit: 64) == 1)
        #expect(try log.tree.root(ofSize: 1_300) == log.root(of: 1_300))
    }

    @Test("what was signed is signed again, and what continues it; nothing that contradicts it")
    func signing() throws {
        let log = try Log(10)
        let signed = SignedCheckpoints(store: log.store)
        func checkpoint(_ size: UInt64, _ root: Digest) -> Checkpoint {
            Checkpoint(origin: "x", size: size, root: root)
        }
        #expect(try signed.admit(checkpoint(10, log.root(of: 10))) == nil)
        #expect(try signed.admit(checkpoint(10, log.root(of: 10))) == nil)
        #expect(try signed.admit(checkpoint(4, log.root(of: 4))) == nil)
        #expect(try signed.admit(checkpoint(4, log.root(of: 5))) != nil)
        #expect(try signed.admit(checkpoint(11, log.root(of: 11))) != nil)
        try log.append(5)
        #expect(try signed.admit(checkpoint(15, log.root(of: 15))) == nil)
        // The history is another one from here on, also where it says what is asked.
        try log.rewrite(3)
        let other = try log.tree.root(ofSize: 15)
        #expect(try signed.admit(checkpoint(15, other))?.contains("records were changed or lost") == true)
        #expect(try signed.admit(checkpoint(1, log.root(of: 1))) != nil)
    }

    @Test("a log that lost records is not signed")
    func lost() throws {
        let (log, shorter) = (try Log(20), try Log(12))
        #expect(
            try SignedCheckpoints(store: log.store).admit(Checkpoint(origin: "x", size: 20, root: log.root(of: 20)))
                == nil)
        var batch = WriteBatch()
        for record in try log.store.records(in: KeyRange(prefix: []), of: .local, limit: 10, reversed: false) {
            batch.put(record.value, for: record.key, in: .local)
        }
        try shorter.store.write(batch, synced: false)
        let objection = try SignedCheckpoints(store: shorter.store).admit(
            Checkpoint(origin: "x", size: 12, root: shorter.root(of: 12)))
        #expect(objection != nil)
    }

    @Test("what cannot be read of what was signed stops signing")
    func damaged() throws {
        let log = try Log(3)
        var batch = WriteBatch()
        batch.put([1, 2, 3], for: Array("audit-signed".utf8), in: .local)
        try log.store.write(batch, synced: false)
        #expect(throws: StorageError.self) {
            _ = try SignedCheckpoints(store: log.store).admit(Checkpoint(origin: "x", size: 3, root: log.root(of: 3)))
        }
    }
}
