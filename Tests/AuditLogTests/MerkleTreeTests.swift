import Models
import Testing

@testable import AuditLog

/// The tree over `count` small leaves, computed by the definition.
struct SmallTree: MerkleNodes {
    let leaves: [Digest]

    init(_ count: Int) { leaves = (0..<count).map { MerkleHash.ofLeaf([UInt8($0 & 0xFF), UInt8($0 >> 8)]) } }

    func hash(level: Int, index: UInt64) -> Digest {
        Self.hash(leaves[Int(index) << level..<(Int(index) + 1) << level])
    }

    /// RFC 6962, §2.1, word for word.
    static func hash(_ leaves: ArraySlice<Digest>) -> Digest {
        guard let first = leaves.first else { return Digest(of: []) }
        guard leaves.count > 1 else { return first }
        var half = 1
        while half * 2 < leaves.count { half *= 2 }
        return MerkleHash.ofNode(
            hash(leaves.prefix(half)), hash(leaves.dropFirst(half)))
    }
}

@Suite("Merkle trees") struct MerkleTreeTests {
    /// The vectors of Certificate Transparency's own tests (certificate-transparency, merkletree).
    private static let inputs: [String] = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    ]
    private static let roots: [String] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    @Test("roots are those of Certificate Transparency")
    func vectors() throws {
        var tree = MerkleFrontier()
        #expect(tree.root.description == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        for (input, root) in zip(Self.inputs, Self.roots) {
            tree.append(MerkleHash.ofLeaf(try #require(Hexadecimal.decode(Substring(input)))))
            #expect(tree.root.description == root)
        }
        #expect(tree.count == 8)
    }

    @Test("growing leaf by leaf and computing at once give one root")
    func growth() {
        let tree = SmallTree(300)
        var frontier = MerkleFrontier()
        for (position, leaf) in tree.leaves.enumerated() {
            frontier.append(leaf)
            let root = SmallTree.hash(tree.leaves.prefix(position + 1))
            #expect(frontier.root == root)
            #expect(tree.root(ofSize: UInt64(position) + 1) == root)
        }
    }

    @Test("every leaf is proven in every tree, and in no other place")
    func inclusion() {
        let tree = SmallTree(70)
        for size in 1...UInt64(70) {
            let root = tree.root(ofSize: size)
            for index in 0..<size {
                let (leaf, proof) = (tree.leaves[Int(index)], tree.inclusionProof(of: index, inSize: size))
                #expect(MerkleProof.includes(leaf, at: index, size: size, proof, root: root))
                #expect(!MerkleProof.includes(leaf, at: index, size: size, proof + [root], root: root))
                #expect(!MerkleProof.includes(MerkleHash.ofLeaf([9]), at: index, size: size, proof, root: root))
                #expect(!MerkleProof.includes(leaf, at: index, size: size, proof, root: leaf) || size == 1)
                if size > 1 {
                    #expect(!MerkleProof.includes(leaf, at: (index + 1) % size, size: size, proof, root: root))
                    #expect(!MerkleProof.includes(leaf, at: index, size: size, proof.dropLast(), root: root))
                }
            }
            #expect(!MerkleProof.includes(tree.leaves[0], at: size, size: size, [], root: root))
        }
    }

    @Test("every tree continues every smaller one, and no other")
    func consistency() {
        let (tree, root) = (SmallTree(70), MerkleHash.ofLeaf([7, 7, 7]))
        for new in 0...UInt64(70) {
            for old in 0...new {
                let proof = tree.consistencyProof(from: old, to: new)
                let (before, after) = (tree.root(ofSize: old), tree.root(ofSize: new))
                #expect(MerkleProof.extends(before, size: old, to: after, size: new, proof))
                #expect(!MerkleProof.extends(root, size: old, to: after, size: new, proof))
                #expect(!MerkleProof.extends(before, size: old, to: after, size: new, proof + [root]))
                if old > 0, old < new {
                    #expect(!MerkleProof.extends(before, size: old, to: root, size: new, proof))
                    #expect(!MerkleProof.extends(before, size: old, to: after, size: new, proof.dropLast()))
                }
            }
            #expect(!MerkleProof.extends(root, size: new + 1, to: root, size: new, []))
        }
    }
}
