import Models
import Storage
import Testing

@testable import Registry

/// Who belongs to the cluster, and the commands that are understood.
@Suite struct MembersTests {
    /// A cluster in which every member knows every command.
    private func raised() throws -> Machine {
        var machine = try Machine.founded()
        try machine.raise()
        return machine
    }

    private func member(_ node: String, in machine: Machine) throws -> ClusterMember? {
        try machine.catalog.cluster()?.members.first { $0.node.text == node }
    }

    @Test func beforeTheClusterIsRaisedTheCommandsAreWhatTheyAreToOlderBuilds() throws {
        var (machine, older) = (try Machine.founded(), try Machine.founded())
        let refused = try machine.apply(.invite("east-2"))
        #expect(refused.outcome.refusal?.code == .invalid)
        #expect(try machine.catalog.auditRecords(after: 1, limit: 1).first?.action == "unknown")
        // The same bytes but for a kind that nobody knows: the state must be the same but for what was asked.
        #expect(try machine.catalog.auditCount == 2)
        #expect(try machine.catalog.cluster()?.members == older.catalog.cluster()?.members)
        _ = try older.apply(.createProject("vision"))
        #expect(try older.catalog.level() == 1)
    }

    @Test func raisingKeepsWhoVotesAndWritesTheClusterAnew() throws {
        var machine = try Machine.founded()
        let before = try machine.catalog.membership()
        try machine.raise()
        #expect(try machine.catalog.level() == Command.knownLevel)
        let after = try #require(try machine.catalog.membership())
        #expect(after.voters == before?.voters && after.learners == before?.learners)
        #expect(try machine.catalog.nextMember() == 5)
        #expect(try machine.apply(.raiseLevel(RaiseLevel(level: 2)), by: "peerage").outcome.refusal?.code == .conflict)
    }

