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
