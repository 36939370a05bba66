import Testing

@testable import Consensus

/// Lines on which a vote takes longer than an election timeout (raft.md, scenarios 15 and 17).
@Suite("Patience")
struct PatienceTests {
    @Test("with each election that comes to nothing a member waits twice as long, up to eight times")
    func grows() throws {
        var cluster = try TestCluster(voters: 3)
        cluster.drops = { _ in true }
        var seen: [Int] = []
        for _ in 0..<400 {
            try cluster.tick(1)
            try cluster.settle()
            if seen.last != cluster[1].core.patience { seen.append(cluster[1].core.patience) }
        }
        #expect(seen == [1, 2, 4, 8])
        #expect(cluster[1].core.term == 0)
    }

    @Test(
        "a leader whose followers answer later than an election timeout stays one, once it was patient enough to be elected"
    )
    func slowLine() throws {
        var cluster = try TestCluster(voters: 3)
        // Twelve ticks each way, where an election timeout has ten.
        var inTransit: [(due: Int, message: Message)] = []
        var reigns: Set<Term> = []
        var leads = 0
        for now in 0..<2_000 {
            for id in 1...3 as ClosedRange<UInt64> { try cluster.tick(id) }
            inTransit += cluster.inFlight.map { (now + 12, $0) }
            cluster.inFlight = []
            for (_, message) in inTransit.filter({ $0.due <= now }) { try cluster.receive(message) }
            inTransit.removeAll { $0.due <= now }
            guard now >= 1_000 else { continue }
            if let leader = cluster.leaders.last {
                leads += 1
                reigns.insert(cluster[leader.rawValue].core.term)
            }
        }
        #expect(reigns.count == 1)
        #expect(leads == 1_000)
    }

    @Test(
        "a patient leader whose followers answer in time becomes as impatient as it was, and steps down as soon when it is cut off"
    )
    func leaderShrinks() throws {
        var cluster = try TestCluster(voters: 3)
        cluster.drops = { _ in true }
        try cluster.run(ticks: 300)
        cluster.drops = { _ in false }
        try cluster.run(ticks: 200)
        let leader = try #require(cluster.leaders.last)
        #expect(cluster[leader.rawValue].core.patience > 1)
        try cluster.run(ticks: 1_200)
        #expect(cluster.leaders == [leader])
        #expect(cluster[leader.rawValue].core.patience == 1)
        cluster.drops = { $0.from == leader || $0.to == leader }
        try cluster.run(ticks: 20)
        #expect(cluster[leader.rawValue].core.role == .follower)
    }

    @Test("leadership is handed over at any moment, also just after the followers were counted")
    func transferAfterCounting() throws {
        for offset in 0..<10 {
            var cluster = try TestCluster(voters: 3)
            try cluster.run(ticks: 60 + offset)
            let leader = try #require(cluster.leaders.last)
            let effects = try cluster[leader.rawValue].core.transferLeadership(to: nil)
            try cluster.carryOut(effects, of: leader)
            try cluster.settle()
            #expect(cluster.leaders != [leader], "\(offset) ticks later")
        }
    }

    @Test("who is asked again and again to hand over to a member that is away still notices that nobody answers")
    func transfersInVain() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.run(ticks: 60)
        let leader = try #require(cluster.leaders.last)
        let other = MemberID(leader.rawValue == 1 ? 2 : 1)
        cluster.drops = { $0.from == leader || $0.to == leader }
        for _ in 0..<10 {
            _ = try cluster[leader.rawValue].core.transferLeadership(to: other)
            try cluster.run(ticks: 3)
        }
        #expect(cluster[leader.rawValue].core.role != .leader)
    }

    @Test("a follower that follows one leader for long becomes as impatient as it was")
    func shrinks() throws {
        var cluster = try TestCluster(voters: 3)
        cluster.drops = { $0.from == MemberID(3) || $0.to == MemberID(3) }
        try cluster.run(ticks: 300)
        #expect(cluster[3].core.patience == 8)
        cluster.drops = { _ in false }
        try cluster.run(ticks: 1_200)
        #expect(cluster[3].core.patience == 1)
    }
}
