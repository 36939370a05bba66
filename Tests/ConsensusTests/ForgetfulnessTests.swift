import Testing

@testable import Consensus

/// raft.md, scenario 18: a member restored from an old copy of its disk is refused, not believed.
@Suite("Members that forgot")
struct ForgetfulnessTests {
    @Test("a member that comes back without what it acknowledged is not fed, and hears that it has lost entries")
    func oldCopy() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.elect(1)
        for number in 0..<10 { try cluster.propose("\(number)", at: 1) }
        try cluster.run(ticks: 3)
        #expect(cluster[1].core.progress(of: MemberID(3))?.matched == 11)
        cluster[3].log.entries.removeAll { $0.index > 4 }
        try cluster.restart(3)
        var lost: LogIndex?
        for _ in 0..<10 {
            try cluster.tick(1)
            for message in cluster.inFlight where message.to == MemberID(3) {
                let effects = try cluster[3].core.receive(message)
                lost = effects.lostThrough ?? lost
                try cluster.carryOut(effects, of: MemberID(3))
            }
            cluster.inFlight.removeAll { $0.to == MemberID(3) }
            try cluster.settle()
        }
        #expect(lost == 11)
        #expect(cluster[3].core.lastIndex == 4)
        #expect(cluster[1].core.progress(of: MemberID(3))?.matched == 11)
    }

    @Test("a rejection that is merely late changes nothing for who has everything")
    func lateRejection() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.elect(1)
        for number in 0..<5 { try cluster.propose("\(number)", at: 1) }
        try cluster.run(ticks: 3)
        try cluster.receive(
            cluster.message(
                from: 3, to: 1, term: cluster[1].core.term,
                .appendRejected(previousIndex: 2, hintIndex: 0, hintTerm: 0)))
        let told = try #require(cluster.inFlight.last { $0.to == MemberID(3) })
        #expect(told.body == .acknowledged(through: 6))
        #expect(try cluster[3].core.receive(told).lostThrough == nil)
        #expect(cluster[1].core.progress(of: MemberID(3))?.next == 7)
    }
}
