import Testing

@testable import Consensus

/// Raft §5, and the scenarios of snapshots that broke others.
@Suite("Snapshots")
struct SnapshotTests {
    /// A cluster of three in which member 3 was away while twenty entries were committed and the leader's log was cut.
    private func lagging() throws -> TestCluster {
        var cluster = try TestCluster(voters: 3)
        try cluster.elect(1)
        try cluster.settle()
        cluster.drops = { $0.to == MemberID(3) || $0.from == MemberID(3) }
        for number in 0..<20 { try cluster.propose("\(number)", at: 1) }
        try cluster.settle()
        cluster[1].log.cut(through: 15)
        // A leader's own memory of recent entries must not hide that they are gone: it starts anew.
        try cluster.restart(1)
        cluster[1].core.commitIndex = 21
        // Member 2 forgets the leader that it followed before it votes again.
        try cluster.tick(2, times: cluster.settings.electionTicks)
        try cluster.elect(1)
        cluster.drops = { _ in false }
        return cluster
    }

    @Test("a member whose entries are gone asks for a state, takes it, and goes on with the log")
    func catchesUp() throws {
        var cluster = try lagging()
        try cluster.run(ticks: 5)
        #expect(cluster[3].need == SnapshotNeed(source: MemberID(1), index: 15))
        #expect(cluster[1].core.progress(of: MemberID(3))?.state == .snapshot)
        try cluster.handState(of: 1, to: 3)
        try cluster.propose("after", at: 1)
        try cluster.run(ticks: 5)
        #expect(cluster[3].installed.count == 1)
        #expect(cluster[3].core.commitIndex == cluster[1].core.commitIndex)
        #expect(cluster[3].core.lastIndex == cluster[1].core.lastIndex)
        #expect(cluster[1].core.progress(of: MemberID(3))?.state == .replicate)
        // Nothing is applied twice: the state holds what was before.
        let installed = try #require(cluster[3].installed.first)
        #expect(cluster[3].applied.filter { $0 > 1 }.allSatisfy { $0 > installed.index })
    }

    @Test("an offer while a state is being fetched starts no second fetch (scenario 5)")
    func secondOffer() throws {
        var cluster = try lagging()
        try cluster.run(ticks: 5)
        #expect(cluster[3].need != nil)
        cluster[3].need = nil
        try cluster.run(ticks: 20)
        #expect(cluster[3].need == nil)
    }

    @Test("a fetch that failed half way is begun anew by the next offer (scenario 5)")
    func failedFetch() throws {
        var cluster = try lagging()
        try cluster.run(ticks: 5)
        cluster[3].need = nil
        let effects = cluster[3].core.snapshotFailed()
        try cluster.carryOut(effects, of: MemberID(3))
        try cluster.run(ticks: 5)
        #expect(cluster[3].need != nil)
        try cluster.restart(3)
        try cluster.run(ticks: 5)
        try cluster.handState(of: 1, to: 3)
        try cluster.run(ticks: 5)
        #expect(cluster[3].core.commitIndex == cluster[1].core.commitIndex)
    }

    @Test("a state older than the log changes nothing (scenario 5)")
    func olderState() throws {
        var cluster = try TestCluster(voters: 3)
        try cluster.elect(1)
        for number in 0..<5 { try cluster.propose("\(number)", at: 1) }
        try cluster.run(ticks: 5)
        let commit = cluster[3].core.commitIndex
        let old = Snapshot(index: 2, term: 1, membership: cluster.membership)
        let effects = try cluster[3].core.snapshotFetched(old)
        #expect(effects.isEmpty)
        #expect(cluster[3].core.commitIndex == commit)
        #expect(cluster[3].core.lastIndex == 6)
    }

    @Test("a state that the log holds already commits so far, and what was acknowledged after it stays")
    func keepsAcknowledgedSuffix() throws {
        var cluster = try TestCluster(voters: 3)
        let entries = (1...10).map { entry(LogIndex($0), term: 1) }
        try cluster.receive(
            cluster.message(
                from: 1, to: 3, term: 1, .append(previousIndex: 0, previousTerm: 0, entries: entries, commit: 3)))
        let late = Snapshot(index: 8, term: 1, membership: cluster.membership)
        let effects = try cluster[3].core.snapshotFetched(late)
        #expect(effects.snapshot == nil)
        #expect(effects.committed == [4...8])
        #expect(cluster[3].core.lastIndex == 10)
    }

