import Models
import Testing

@testable import Registry

@Suite struct EstablishTests {
    @Test func theFirstEntryMakesTheClusterItsMembersAndItsAdministrator() throws {
        let machine = try Machine.founded()
        let cluster = try #require(try machine.catalog.cluster())
        #expect(cluster.cluster == (try .numbered(7)))
        #expect(cluster.members == (try Establish.three.members))
        let administrator = Principal(name: try PrincipalName("ann"), role: .administrator)
        #expect(try machine.catalog.principal(PrincipalName("ann")) == administrator)
        #expect(
            try machine.catalog.principal(tokenDigest: Digest(of: Array("token".utf8)), at: Timestamp(milliseconds: 0))
                == administrator)
        #expect(try machine.catalog.principal(tokenDigest: Digest(of: []), at: Timestamp(milliseconds: 0)) == nil)
    }

    @Test func aClusterIsNotEstablishedTwice() throws {
        var machine = try Machine.founded()
        let usurper = Establish(
            cluster: try .numbered(8), members: [try Establish.three.members[0]],
            administrator: try PrincipalName("mallory"), tokenDigest: Digest(of: []))
        #expect(try machine.apply(.establish(usurper), by: "mallory").outcome.refusal?.code == .alreadyExists)
        #expect(try machine.catalog.cluster()?.cluster == (try .numbered(7)))
        #expect(try machine.catalog.principal(PrincipalName("mallory")) == nil)
        #expect(try machine.catalog.principal(tokenDigest: Digest(of: []), at: Timestamp(milliseconds: 0)) == nil)
    }

    @Test func nothingElseIsAllowedBeforeTheClusterIsEstablished() throws {
        var machine = Machine()
        #expect(try machine.refusal(.createProject("vision")) == .forbidden)
        #expect(try machine.refusal(.register()) == .forbidden)
    }

    @Test func whoIsNoPrincipalMayDoNothing() throws {
        var machine = try Machine.founded()
        for command in try [Command.createProject("vision"), .register(), .set("main", to: 1), .remove("best")] {
            let applied = try machine.apply(command, by: "mallory")
            #expect(applied.outcome.refusal?.code == .forbidden)
            #expect(applied.events.isEmpty)
        }
        #expect(try machine.catalog.projects(after: nil, limit: 10).isEmpty)
    }

    @Test(arguments: Founding.all)
    func anImpossibleClusterIsRefused(_ founding: Founding) throws {
        var machine = Machine()
        let establish = try founding.change(.three)
        #expect(try machine.refusal(.establish(establish)) == .invalid)
        #expect(try machine.catalog.cluster() == nil)
    }

    struct Founding: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (Establish) throws -> Establish

        static let all: [Founding] = [
            Founding(testDescription: "no members") { $0.with(members: []) },
            Founding(testDescription: "no voter") { $0.with(members: $0.members.filter { !$0.isVoter }) },
            Founding(testDescription: "member 0") { $0.with(members: [$0.members[0].with(member: 0)]) },
            Founding(testDescription: "one id twice") {
                $0.with(members: [$0.members[0], $0.members[1].with(member: 1)])
            },
            Founding(testDescription: "one node twice") {
                $0.with(members: [$0.members[0], $0.members[0].with(member: 9)])
            },
            Founding(testDescription: "an endless endpoint") {
                $0.with(members: [$0.members[0].with(endpoint: String(repeating: "x", count: 4_097))])
            },
            Founding(testDescription: "65 members") { founding in
                founding.with(
                    members: try (1...65).map {
                        ClusterMember(
                            member: $0, node: try NodeName("node-\($0)"), site: founding.members[0].site,
                            endpoint: "", isVoter: true)
                    })
            },
            Founding(testDescription: "an administrator called unknown") {
                Establish(
                    cluster: $0.cluster, members: $0.members, administrator: .unknown, tokenDigest: $0.tokenDigest)
            },
        ]
    }
}

extension Establish {
    fileprivate func with(members: [ClusterMember]) -> Establish {
        Establish(cluster: cluster, members: members, administrator: administrator, tokenDigest: tokenDigest)
    }
}

extension ClusterMember {
    fileprivate func with(member: UInt64? = nil, endpoint: String? = nil) -> ClusterMember {
        ClusterMember(
            member: member ?? self.member, node: node, site: site, endpoint: endpoint ?? self.endpoint,
            isVoter: isVoter)
    }
}
