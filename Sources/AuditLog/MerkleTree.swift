package import Models

/// Merkle hashing of RFC 6962, §2.1: leaves and nodes are hashed apart, so that neither passes for the other.
package enum MerkleHash {
    /// The hash of a tree without leaves.
    package static let ofNothing = Digest(of: [])

    /// The hash of a leaf.
    package static func ofLeaf(_ content: [UInt8]) -> Digest { Digest(of: [0] + content) }

    /// The hash of the node over two others.
    package static func ofNode(_ left: Digest, _ right: Digest) -> Digest {
        Digest(of: [1] + left.bytes + right.bytes)
    }
}

/// What a tree that only grows remembers of itself: the hashes of its largest complete subtrees, from left to right.
///
/// As many as `count` has bits that are set, so at most 64.
package struct MerkleFrontier: Hashable, Sendable {
    /// How many leaves there are.
    package private(set) var count: UInt64 = 0
    private var hashes: [Digest] = []

    /// A tree without leaves.
    package init() {}

    /// Adds a leaf, by its hash.
    package mutating func append(_ leaf: Digest) {
        var hash = leaf
        for _ in 0..<(~count).trailingZeroBitCount { hash = MerkleHash.ofNode(hashes.removeLast(), hash) }
        hashes.append(hash)
        count += 1
    }

    /// The hash of the whole tree.
    package var root: Digest {
        guard var hash = hashes.last else { return MerkleHash.ofNothing }
        for left in hashes.dropLast().reversed() { hash = MerkleHash.ofNode(left, hash) }
        return hash
    }
}

/// The hashes of complete subtrees, wherever they are kept.
package protocol MerkleNodes {
    /// The error of reading.
    associatedtype Failure: Error

    /// The hash over leaves `index << level ..< (index + 1) << level`, all of which there are.
    func hash(level: Int, index: UInt64) throws(Failure) -> Digest
}

extension MerkleNodes {
    /// The hash of the tree of the first `size` leaves.
    package func root(ofSize size: UInt64) throws(Failure) -> Digest { try hash(of: 0..<size) }

    /// The hashes that lead from leaf `index` to the root of the tree of `size` leaves (RFC 6962, §2.1.1).
    package func inclusionProof(of index: UInt64, inSize size: UInt64) throws(Failure) -> [Digest] {
        precondition(index < size, "a leaf beyond the tree")
        return try path(to: index, in: 0..<size)
    }

    /// The hashes that lead from the root of the first `old` leaves to that of the first `new` (RFC 6962, §2.1.2).
    package func consistencyProof(from old: UInt64, to new: UInt64) throws(Failure) -> [Digest] {
        precondition(old <= new, "an older tree is no larger")
        return old == 0 ? [] : try subproof(old, in: 0..<new, isKnown: true)
    }

    /// The largest power of two below a count above 1.
    private static func split(_ count: UInt64) -> UInt64 { 1 << (63 - (count - 1).leadingZeroBitCount) }

    private func hash(of range: Range<UInt64>) throws(Failure) -> Digest {
        let count = range.upperBound - range.lowerBound
        guard count > 0 else { return MerkleHash.ofNothing }
        if count.nonzeroBitCount == 1 {
            let level = count.trailingZeroBitCount
            return try hash(level: level, index: range.lowerBound >> UInt64(level))
        }
        let middle = range.lowerBound + Self.split(count)
        return MerkleHash.ofNode(
            try hash(of: range.lowerBound..<middle), try hash(of: middle..<range.upperBound))
    }

    private func path(to index: UInt64, in range: Range<UInt64>) throws(Failure) -> [Digest] {
        let count = range.upperBound - range.lowerBound
        guard count > 1 else { return [] }
        let middle = range.lowerBound + Self.split(count)
        let (left, right) = (range.lowerBound..<middle, middle..<range.upperBound)
        return index < middle
            ? try path(to: index, in: left) + [try hash(of: right)]
            : try path(to: index, in: right) + [try hash(of: left)]
    }

    private func subproof(_ old: UInt64, in range: Range<UInt64>, isKnown: Bool) throws(Failure) -> [Digest] {
        let count = range.upperBound - range.lowerBound
        guard old < count else { return isKnown ? [] : [try hash(of: range)] }
        let half = Self.split(count)
        let middle = range.lowerBound + half
        let (left, right) = (range.lowerBound..<middle, middle..<range.upperBound)
        return old <= half
            ? try subproof(old, in: left, isKnown: isKnown) + [try hash(of: right)]
            : try subproof(old - half, in: right, isKnown: false) + [try hash(of: left)]
    }
}

/// What proofs prove; RFC 9162, §2.1.3.2 and §2.1.4.2, whose trees are those of RFC 6962.
package enum MerkleProof {
    /// Whether `proof` leads from a leaf's hash to `root`.
    package static func includes(
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
    package static func extends(
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
