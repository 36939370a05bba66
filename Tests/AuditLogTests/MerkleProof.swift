import AuditLog
import Models

/// What proofs prove; RFC 9162, §2.1.3.2 and §2.1.4.2, whose trees are those of RFC 6962.
enum MerkleProof {
    /// Whether `proof` leads from a leaf's hash to `root`.
    static func includes(
        _ leaf: Digest, at index: UInt64, size: UInt64, _ proof: [Digest], root: Digest
    ) -> Bool {
        guard index < size else { return false }
        var (node, last, hash) = (index, size - 1, leaf)
        for sibling in proof {
            guard last > 0 else { return false }
            if node & 1 == 1 || node == last {
                hash = MerkleHash.ofNode(sibling, hash)
                while node & 1 == 0, node > 0 { (node, last) = (node >> 1, last >> 1) }
            } else {
                hash = MerkleHash.ofNode(hash, sibling)
            }
            (node, last) = (node >> 1, last >> 1)
        }
        return last == 0 && hash == root
    }

    /// Whether `proof` shows that the tree with `oldRoot` is the beginning of that with `newRoot`.
    static func extends(
        _ oldRoot: Digest, size old: UInt64, to newRoot: Digest, size new: UInt64, _ proof: [Digest]
    ) -> Bool {
        guard old <= new else { return false }
        if old == new { return proof.isEmpty && oldRoot == newRoot }
        if old == 0 { return proof.isEmpty && oldRoot == MerkleHash.ofNothing }
        var path = proof[...]
        if old.nonzeroBitCount == 1 { path = ([oldRoot] + proof)[...] }
        guard let first = path.popFirst() else { return false }
        var (node, last) = (old - 1, new - 1)
        while node & 1 == 1 { (node, last) = (node >> 1, last >> 1) }
        var (oldHash, newHash) = (first, first)
        for sibling in path {
            guard last > 0 else { return false }
            if node & 1 == 1 || node == last {
                (oldHash, newHash) = (MerkleHash.ofNode(sibling, oldHash), MerkleHash.ofNode(sibling, newHash))
                while node & 1 == 0, node > 0 { (node, last) = (node >> 1, last >> 1) }
            } else {
                newHash = MerkleHash.ofNode(newHash, sibling)
            }
            (node, last) = (node >> 1, last >> 1)
        }
        return last == 0 && oldHash == oldRoot && newHash == newRoot
    }
}
