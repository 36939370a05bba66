import Models
import Storage

/// Who belongs to the cluster, as it shall be. The leader brings the consensus's own membership there step by step
/// (`Replication`), so that a change outlives the leader that began it.
extension StateTransaction {
    mutating func invite(_ command: InviteMember, _ header: CommandHeader) throws(StorageError) -> Effect {
        guard let cluster = try cluster() else { return .withoutCluster }
        if let refusal = cluster.refusal(of: command.node) { return .refused(refusal) }
        guard command.expiresAt > header.at else {
            return .refused(.invalid, "the invitation would have ended at \(command.expiresAt) already")
        }
        guard try !contains(.invitation(command.tokenDigest)) else {
            return .refused(.alreadyExists, "the token is in use; draw another one")
        }
        try put(
            InvitationRecord(
                node: command.node, site: command.site, expiresAt: command.expiresAt, by: header.principal, use: nil),
            at: .invitation(command.tokenDigest))
        return .accepted(.none)
    }

    mutating func admit(_ command: AdmitMember, _ header: CommandHeader) throws(StorageError) -> Effect {
        let key = StateKey.invitation(command.tokenDigest)
        guard var cluster = try cluster(), let invitation: InvitationRecord = try record(key) else {
            return .refused(.notFound, "there is no such invitation; ask an administrator for one")
        }
        if let problem = Self.addressProblem(command.endpoint, command.peer) { return .refused(.invalid, problem) }
        guard header.at < invitation.expiresAt else {
            return .refused(.forbidden, "the invitation of “\(invitation.node)” ended at \(invitation.expiresAt)")
        }
        if let use = invitation.use {
            guard use.key == command.keyDigest,
                let member = cluster.members.first(where: { $0.member == use.member && !$0.isLeaving }),
                (member.endpoint, member.peer) == (command.endpoint, command.peer)
            else {
                return .refused(.conflict, "the invitation of “\(invitation.node)” was used already; ask for another")
            }
            return .accepted(.member(member))
        }
        if let refusal = cluster.refusal(of: invitation.node) { return .refused(refusal) }
        let member = ClusterMember(
            member: cluster.nextMember, node: invitation.node, site: invitation.site, endpoint: command.endpoint,
            isVoter: false, peer: command.peer)
        cluster.members.append(member)
        cluster.nextMember += 1
        try put(invitation.used(by: command.keyDigest, as: member.member), at: key)
        try put(cluster, at: .cluster)
        return .accepted(.member(member), [.membersChanged])
    }

    mutating func changeRole(_ command: ChangeMemberRole) throws(StorageError) -> Effect {
        guard var cluster = try cluster() else { return .withoutCluster }
        guard let position = cluster.position(of: command.node) else { return .noSuchNode(command.node) }
        if !command.isVoter, cluster.isLastVoter(position) { return .lastVoter(command.node) }
        cluster.members[position].isVoter = command.isVoter
        try put(cluster, at: .cluster)
        return .accepted(.member(cluster.members[position]), [.membersChanged])
    }

    mutating func remove(_ command: RemoveMember) throws(StorageError) -> Effect {
        guard var cluster = try cluster() else { return .withoutCluster }
        guard let position = cluster.position(of: command.node) else { return .noSuchNode(command.node) }
        if cluster.isLastVoter(position) { return .lastVoter(command.node) }
        if let kept = try keptOnly(by: cluster.members[position], among: cluster.members) {
            let (what, how) =
                if let stage = kept.stage {
                    (
                        "of versions in stage “\(stage)” of",
                        "peerage stage lifecycle \(kept.project) --archive \(stage)=…"
                    )
                } else {
                    ("of", "peerage project set \(kept.project) --sites …")
                }
            return .refused(
                .conflict,
                "“\(command.node)” is the last node that keeps the bytes \(what) project “\(kept.project)”; let other sites keep them first: \(how)"
            )
        }
        cluster.members[position].isLeaving = true
        let member = cluster.members[position]
        // The consensus is asked without it first; what it never had is gone at once.
        let present: MembershipRecord? = try record(.membership)
        if present?.contains(member.member) != true { cluster.members.remove(at: position) }
        try put(cluster, at: .cluster)
        return .accepted(.member(member), [.membersChanged])
    }

