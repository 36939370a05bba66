import Consensus
import Models
import Registry
import Testing

@testable import Replication

@Suite("Agreement about the state")
struct StateAgreementTests {
    private static let three = Membership(voters: [1, 2, 3].map { MemberID($0) })
    private static let right = hash(1)
    private static let wrong = hash(2)

    private static func hash(_ byte: UInt8) -> StateHash {
        do { return try StateHash(canonicalBytes: [UInt8](repeating: byte, count: 32)) } catch {
            preconditionFailure("a state's hash has 32 bytes")
        }
    }

    private func agreement(_ own: UInt64, _ hash: StateHash) -> StateAgreement {
        StateAgreement(own: MemberID(own), applied: 9, hash)
    }

    /// Carries claims among three nodes until nobody says anything more; returns who found itself wrong.
    private func settle(_ hashes: [StateHash], first: Int) -> Set<Int> {
        var nodes = (0..<3).map { agreement(UInt64($0 + 1), hashes[$0]) }
        var wrong: Set<Int> = []
        var claims = (0..<3).filter { $0 != first }.map { (from: first, to: $0, hash: hashes[first]) }
        while !claims.isEmpty {
            let claim = claims.removeFirst()
            let from = MemberID(UInt64(claim.from + 1))
            for finding in nodes[claim.to].heard(claim.hash, at: 9, from: from, applied: 9, Self.three) {
                switch finding {
                case .announce(_, let hash):
                    claims += (0..<3).filter { $0 != claim.to }.map { (from: claim.to, to: $0, hash: hash) }
                case .diverged: wrong.insert(claim.to)
                }
            }
        }
        return wrong
    }

    @Test("whoever leads, only the node that differs from the majority stops", arguments: 0..<3, 0..<3)
    func onlyTheWrongOneStops(damaged: Int, leader: Int) {
        var hashes = [Self.right, Self.right, Self.right]
        hashes[damaged] = Self.wrong
        #expect(settle(hashes, first: leader) == [damaged])
    }

    @Test("nodes that agree say nothing, and three that all differ stop nobody", arguments: 0..<3)
    func noMajority(leader: Int) {
        #expect(settle([Self.right, Self.right, Self.right], first: leader) == [])
        #expect(settle([Self.hash(1), Self.hash(2), Self.hash(3)], first: leader) == [])
    }

    @Test("a claim for an index that is not applied yet waits for it")
    func waits() {
        var node = agreement(1, Self.right)
        #expect(node.heard(Self.wrong, at: 11, from: MemberID(2), applied: 9, Self.three) == [])
        #expect(node.applied(10, Self.right, Self.three) == [])
        #expect(node.applied(11, Self.right, Self.three) == [.announce(11, Self.right)])
    }

    @Test("a learner's word does not count")
    func learners() {
        let membership = Membership(voters: [1, 2].map { MemberID($0) }, learners: [MemberID(3)])
        var node = agreement(1, Self.right)
        _ = node.heard(Self.wrong, at: 9, from: MemberID(3), applied: 9, membership)
        _ = node.heard(Self.wrong, at: 9, from: MemberID(2), applied: 9, membership)
        #expect(node.diverged == nil)
    }

    @Test("a node that was wrong before it restarted is found out again")
    func restart() {
        var node = agreement(1, Self.wrong)
        _ = node.heard(Self.right, at: 9, from: MemberID(2), applied: 9, Self.three)
        _ = node.heard(Self.right, at: 9, from: MemberID(3), applied: 9, Self.three)
        #expect(node.diverged == 9)
    }

    @Test("nodes that differ at many indexes announce each of them once")
    func bounded() {
        var node = StateAgreement(own: MemberID(1), applied: 0, Self.right)
        for index in LogIndex(1)...50 { _ = node.applied(index, Self.right, Self.three) }
        var announced: [LogIndex] = []
        for _ in 0..<3 {
            for index in LogIndex(1)...50 {
                for case .announce(let index, _) in node.heard(
                    Self.wrong, at: index, from: MemberID(2), applied: 50, Self.three)
                {
                    announced.append(index)
                }
            }
        }
        #expect(announced == Array(1...50))
    }
}
