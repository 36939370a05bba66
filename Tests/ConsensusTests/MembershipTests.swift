import Testing

@testable import Consensus

/// Raft §4, and the scenarios of changing members that broke others.
@Suite("Changes of the membership")
struct MembershipTests {
    @Test("a learner is fed, and counts once it is promoted")
    func promotion() throws {
        var cluster = try TestCluster(voters: 1)
        try cluster.elect(1)
        for number in 0..<10 { try cluster.propose("\(number)", at: 1) }
        try cluster.add(MemberID(2))
        try cluster.change(to: membership([1], learners: [2]), at: 1)
        try cluster.run(ticks: 10)
        #expect(cluster[2].applied == Array(1...12))
        #expect(cluster[2].core.membership == membership([1], learners: [2]))
        try cluster.change(to: membership([1, 2]), at: 1)
        try cluster.run(ticks: 5)
        #expect(cluster[1].core.commitIndex == 13)
        // Alone it is no majority any more.
        cluster.drops = { $0.from == MemberID(2) }
        try cluster.propose("alone", at: 1)
        try cluster.run(ticks: 3)
        #expect(cluster[1].core.commitIndex == 13)
    }

    @Test("one change at a time: the next waits until the one before is committed")
    func oneAtATime() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.elect(1)
        try cluster.settle()
        cluster.drops = { $0.to == MemberID(1) }
        #expect(try cluster.change(to: membership([1, 2, 3, 4]), at: 1) == nil)
        try cluster.settle()
        #expect(try cluster.change(to: membership([1, 2, 3, 4, 5]), at: 1) == "the change before is not committed yet")
        cluster.drops = { _ in false }
        try cluster.add(MemberID(4))
        try cluster.run(ticks: 10)
        #expect(try cluster.change(to: membership([1, 2, 3, 4, 5]), at: 1) == nil)
    }

    @Test(
        "a configuration that is not the first entry of its batch holds from its own place, and is taken back when cut off (scenario 1)"
    )
    func notFirstOfBatch() throws {
        var cluster = try TestCluster(voters: 3)
        let change = Entry(term: 1, index: 3, kind: .membership, data: membership([1, 2, 3, 4]).bytes)
        let batch = [entry(1, term: 1), entry(2, term: 1), change, entry(4, term: 1)]
        try cluster.receive(
            cluster.message(
                from: 2, to: 1, term: 1, .append(previousIndex: 0, previousTerm: 0, entries: batch, commit: 0)))
        #expect(cluster[1].core.membership == membership([1, 2, 3, 4]))
        // A restart finds it in the log.
        try cluster.restart(1)
        #expect(cluster[1].core.membership == membership([1, 2, 3, 4]))
        try cluster.receive(
            cluster.message(
                from: 3, to: 1, term: 2,
                .append(previousIndex: 2, previousTerm: 1, entries: [entry(3, term: 2)], commit: 2)))
        #expect(cluster[1].core.membership == membership([1, 2, 3]))
        #expect(cluster[1].core.commitIndex == 2)
    }

    @Test("no change before an entry of the leader's own term is committed (scenario 3)")
    func ownTermFirst() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.add(MemberID(1), entries: [entry(1, term: 1)], hardState: HardState(term: 1, vote: nil))
        try cluster.add(MemberID(2), entries: [entry(1, term: 1)], hardState: HardState(term: 1, vote: nil))
        cluster.drops = { if case .appendAccepted = $0.body { true } else { false } }
        try cluster.elect(1)
        #expect(try cluster.change(to: membership([1, 2]), at: 1) == "the leader has committed nothing yet")
        cluster.drops = { _ in false }
        try cluster.run(ticks: 5)
        #expect(try cluster.change(to: membership([1, 2]), at: 1) == nil)
    }

    @Test("a leader that removes itself leads until that is committed, then another takes over at once (scenario 4)")
    func leaderLeaves() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.elect(1)
        try cluster.run(ticks: 3)
        try cluster.change(to: membership([2, 3]), at: 1)
        // Its own disk does not count any more: one answer is no majority of two.
        cluster.drops = { $0.from == MemberID(3) && $0.to == MemberID(1) }
        try cluster.settle()
        #expect(cluster[1].core.role == .leader)
        #expect(cluster[1].core.commitIndex == 1)
        cluster.drops = { _ in false }
        try cluster.run(ticks: 3)
        #expect(cluster[1].core.role == .follower)
        #expect(cluster.leaders.count == 1 && cluster.leaders != [MemberID(1)])
        let term = try #require(cluster.members.values.map(\.core.term).max())
        // What was removed stands for nothing, whatever it hears or does not.
        try cluster.tick(1, times: 200)
        try cluster.settle()
        #expect(cluster[1].core.role == .follower)
        #expect(cluster.members.values.allSatisfy { $0.core.term <= term })
    }

    @Test(
        "three voters become one, the leader leaving each time, and never are there two leaders in a term (scenario 4)")
    func downToOne() throws {
        var cluster = try TestCluster(voters: 3)
        var led: [Term: Set<MemberID>] = [:]
        func note() {
            for member in cluster.members.values where member.core.role == .leader {
                led[member.core.term, default: []].insert(member.core.id)
            }
        }
        try cluster.elect(1)
        for voters in [[2, 3], [3]] as [[UInt64]] {
            for _ in 0..<100 {
                try cluster.run(ticks: 1)
                note()
                guard let leader = cluster.leaders.first else { continue }
                if try cluster.change(to: membership(voters), at: leader.rawValue) == nil { break }
            }
            for _ in 0..<60 {
                try cluster.run(ticks: 1)
                note()
            }
        }
        #expect(cluster.leaders == [MemberID(3)])
        try cluster.propose("alone", at: 3)
        try cluster.settle()
        #expect(cluster[3].core.commitIndex == cluster[3].core.lastIndex)
        #expect(led.values.allSatisfy { $0.count == 1 })
    }

    @Test("a leader crash between two promotions does not leave everyone waiting (scenario 7)", arguments: [1, 2])
    func crashWhilePromoting(voters: Int) throws {
        var cluster = try TestCluster(voters: voters, learners: 1)
        try cluster.elect(1)
        try cluster.run(ticks: 5)
        let all = (1...UInt64(voters + 1)).map { $0 }
        let promoted = MemberID(UInt64(voters + 1))
        // The promoted member does not hear of its promotion before the leader is gone; the others do.
        cluster.drops = { $0.to == promoted }
        try cluster.change(to: membership(all), at: 1)
        try cluster.settle()
        try cluster.restart(1)
        cluster.drops = { _ in false }
        try cluster.run(ticks: 100)
        #expect(cluster.leaders.count == 1)
        #expect(cluster.members.values.allSatisfy { $0.core.membership == membership(all) })
        let leader = try #require(cluster.leaders.first)
        try cluster.propose("more", at: leader.rawValue)
        try cluster.run(ticks: 5)
        #expect(Set(cluster.members.values.map(\.core.commitIndex)) == [cluster[1].core.lastIndex])
    }

    @Test(
        "a leader that demoted itself and crashed before anyone heard of it is still electable: only it has the entry")
    func demotedUnheard() throws {
        // Found by `peerage-simulate --seed 296`: the other voter's log is shorter, so nobody would ever lead again.
        var cluster = try TestCluster(voters: 2)
        try cluster.elect(1)
        try cluster.run(ticks: 3)
        cluster.drops = { _ in true }
        try cluster.change(to: membership([2], learners: [1]), at: 1)
        try cluster.settle()
        try cluster.restart(1)
        cluster.drops = { _ in false }
        try cluster.run(ticks: 200)
        #expect(cluster.leaders == [MemberID(2)])
        #expect(cluster.members.values.allSatisfy { $0.core.membership == membership([2], learners: [1]) })
    }

    @Test("a sole voter begins a new term when it restarts, before it takes anything (scenario 8)")
    func soleVoterRestarts() throws {
        var cluster = try TestCluster(voters: 1)
        try cluster.elect(1)
        let term = cluster[1].core.term
        try cluster.restart(1)
        guard case .notLeader = try cluster[1].core.propose([[1]]) else {
            Issue.record("it took a proposal before it led")
            return
        }
        try cluster.elect(1)
        #expect(cluster[1].core.term > term)
    }

    @Test("two voters become one: nothing is committed, and nothing leaves, before it is on the disk (scenario 14)")
    func shrinkWaitsForTheDisk() throws {
        var cluster = try TestCluster(voters: 2)
        try cluster.elect(1)
        try cluster.run(ticks: 3)
        cluster[1].diskIsFast = false
        let committed = cluster[1].core.commitIndex
        try cluster.change(to: membership([1]), at: 1)
        try cluster.propose("alone", at: 1)
        try cluster.settle()
        #expect(cluster[1].core.commitIndex == committed)
        #expect(cluster.inFlight.isEmpty)
        #expect(cluster[2].core.lastIndex == committed)
    }

    @Test("a removed follower hears of it, and is then left alone")
    func followerLeaves() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.elect(1)
        try cluster.run(ticks: 3)
        try cluster.change(to: membership([1, 2]), at: 1)
        try cluster.run(ticks: 30)
        #expect(cluster[3].core.membership == membership([1, 2]))
        #expect(cluster[1].core.progress(of: MemberID(3)) == nil)
        var messages = 0
        cluster.drops = { message in
            if message.to == MemberID(3) { messages += 1 }
            return false
        }
        try cluster.run(ticks: 100)
        #expect(messages == 0)
        #expect(cluster.leaders == [MemberID(1)])
    }

    @Test("a membership's bytes are these for ever, and others are refused")
    func bytes() {
        let bytes: [UInt8] = [1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9]
        #expect(membership([258, 1], learners: [9]).bytes == bytes)
        #expect(Membership(bytes: bytes) == membership([1, 258], learners: [9]))
        for count in 0..<bytes.count { #expect(Membership(bytes: Array(bytes.prefix(count))) == nil) }
        let wrong: [[UInt8]] = [
            [2] + Array(bytes.dropFirst()), bytes + [0], membership([1], learners: [1]).bytes, [1, 0, 0, 0, 0],
        ]
        for bytes in wrong { #expect(Membership(bytes: bytes) == nil) }
    }

    @Test("one step is one voter more or less, and any learners")
    func steps() {
        let three = membership([1, 2, 3])
        for next in [three, membership([1, 2]), membership([1, 2, 3, 4]), membership([1, 2], learners: [3, 4])] {
            #expect(three.isOneStep(to: next))
        }
        for next in [membership([1, 2, 4]), membership([1]), membership([1, 2, 3, 4, 5]), membership([])] {
            #expect(!three.isOneStep(to: next))
        }
    }
}
