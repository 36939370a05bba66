import Models
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import Peering

/// faults-and-abuse.md: who may be a peer is the certificate's word, compared with the topology.
@Suite("Who may be a peer")
struct IdentityTests {
    /// Site 1 as it should be, and site 2 with `credentials`; what each says of the other.
    private func refusals(_ credentials: (TestCluster) throws -> PeerCredentials) async throws
        -> (atOne: PeerError, atTwo: PeerError)
    {
        let cluster = try TestCluster()
        let (one, two) = (Site(1), Site(2))
        try await one.start(cluster)
        try await two.start(cluster, credentials: credentials(cluster))
        try introduce([one, two], cluster)
        let found = (try await refusal(of: 2, at: one), try await refusal(of: 1, at: two))
        #expect(try one.network.statistics.linksOpened == 0)
        #expect(try two.network.statistics.linksOpened == 0)
        #expect(try one.network.statistics.linksAccepted == 0)
        #expect(try two.network.statistics.linksAccepted == 0)
        try await one.network.shutdown()
        try await two.network.shutdown()
        return found
    }

    @Test("a certificate of another authority lets nobody in, on either end, and says so")
    func otherAuthority() async throws {
        let other = try TestCluster(1).authority
        let found = try await refusals { try $0.credentials(2, by: other) }
        guard case .untrustedCertificate = found.atOne, case .turnedAway(.certificateUntrusted, _) = found.atTwo else {
            Issue.record("\(found)")
            return
        }
    }

    @Test("an expired certificate lets nobody in, and both ends say whose it is")
    func expired() async throws {
        let found = try await refusals { try $0.credentials(2, daysAgo: CertificateAuthority.standardNodeDays + 1) }
        guard case .certificateExpired(let whose, _) = found.atOne,
            case .turnedAway(.certificateExpired, _) = found.atTwo
        else {
            Issue.record("\(found)")
            return
        }
        #expect(whose.hasSuffix("/site-2/node-2"))
    }

    @Test("a node that answers where another should is refused by name")
    func anotherNode() async throws {
        let cluster = try TestCluster()
        let (one, three) = (Site(1), Site(3))
        try await one.start(cluster)
        try await three.start(cluster)
        // The topology has node 2 where node 3 listens.
        let (host, port) = try three.address
        try one.network.update(
            peers: [PeerAddress(member: 2, identity: try cluster.identity(2), host: host, port: port)], nextMember: 0)
        let reason = try await refusal(of: 2, at: one)
        #expect(
            reason == .wrongIdentity(presented: try cluster.identity(3), expected: try cluster.identity(2)))
        try await one.network.shutdown()
        try await three.network.shutdown()
    }

    @Test("a node that the topology does not have is turned away, and told so")
    func stranger() async throws {
        let cluster = try TestCluster()
        let (one, two) = (Site(1), Site(2))
        try await one.start(cluster)
        try await two.start(cluster)
        try two.network.update(peers: [try one.entry(cluster)], nextMember: 0)
        let reason = try await refusal(of: 1, at: two)
        guard case .turnedAway(.notAPeer, let detail) = reason else {
            Issue.record("\(reason)")
            return
        }
        #expect(detail.contains("/site-2/node-2 is no peer in this node's topology"))
        try await one.network.shutdown()
        try await two.network.shutdown()
    }

    @Test("a node of another cluster is refused even with a certificate of the same authority")
    func otherCluster() async throws {
        let cluster = try TestCluster(1)
        let other = try TestCluster(2)
        let identity = try other.identity(2)
        let issued = try cluster.authority.issue(identity)
        let local = LocalEnd(identity: try cluster.identity(1), member: 1, instance: 1)
        let shown = try PeerCredentials(
            certificatePEM: issued.certificatePEM, keyPEM: issued.keyPEM, authorityPEM: cluster.authority.certificatePEM
        ).identity
        let peer = PeerAddress(member: 2, identity: identity, host: "", port: 0)
        let hello = LocalEnd(identity: identity, member: 2, instance: 2).hello(to: 1, purpose: .messages)
        #expect(throws: PeerError.otherCluster(identity)) {
            try local.check(hello, presented: shown, peers: [peer], nextMember: 3)
        }
        #expect(throws: PeerError.otherCluster(identity)) {
            try local.check(
                Greeting(versions: 1...1, cluster: other.id, member: 2), of: peer, presented: shown)
        }
    }

    @Test("no node starts with another node's certificate")
    func borrowed() throws {
        let cluster = try TestCluster()
        #expect(throws: PeerError.self) {
            try PeerNetworkConfiguration(
                identity: cluster.identity(1), member: 1, host: "127.0.0.1", port: 0, peers: [],
                credentials: cluster.credentials(2))
        }
    }

    @Test("a second process of one member is found out when the first comes back")
    func duplicate() throws {
        var instances = Instances()
        try instances.check(7, of: 1)
        try instances.check(7, of: 1)
        try instances.check(8, of: 1)
        try instances.check(7, of: 2)
        #expect(throws: PeerError.duplicateMember(1)) { try instances.check(7, of: 1) }
        try instances.check(9, of: 1)
    }

    @Test("a build that speaks no common version is told so")
    func versions() throws {
        let cluster = try TestCluster()
        let local = LocalEnd(identity: try cluster.identity(1), member: 1, instance: 1)
        #expect(throws: PeerError.self) { try local.commonVersion(with: 2...9) }
        #expect(try local.commonVersion(with: 0...9) == LocalEnd.versions.upperBound)
    }

    @Test("an authority writes its key for its owner alone, never over another, and reads it back")
    func authorityOnDisk() throws {
        let cluster = try TestCluster()
        let key = try CertificateAuthority(
            certificatePEM: cluster.authority.certificatePEM, keyPEM: cluster.authority.keyPEM)
        let issued = try key.issue(try cluster.identity(1), hosts: ["north.example.org", "192.0.2.7", "localhost"])
        let credentials = try PeerCredentials(
            certificatePEM: issued.certificatePEM, keyPEM: issued.keyPEM, authorityPEM: key.certificatePEM)
        #expect(credentials.identity == (try cluster.identity(1)))
        #expect(throws: PeerError.self) {
            try CertificateAuthority(
                certificatePEM: cluster.authority.certificatePEM, keyPEM: try TestCluster(2).authority.keyPEM)
        }
    }

    @Test("an operator hears of a certificate's end a month before it")
    func warning() throws {
        let credentials = try TestCluster().credentials(1)
        func warning(daysBefore days: Int64) -> String? {
            credentials.expiryWarning(
                at: Timestamp(milliseconds: credentials.expires.milliseconds - days * 86_400_000))
        }
        #expect(warning(daysBefore: 31) == nil)
        #expect(warning(daysBefore: 30)?.contains("in 30 days") == true)
        #expect(warning(daysBefore: -1)?.contains("expired") == true)
    }
}
