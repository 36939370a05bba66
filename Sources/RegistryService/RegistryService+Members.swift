import Crypto
import Logging
package import Models
import Peering
import Registry
import Replication
import Storage

/// How nodes come into the cluster and go out of it.
extension RegistryService {
    /// Hours an invitation holds when nobody says otherwise: long enough to be carried to another site.
    private static let standardInvitationHours = 24
    /// Hours an invitation holds at most: it is a key to the cluster.
    private static let longestInvitationHours = 24 * 30
    /// How long a change waits for the consensus to follow before it is answered: an election and some steps.
    private static let membershipPatience: Duration = .seconds(5)

    /// Invites a node. The invitation is shown once: the cluster keeps only its token's digest.
    package func invite(_ request: AddMemberRequest, as principal: Principal) async throws(ServiceError)
        -> Written<Invitation>
    {
        let (node, site): (NodeName, SiteName)
        do { (node, site) = (try NodeName(request.node), try SiteName(request.site)) } catch {
            throw .invalidName(error)
        }
        let hours = request.hours ?? Self.standardInvitationHours
        guard 1...Self.longestInvitationHours ~= hours else {
            throw .invalidRequest("an invitation holds from 1 to \(Self.longestInvitationHours) hours")
        }
        let token = "peerage-join_" + Hexadecimal.encode(SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) })
        let expiresAt = Timestamp(milliseconds: parts.now().milliseconds + Int64(hours) * 3_600_000)
        let command = InviteMember(
            node: node, site: site, tokenDigest: Digest(of: Array(token.utf8)), expiresAt: expiresAt)
        let written = try await execute(.inviteMember(command), as: principal, key: nil)
        let invitation = Invitation(
            cluster: parts.identity.cluster, node: node, site: site, servers: try members().map(\.endpoint),
            token: token, authority: parts.place.authorityPEM(), expiresAt: expiresAt)
        return Written(value: invitation, index: written.index)
    }

    /// Lets a node in that shows an invitation's token: it gets a certificate, and is a learner from now on. Asking
    /// again with the same key gives the same member another certificate.
    package func admit(_ request: JoinRequest) async throws(ServiceError) -> Written<JoinAnswer> {
        guard let directory = parts.place.authorityDirectory else {
            throw .nodeUnavailable(
                "this node cannot issue certificates: it was started without --authority; ask another")
        }
        guard await parts.replica.waitForLinearizableState(patience: Self.readPatience) else { throw .noLeader }
        let digest = Digest(of: Array(request.token.utf8))
        guard
            let invitation = try reading({ catalog throws(StorageError) in
                try catalog.invitation(tokenDigest: digest)
            })
        else { throw .notFound("there is no such invitation; ask an administrator for one") }
        try expectOwnAddresses(request, of: invitation.node)
        let identity = PeerIdentity(
            cluster: parts.identity.cluster, site: invitation.site, node: invitation.node)
        let authority: CertificateAuthority
        let issued: (certificatePEM: String, publicKey: [UInt8])
        do throws(PeerError) {
            authority = try CertificateAuthority(directory: directory)
            issued = try authority.issue(identity, hosts: [request.api.host], signingRequest: request.signingRequest)
        } catch {
            throw .invalidRequest("no certificate can be issued: \(error)")
        }
        let command = AdmitMember(
            tokenDigest: digest, keyDigest: Digest(of: issued.publicKey), endpoint: request.api.endpoint,
            peer: request.peer.description)
        let inviter = Principal(name: invitation.by, role: .administrator)
        let written = try await execute(.admitMember(command), as: inviter, key: nil)
        parts.logger.notice("\(invitation.node) at \(invitation.site) was admitted; \(invitation.by) had invited it")
        let answer = JoinAnswer(
            certificate: issued.certificatePEM, authority: parts.place.authorityPEM(), topology: try topology())
        return Written(value: answer, index: written.index)
    }

    /// A node that is told to be where another one is would be asked in its place; the invitation stays good.
    private func expectOwnAddresses(_ request: JoinRequest, of node: NodeName) throws(ServiceError) {
        guard request.api != request.peer else {
            throw .invalidRequest("--api and --peer are both \(request.api): a node needs two addresses")
        }
        let taken = [request.api.endpoint, request.peer.endpoint]
        let others = try members().filter { $0.node != node }
        for other in others where taken.contains(other.endpoint) || taken.contains("https://\(other.peer)") {
            throw .invalidRequest(
                "\(request.api) or \(request.peer) is an address of \(other.node) (\(other.endpoint), peer \(other.peer)): give \(node) "
                    + "addresses of its own; the invitation can still be used")
        }
    }

    /// Lets a member vote, or only follow. It votes once it has caught up.
    /// - Parameter force: although it lacks bytes of models, or too few of the other voters are well.
    package func changeRole(
        of node: NodeName, isVoter: Bool, force: Bool, as principal: Principal, key: String?
    ) async throws(ServiceError) -> Written<MemberDescription> {
        if !force { try await isVoter ? expectWhole(node) : expectMajority(without: node) }
        let command = ChangeMemberRole(node: node, isVoter: isVoter)
        let written = try await execute(.changeMemberRole(command), as: principal, key: key)
        return await description(of: written, isMember: true)
    }

    /// Removes a member for ever.
    /// - Parameter force: although too few of the others are well.
    package func remove(_ node: NodeName, force: Bool, as principal: Principal, key: String?) async throws(ServiceError)
        -> Written<MemberDescription>
    {
        if !force {
            try await expectMajority(without: node)
            try await expectHeld(without: node)
        }
        let written = try await execute(.removeMember(RemoveMember(node: node)), as: principal, key: key)
        return await description(of: written, isMember: false)
    }

    /// A voter that lacks bytes would be counted for what it does not hold.
    private func expectWhole(_ node: NodeName) async throws(ServiceError) {
        guard let status = try await clusterStatus().nodes.first(where: { $0.id == node }) else {
            throw .notFound("there is no node “\(node)” in this cluster")
        }
        guard status.healthy else {
            throw .preconditionFailed("“\(node)” is not well (\(status.problem)); mend it first, or use force")
        }
        guard status.versionsBehind == 0 else {
            let behind = status.versionsBehind.map { "\($0) versions" } ?? "it does not know how many versions"
            throw .preconditionFailed("“\(node)” still fetches the bytes of \(behind); wait for it, or use force")
        }
    }

    /// Those who stay must be able to go on, and must hold all bytes.
    private func expectMajority(without node: NodeName) async throws(ServiceError) {
        let staying = try members().filter { $0.isVoter && !$0.isLeaving && $0.node != node }
        let statuses = try await clusterStatus().nodes
        let well = staying.filter { member in
            statuses.contains { $0.id == member.node && $0.healthy && $0.versionsBehind == 0 }
        }
        guard well.count > staying.count / 2 || staying.isEmpty else {
            throw .preconditionFailed(
                "without “\(node)” only \(well.count) of \(staying.count) voters would be well and hold all bytes: the "
                    + "cluster could not go on. Mend or promote another node first, or use force")
        }
    }

    private func description(of written: Written<Registry.Outcome.Result>, isMember: Bool) async
        -> Written<MemberDescription>
    {
        guard case .member(let member) = written.value else { preconditionFailure("not a member: \(written.value)") }
        await parts.replica.waitForMembership(patience: Self.membershipPatience) { voters, learners in
            isMember
                ? (member.isVoter ? voters : learners).contains(member.member)
                : !voters.contains(member.member) && !learners.contains(member.member)
        }
        let role = isMember ? (member.isVoter ? "voter" : "learner") : "removed"
        return Written(
            value: MemberDescription(member: member.member, node: member.node, site: member.site, role: role),
            index: written.index)
    }

    func members() throws(ServiceError) -> [ClusterMember] {
        try reading { catalog throws(StorageError) in try catalog.cluster()?.members ?? [] }
    }

    func reading<Value>(
        for viewer: Principal? = nil, _ body: (Catalog) throws(StorageError) -> Value
    ) throws(ServiceError) -> Value {
        do { return try body(Catalog(parts.store, seenBy: viewer)) } catch { throw ServiceError(error) }
    }

    /// The cluster's nodes, for one that starts.
    private func topology() throws(ServiceError) -> Topology {
        let members = try members()
        let addresses = peerAddresses(of: members)
        let nodes = members.compactMap { member -> Topology.Node? in
            guard let address = addresses[member.member], let api = Topology.Address(endpoint: member.endpoint) else {
                return nil
            }
            return Topology.Node(
                member: member.member, node: member.node, site: member.site, api: api, peer: address,
                voter: member.isVoter)
        }
        return Topology(name: "joined", nodes: nodes)
    }

    /// Where members are reached: where they told, or where their founding said.
    func peerAddresses(of members: [ClusterMember]) -> [UInt64: Topology.Address] {
        var addresses: [UInt64: Topology.Address] = [:]
        for member in members {
            addresses[member.member] = Topology.Address(member.peer) ?? parts.place.founders[member.member]
        }
        return addresses
    }
}
