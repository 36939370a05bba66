import Consensus
import Testing

@Suite("Elections")
struct ElectionTests {
    @Test("A cluster of three elects one leader, and everyone follows it")
    func electsOne() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.run(ticks: 60)
        let leader = try #require(cluster.leaders.first)
        #expect(cluster.leaders.count == 1)
        #expect(cluster.members.values.allSatisfy { $0.core.leader == leader })
    }

    @Test("A sole voter begins a new term before it accepts anything after a restart (scenario 8)")
    func soleVoterBeginsANewTerm() throws {
        var cluster = try TestCluster(voters: 1)
        try cluster.elect(1)
        try cluster.propose("a", at: 1)
        let before = cluster[1].core.term
        try cluster.restart(1)
        guard case .notLeader = try cluster[1].core.propose([[1]]) else {
            Issue.record("a member that just started took a proposal")
            return
        }
        try cluster.elect(1)
        #expect(cluster[1].core.term > before)
        #expect(cluster[1].applied.count == Int(cluster[1].core.lastIndex))
    }

    @Test("A node that was cut off comes back without raising the term or deposing the leader (scenario 17)")
    func partitionedNodeDoesNotDisturb() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.elect(1)
        let term = cluster[1].core.term
        cluster.drops = { $0.from == MemberID(3) || $0.to == MemberID(3) }
        try cluster.run(ticks: 200)
        #expect(cluster[3].core.term == term)
        cluster.drops = { _ in false }
        try cluster.run(ticks: 20)
        #expect(cluster.leaders == [MemberID(1)])
        #expect(cluster[1].core.term == term)
    }

    @Test(
        "A link that carries one way only still ends with a leader (scenario 17)",
        arguments: 1...3 as ClosedRange<UInt64>)
    func asymmetricLink(mute: UInt64) throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.elect(1)
        // Nobody hears `mute`; it hears everyone.
        cluster.drops = { $0.from == MemberID(mute) }
        try cluster.run(ticks: 300)
        let audible = cluster.leaders.filter { $0 != MemberID(mute) }
        #expect(audible.count == 1)
    }

    @Test("A leader that hears no majority for an election timeout steps down")
    func checkQuorum() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.elect(1)
        cluster.drops = { $0.to == MemberID(1) }
        try cluster.tick(1, times: 25)
        #expect(cluster[1].core.role != .leader)
    }

    @Test("A log that is behind wins no votes")
    func staleLogLoses() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.add(MemberID(1), entries: [entry(1, term: 1)], hardState: HardState(term: 2, vote: nil))
        try cluster.add(
            MemberID(2), entries: [entry(1, term: 1), entry(2, term: 2)], hardState: HardState(term: 2, vote: nil))
        try cluster.add(
            MemberID(3), entries: [entry(1, term: 1), entry(2, term: 2)], hardState: HardState(term: 2, vote: nil))
        for _ in 0..<5 {
            try cluster.tick(1, times: 20)
            try cluster.settle()
        }
        #expect(cluster[1].core.role != .leader)
        try cluster.elect(2)
        #expect(cluster.leaders == [MemberID(2)])
    }

    @Test(
        "A long log at a low term does not block elections for ever: the answer carries the voter's term (scenario 9)")
    func preVoteReplyCarriesTheTrueTerm() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.add(
            MemberID(1), entries: [entry(1, term: 1), entry(2, term: 1), entry(3, term: 1)],
            hardState: HardState(term: 1, vote: nil))
        try cluster.add(
            MemberID(2), entries: [entry(1, term: 1), entry(2, term: 5)], hardState: HardState(term: 5, vote: nil))
        cluster.drops = { $0.from == MemberID(3) || $0.to == MemberID(3) }
        try cluster.run(ticks: 300)
        #expect(cluster[1].core.term >= 5)
        #expect(cluster.leaders == [MemberID(2)])
    }

    @Test("A member votes once a term, and remembers it over a restart")
    func votesOnce() throws {
        var cluster = try TestCluster(voters: 3)
        let ask = Message.Body.voteRequest(lastIndex: 0, lastTerm: 0, isTransfer: false)
        try cluster.receive(cluster.message(from: 2, to: 1, term: 5, ask))
        try cluster.restart(1)
        try cluster.receive(cluster.message(from: 3, to: 1, term: 5, ask))
        #expect(cluster.inFlight.map(\.body) == [.voteReply(granted: true), .voteReply(granted: false)])
    }

    @Test("A voter answers whatever its own configuration says of the candidate (scenario 7)")
    func votesForStrangers() throws {
        var cluster = try TestCluster(voters: 3)
        let ask = Message.Body.voteRequest(lastIndex: 0, lastTerm: 0, isTransfer: false)
        try cluster.receive(cluster.message(from: 9, to: 1, term: 5, ask))
        #expect(cluster.inFlight.last?.body == .voteReply(granted: true))
    }

    @Test("Messages of another cluster and for another member are not heard (scenario 18)")
    func foreignMessagesAreIgnored() throws {
        var cluster = try TestCluster(voters: 3)
        let foreign = Message(
            cluster: ClusterStamp(high: 1, low: 1), from: MemberID(2), to: MemberID(1), term: 50,
            body: .heartbeat(commit: 0, round: 0))
        #expect(try cluster[1].core.receive(foreign).isEmpty)
        #expect(try cluster[1].core.receive(cluster.message(from: 2, to: 3, term: 50, .staleTerm)).isEmpty)
        #expect(cluster[1].core.term == 0)
    }

    @Test("A learner never stands for election, and its word counts for nothing")
    func learnersOnlyFollow() throws {
        var cluster = try TestCluster(voters: 2, learners: 1)
        try cluster.tick(3, times: 100)
        #expect(cluster[3].core.role == .follower)
        try cluster.elect(1)
        // With one voter away, the learner's acknowledgement does not make a majority.
        cluster.drops = { $0.from == MemberID(2) || $0.to == MemberID(2) }
        let committed = cluster[1].core.commitIndex
        try cluster.propose("a", at: 1)
        try cluster.settle()
        #expect(cluster[3].core.lastIndex == cluster[1].core.lastIndex)
        #expect(cluster[1].core.commitIndex == committed)
    }

    @Test("A clock that stops or jumps changes who leads at most (scenario 16)")
    func jumpingClock() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.elect(1)
        try cluster.tick(2, times: 3_600)
        try cluster.settle()
        try cluster.run(ticks: 60)
        #expect(cluster.leaders.count == 1)
    }

    @Test("A learner that is cut off stops saying who leads, and stands for nothing")
    func cutOffLearner() throws {
        var cluster = try TestCluster(voters: 1, learners: 1)
        try cluster.elect(1)
        try cluster.run(ticks: 5)
        #expect(cluster[2].core.leader == MemberID(1))
        try cluster.tick(2, times: 100)
        #expect(cluster[2].core.leader == nil)
        #expect(cluster[2].core.role == .follower)
        #expect(cluster[2].core.term == cluster[1].core.term)
    }
}
