package import Models
package import Storage

/// A cluster of one that begins with another cluster's state: after a restore, or when a majority is lost for good.
///
/// It has an identity of its own, so that no survivor of the old cluster ever talks to it: what either of them
/// acknowledges after this would contradict the other.
package struct Refounding: Sendable {
    /// The new cluster.
    package let cluster: UniqueID
    /// Its only node.
    package let node: NodeName
    /// That node's site.
    package let site: SiteName
    /// The URL clients reach it at.
    package let endpoint: String
    /// Where other nodes will reach it: `host:port`.
    package let peer: String
    /// When this is.
    package let at: Timestamp
    /// `cluster.restore` or `cluster.recover`, for the audit log.
    package let action: String

    /// A new cluster of `node`.
    package init(
        cluster: UniqueID, node: NodeName, site: SiteName, endpoint: String, peer: String, at: Timestamp, action: String
    ) {
        self.cluster = cluster
        self.node = node
        self.site = site
        self.endpoint = endpoint
        self.peer = peer
        self.at = at
        self.action = action
    }
}

extension StateMachine {
    /// Makes the state that of a new cluster with one member, and returns it. Everything else stays: projects,
    /// versions, aliases, principals and tokens, the audit log, which tells of this too. Invitations into the old
    /// cluster end. Throws `incompatible` when there is no cluster in it.
    package static func refound(
        _ founding: Refounding, in transaction: inout StateTransaction
    ) throws(StorageError) -> ClusterMember {
        guard let old: ClusterRecord = try transaction.record(.cluster) else {
            throw .incompatible("there is no cluster in this state: nothing can be founded anew from it")
        }
        let member = ClusterMember(
            member: old.nextMember, node: founding.node, site: founding.site, endpoint: founding.endpoint,
            isVoter: true,
            peer: founding.peer)
        var record = ClusterRecord(cluster: founding.cluster, members: [member])
        // Only this build will read it: what it knows is understood.
        record.level = Command.knownLevel
        try transaction.put(record, at: .cluster)
        try transaction.put(MembershipRecord(voters: [member.member], learners: []), at: .membership)
        try transaction.endInvitations()
        transaction.auditRefounding(founding, of: old.cluster)
        return member
    }
}

extension StateTransaction {
    fileprivate mutating func endInvitations() throws(StorageError) {
        let all = StateKey.Listing.invitations.range()
        for record in try records(in: all, of: .state, limit: .max, reversed: false) {
            guard let digest = Digest(bytes: Array(record.key.dropFirst())) else {
                throw .corrupted("an invitation's key is not a digest: \(record.key)")
            }
            try delete(.invitation(digest))
        }
    }

    fileprivate mutating func auditRefounding(_ founding: Refounding, of old: UniqueID) {
        applied.auditRecords += 1
        insert(
            AuditRecord(
                sequence: applied.auditRecords, index: applied.index, at: founding.at, by: .peerage,
                site: founding.site, action: founding.action, object: "\(old)", outcome: "accepted"),
            at: .audit(applied.auditRecords))
    }
}