    /// The consensus has these members from here on: those that were to leave and are not among them are gone.
    mutating func membershipChanged(to membership: MembershipRecord) throws(StorageError) {
        try put(membership, at: .membership)
        guard var cluster = try cluster(), cluster.members.contains(where: \.isLeaving) else { return }
        cluster.members.removeAll { $0.isLeaving && !membership.contains($0.member) }
        try put(cluster, at: .cluster)
    }

    mutating func describe(_ command: DescribeMember) throws(StorageError) -> Effect {
        guard var cluster = try cluster() else { return .withoutCluster }
        guard let position = cluster.members.firstIndex(where: { $0.member == command.member }) else {
            return .refused(.notFound, "there is no member \(command.member): it was removed, or never was")
        }
        if let problem = Self.addressProblem(command.endpoint, command.peer) { return .refused(.invalid, problem) }
        guard command.incarnation > cluster.members[position].incarnation else {
            return .refused(
                .conflict,
                "member \(command.member) has started \(cluster.members[position].incarnation) times, and this is start "
                    + "\(command.incarnation): a copy of an older disk")
        }
        cluster.members[position].incarnation = command.incarnation
        cluster.members[position].endpoint = command.endpoint
        cluster.members[position].peer = command.peer
        try put(cluster, at: .cluster)
        return .accepted(.none, [.membersChanged])
    }

    mutating func raise(_ command: RaiseLevel) throws(StorageError) -> Effect {
        guard command.level <= Command.knownLevel else {
            throw .incompatible(
                "the cluster has gone on to commands of level \(command.level), and this build knows up to "
                    + "\(Command.knownLevel). Run a newer build on this node")
        }
        guard var cluster = try cluster() else { return .withoutCluster }
        guard command.level > cluster.level else {
            return .refused(.conflict, "the cluster has commands of level \(cluster.level) already")
        }
        // From here on the cluster's record says who shall belong to it, and this one who does.
        if try !contains(.membership) { try put(MembershipRecord(founders: cluster.members), at: .membership) }
        cluster.level = command.level
        try put(cluster, at: .cluster)
        return .accepted(.none, [.membersChanged])
    }

    private mutating func cluster() throws(StorageError) -> ClusterRecord? { try record(.cluster) }

    private static func addressProblem(_ endpoint: String, _ peer: String) -> String? {
        let limit = Limits.standard.textBytes
        if endpoint.isEmpty || peer.isEmpty { return "a member has an endpoint and an address for its peers" }
        return max(endpoint.utf8.count, peer.utf8.count) > limit ? "an address is longer than \(limit) bytes" : nil
    }
}

extension ClusterRecord {
    fileprivate func position(of node: NodeName) -> Int? { members.firstIndex { $0.node == node && !$0.isLeaving } }

    fileprivate func isLastVoter(_ position: Int) -> Bool {
        members[position].isVoter && members.count { $0.isVoter && !$0.isLeaving } == 1
    }

    /// Why `node` cannot become a member, or nil.
    fileprivate func refusal(of node: NodeName) -> Rejection? {
        if members.contains(where: { $0.node == node }) {
            return Rejection(.alreadyExists, "there is a node “\(node)”; remove it first, or choose another name")
        }
        let limit = Limits.standard.members
        return members.count < limit ? nil : Rejection(.limitExceeded, "a cluster has at most \(limit) members")
    }
}

extension Effect {
    static let withoutCluster = refused(.conflict, "the cluster is not established yet; try again")

    static func noSuchNode(_ node: NodeName) -> Effect {
        refused(.notFound, "there is no node “\(node)” in this cluster")
    }

    fileprivate static func lastVoter(_ node: NodeName) -> Effect {
        refused(.conflict, "“\(node)” is the last voter; promote another node first")
    }
}
