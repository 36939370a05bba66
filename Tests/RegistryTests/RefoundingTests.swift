import Models
import Storage
import Testing

@testable import Registry

/// A cluster of one that begins with another's state (faults-and-abuse.md, 49 and 50).
@Suite struct RefoundingTests {
    private func refounded() throws -> (Machine, ClusterMember) {
        var machine = try Machine.founded()
        try machine.apply(.raiseLevel(RaiseLevel(level: Command.knownLevel)), by: "peerage")
        try machine.apply(.createProject("vision"))
        try machine.apply(.invite("east-2"))
        var transaction = try StateTransaction(reader: machine.store)
        let founding = Refounding(
            cluster: try .numbered(99), node: try NodeName("north-9"), site: try SiteName("north"),
            endpoint: "https://new", peer: "new:1", at: Timestamp(milliseconds: 5), action: "cluster.restore")
        let member = try StateMachine.refound(founding, in: &transaction)
        var batch = WriteBatch()
        transaction.append(to: &batch)
        try machine.store.write(batch, synced: true)
        return (machine, member)
    }

    @Test func itsOnlyMemberHasANumberThatTheOldClusterNeverGave() throws {
        let (machine, member) = try refounded()
        #expect(member.member == 5 && member.isVoter)
        let cluster = try #require(try machine.catalog.cluster())
        #expect(cluster.cluster == (try .numbered(99)))
        #expect(cluster.members == [member])
        let membership = try #require(try machine.catalog.membership())
        #expect(membership.voters == [5] && membership.learners.isEmpty)
        #expect(try machine.catalog.nextMember() == 6)
        #expect(try machine.catalog.level() == Command.knownLevel)
    }

    @Test func everythingElseStaysAndTheAuditLogTellsOfIt() throws {
        let (machine, _) = try refounded()
        #expect(try machine.catalog.project(ProjectName("vision")) != nil)
        #expect(
            try machine.catalog.principal(tokenDigest: Digest(of: Array("token".utf8)), at: Timestamp(milliseconds: 0))?
                .name.text == "ann")
        let records = try machine.catalog.auditRecords(after: 0, limit: 99)
        #expect(records.map(\.sequence) == Array(1...UInt64(records.count)))
        #expect(records.last?.action == "cluster.restore")
        #expect(records.last?.object == (try UniqueID.numbered(7)).description)
        #expect(try StateHash.recomputed(from: machine.store) == machine.catalog.applied().hash)
    }

    @Test func invitationsIntoTheOldClusterEnd() throws {
        var (machine, _) = try refounded()
        #expect(try machine.refusal(.admit("east-2")) == .notFound)
    }

    @Test func aStateWithoutAClusterIsNotFoundedAnew() throws {
        var transaction = try StateTransaction(reader: MemoryStore())
        let founding = Refounding(
            cluster: try .numbered(99), node: try NodeName("n"), site: try SiteName("s"), endpoint: "", peer: "",
            at: Timestamp(milliseconds: 5), action: "cluster.recover")
        #expect(throws: StorageError.self) { try StateMachine.refound(founding, in: &transaction) }
    }
}