    @Test func aClusterRaisedBeyondThisBuildStopsIt() throws {
        var machine = try raised()
        let error = #expect(throws: StorageError.self) {
            try machine.apply(.raiseLevel(RaiseLevel(level: Command.knownLevel + 1)), by: "peerage")
        }
        guard case .incompatible = error else { throw Unexpected() }
    }

    @Test(arguments: ["ann", "mallory", "unknown"])
    func onlyNodesSpeakForNodes(principal: String) throws {
        var machine = try raised()
        let described = Command.describeMember(
            DescribeMember(member: 1, incarnation: 1, endpoint: "https://a", peer: "a:1"))
        #expect(try machine.apply(described, by: principal).outcome.refusal?.code == .forbidden)
        #expect(
            try machine.apply(.raiseLevel(RaiseLevel(level: 9)), by: principal).outcome.refusal?.code == .forbidden)
    }

    @Test func nodesMayDoNothingElse() throws {
        var machine = try raised()
        #expect(try machine.apply(.createProject("vision"), by: "peerage").outcome.refusal?.code == .forbidden)
        #expect(try machine.apply(.remove(node: "west-1"), by: "peerage").outcome.refusal?.code == .forbidden)
    }

    @Test func anInvitedNodeIsAdmittedOnceAsALearnerWithANumberOfItsOwn() throws {
        var machine = try raised()
        try machine.apply(.invite("east-2"))
        let outcome = try machine.run(.admit("east-2"))
        let admitted = try #require(outcome.member)
        #expect(admitted.member == 5 && !admitted.isVoter && admitted.peer == "east-2:1")
        // The answer was lost: the same node asks again.
        #expect(try machine.run(.admit("east-2")) == outcome)
        // Somebody else has the token too.
        #expect(try machine.refusal(.admit("east-2", key: "other")) == .conflict)
        #expect(try machine.catalog.cluster()?.members.count == 5)
    }

    @Test func anInvitationEnds() throws {
        var machine = try raised()
        try machine.apply(.invite("east-2", until: 50_000))
        #expect(try machine.apply(.admit("east-2"), at: 50_000).outcome.refusal?.code == .forbidden)
        #expect(try machine.apply(.admit("east-2"), at: 49_999).outcome.member != nil)
        // Its user may ask again as long as it holds, for the same place.
        #expect(try machine.apply(.admit("east-2"), at: 49_999).outcome.member != nil)
        #expect(try machine.apply(.admit("east-2", at: "elsewhere"), at: 49_999).outcome.refusal?.code == .conflict)
        #expect(try machine.apply(.admit("east-2"), at: 90_000).outcome.refusal?.code == .forbidden)
    }

    @Test func whoIsNotInvitedIsNotAdmitted() throws {
        var machine = try raised()
        #expect(try machine.refusal(.admit("east-2")) == .notFound)
        #expect(try machine.refusal(.invite("west-1")) == .alreadyExists)
        try machine.apply(.invite("east-2"))
        #expect(try machine.refusal(.invite("east-2")) == .alreadyExists)
        #expect(try machine.refusal(.invite("east-3", until: 1)) == .invalid)
    }

    @Test func aRemovedNodesNumberIsNeverUsedAgainButItsNameMayBe() throws {
        var machine = try raised()
        #expect(try machine.run(.remove(node: "west-1")).member?.member == 3)
        #expect(try machine.refusal(.remove(node: "west-1")) == .notFound)
        // Until the consensus is without it, it belongs: its links are needed to get there.
        #expect(try member("west-1", in: machine)?.isLeaving == true)
        #expect(try machine.refusal(.invite("west-1")) == .alreadyExists)
        try machine.change(voters: [1, 2], learners: [4])
        #expect(try member("west-1", in: machine) == nil)
        try machine.apply(.invite("west-1"))
        #expect(try machine.run(.admit("west-1")).member?.member == 5)
        // An invitation used by a node that was removed admits nobody any more.
        _ = try machine.run(.remove(node: "west-1"))
        #expect(try machine.refusal(.admit("west-1")) == .conflict)
    }

    @Test func theLastVoterStays() throws {
        var machine = try raised()
        for node in ["north-1", "south-1"] { #expect(try machine.run(.role(of: node, isVoter: false)).member != nil) }
        #expect(try machine.refusal(.role(of: "west-1", isVoter: false)) == .conflict)
        #expect(try machine.refusal(.remove(node: "west-1")) == .conflict)
        #expect(try machine.run(.role(of: "east-1", isVoter: true)).member?.isVoter == true)
        #expect(try machine.run(.remove(node: "west-1")).member != nil)
    }

    @Test func aNodeTellsWhereItIsWhenItStartsAndAnOlderCopyOfItIsRefused() throws {
        var machine = try raised()
        func start(_ incarnation: UInt64, at peer: String) throws -> Rejection.Code? {
            try machine.apply(
                .describeMember(
                    DescribeMember(member: 2, incarnation: incarnation, endpoint: "https://\(peer)", peer: peer)),
                by: "peerage"
            ).outcome.refusal?.code
        }
        #expect(try start(3, at: "south:1") == nil)
        #expect(try member("south-1", in: machine)?.peer == "south:1")
        #expect(try start(3, at: "copy:1") == .conflict)
        #expect(try start(2, at: "copy:1") == .conflict)
        #expect(try start(4, at: "") == .invalid)
        #expect(try member("south-1", in: machine)?.peer == "south:1")
        #expect(try start(4, at: "moved:1") == nil)
        #expect(try member("south-1", in: machine)?.endpoint == "https://moved:1")
    }

    private struct Unexpected: Error {}
}

extension Machine {
    mutating func raise() throws {
        let outcome = try apply(.raiseLevel(RaiseLevel(level: Command.knownLevel)), by: "peerage").outcome
        precondition(outcome == .accepted(.none), "the cluster was not raised: \(outcome)")
    }
}

extension Outcome {
    fileprivate var member: ClusterMember? {
        guard case .accepted(.member(let member)) = self else { return nil }
        return member
    }
}

extension Command {
    static func invite(_ node: String, until milliseconds: Int64 = 1_000_000) throws -> Command {
        .inviteMember(
            InviteMember(
                node: try NodeName(node), site: try SiteName("east"), tokenDigest: Digest(of: Array(node.utf8)),
                expiresAt: Timestamp(milliseconds: milliseconds)))
    }

    static func admit(_ node: String, key: String = "key", at host: String? = nil) throws -> Command {
        .admitMember(
            AdmitMember(
                tokenDigest: Digest(of: Array(node.utf8)), keyDigest: Digest(of: Array(key.utf8)),
                endpoint: "https://\(host ?? node)", peer: "\(node):1"))
    }

    static func role(of node: String, isVoter: Bool) throws -> Command {
        .changeMemberRole(ChangeMemberRole(node: try NodeName(node), isVoter: isVoter))
    }

    static func remove(node: String) throws -> Command { .removeMember(RemoveMember(node: try NodeName(node))) }
}