    @Test("a state in the place of entries of another term drops them all")
    func dropsConflictingSuffix() throws {
        var cluster = try TestCluster(voters: 3)
        let entries = (1...10).map { entry(LogIndex($0), term: 1) }
        try cluster.receive(
            cluster.message(
                from: 1, to: 3, term: 1, .append(previousIndex: 0, previousTerm: 0, entries: entries, commit: 3)))
        let effects = try cluster[3].core.snapshotFetched(
            Snapshot(index: 8, term: 2, membership: membership([1, 3])))
        #expect(effects.snapshot?.index == 8)
        #expect(cluster[3].core.lastIndex == 8)
        #expect(cluster[3].core.membership == membership([1, 3]))
    }

    @Test("what came in before a state in one turn is not written or applied after it")
    func mergesIntoOneWrite() throws {
        var cluster = try TestCluster(voters: 3)
        var effects = try cluster[3].core.receive(
            cluster.message(
                from: 1, to: 3, term: 2,
                .append(previousIndex: 0, previousTerm: 0, entries: [entry(1, term: 1), entry(2, term: 1)], commit: 2)))
        effects.merge(
            try cluster[3].core.snapshotFetched(Snapshot(index: 8, term: 2, membership: cluster.membership)))
        effects.merge(
            try cluster[3].core.receive(
                cluster.message(
                    from: 1, to: 3, term: 2,
                    .append(previousIndex: 8, previousTerm: 2, entries: [entry(9, term: 2)], commit: 9))))
        #expect(effects.snapshot?.index == 8)
        #expect(effects.entries.map(\.index) == [9])
        #expect(effects.committed == [9...9])
        #expect(effects.hardState?.term == 2)
    }

    @Test("a late append that begins before the log's first entry is answered, not followed off its end (scenario 10)")
    func appendBeforeTheLog() throws {
        var cluster = try TestCluster(voters: 3)
        let handed = Snapshot(index: 8, term: 1, membership: cluster.membership)
        let effects = try cluster[3].core.snapshotFetched(handed)
        try cluster.carryOut(effects, of: MemberID(3))
        let late = (3...6).map { entry(LogIndex($0), term: 1) }
        try cluster.receive(
            cluster.message(
                from: 1, to: 3, term: 1, .append(previousIndex: 2, previousTerm: 1, entries: late, commit: 6)))
        #expect(cluster.inFlight.last?.body == .appendAccepted(matched: 8))
        // One that reaches beyond it is taken from there on.
        let reaching = (7...10).map { entry(LogIndex($0), term: 1) }
        try cluster.receive(
            cluster.message(
                from: 1, to: 3, term: 1, .append(previousIndex: 6, previousTerm: 1, entries: reaching, commit: 8)))
        #expect(cluster.inFlight.last?.body == .appendAccepted(matched: 10))
        #expect(cluster[3].log.entries.map(\.index) == [9, 10])
    }

    @Test("a member that restarts after it took a state votes by that log's last term and index")
    func votesAfterRestart() throws {
        var cluster = try TestCluster(voters: 3)
        let effects = try cluster[3].core.snapshotFetched(
            Snapshot(index: 8, term: 4, membership: cluster.membership))
        try cluster.carryOut(effects, of: MemberID(3))
        try cluster.restart(3)
        try cluster.receive(
            cluster.message(from: 2, to: 3, term: 5, .voteRequest(lastIndex: 7, lastTerm: 4, isTransfer: false)))
        #expect(cluster.inFlight.last?.body == .voteReply(granted: false))
        try cluster.receive(
            cluster.message(from: 2, to: 3, term: 6, .voteRequest(lastIndex: 8, lastTerm: 4, isTransfer: false)))
        #expect(cluster.inFlight.last?.body == .voteReply(granted: true))
    }
}
