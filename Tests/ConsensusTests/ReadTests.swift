import Consensus
import Testing

@Suite("Reads and transfers")
struct ReadTests {
    @Test(
        "A read at any member is answered at an index that holds every acknowledged write",
        arguments: [1, 2] as [UInt64])
    func readIndex(member: UInt64) throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.elect(1)
        try cluster.propose("a", at: 1)
        try cluster.settle()
        try cluster.read(7, at: member)
        try cluster.settle()
        #expect(cluster[member].reads == [.ready(id: 7, index: cluster[1].core.commitIndex)])
    }

    @Test("A leader that was replaced without knowing answers no reads")
    func deposedLeaderAnswersNothing() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.elect(1)
        cluster.drops = { $0.from == MemberID(1) || $0.to == MemberID(1) }
        for _ in 0..<100 where cluster[2].core.role != .leader {
            try cluster.tick(2)
            try cluster.tick(3)
            try cluster.settle()
        }
        try #require(cluster[2].core.role == .leader)
        #expect(cluster[1].core.role == .leader)
        try cluster.read(7, at: 1)
        try cluster.settle()
        #expect(cluster[1].reads.isEmpty)
        try cluster.tick(1, times: 25)
        #expect(cluster[1].reads == [.lost(id: 7)])
    }

    @Test("Reads that come while a round is going on share the next")
    func readsAreBatched() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.elect(1)
        try cluster.settle()
        cluster.inFlight = []
        for id in 1...50 { try cluster.read(UInt64(id), at: 1) }
        let rounds = cluster.inFlight.filter { if case .heartbeat = $0.body { true } else { false } }
        #expect(rounds.count == 2)
        try cluster.settle()
        #expect(cluster[1].reads.count == 50)
    }

    @Test("A member that knows no leader says so")
    func noLeader() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.read(7, at: 1)
        #expect(cluster[1].reads == [.lost(id: 7)])
    }

    @Test("Leadership goes to who was asked for, and a write is taken at once")
    func transfer() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.elect(1)
        let effects = try cluster[1].core.transferLeadership(to: MemberID(3))
        try cluster.carryOut(effects, of: MemberID(1))
        try cluster.settle()
        #expect(cluster.leaders == [MemberID(3)])
        try cluster.propose("a", at: 3)
        try cluster.settle()
        #expect(cluster[1].core.commitIndex == cluster[3].core.lastIndex)
    }

    @Test("A transfer to a member that does not answer is given up, and proposals are taken again")
    func transferIsGivenUp() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.elect(1)
        cluster.drops = { $0.to == MemberID(3) || $0.from == MemberID(3) }
        let effects = try cluster[1].core.transferLeadership(to: MemberID(3))
        try cluster.carryOut(effects, of: MemberID(1))
        try cluster.run(ticks: 12)
        guard case .appended = try cluster[1].core.propose([[1]]) else {
            Issue.record("proposals are still turned away")
            return
        }
    }
}
