package import Models

/// Founds the cluster: the only command that needs no principal, because it makes the first one. Refused for ever
/// after.
package struct Establish: Hashable, Sendable, CanonicalCodable {
    /// The cluster's identity.
    package let cluster: UniqueID
    /// Its members.
    package let members: [ClusterMember]
    /// Its first administrator.
    package let administrator: PrincipalName
    /// SHA-256 of the administrator's token; without one nobody can sign in by token yet.
    package let tokenDigest: Digest?

    /// A cluster of `members`.
    package init(cluster: UniqueID, members: [ClusterMember], administrator: PrincipalName, tokenDigest: Digest?) {
        self.cluster = cluster
        self.members = members
        self.administrator = administrator
        self.tokenDigest = tokenDigest
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(cluster)
        writer.write(list: members)
        writer.write(administrator)
        writer.write(tokenDigest) { $0.write($1) }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        cluster = try reader.read()
        members = try reader.readList()
        administrator = try reader.read()
        tokenDigest = try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() }
    }
}

/// One member of the cluster, as it shall be. What is encoded is what a founding says of it; see `ClusterRecord` for
/// the rest.
package struct ClusterMember: Hashable, Sendable, CanonicalCodable {
    /// Its number in the consensus, from 1, never used again.
    package let member: UInt64
    /// Its node's name.
    package let node: NodeName
    /// Its site.
    package let site: SiteName
    /// The URL clients reach it at.
    package var endpoint: String
    /// Whether it votes; a learner only follows.
    package var isVoter: Bool
    /// Where other nodes reach it, `host:port`; empty until it has told.
    package var peer: String
    /// How often it had started when it last told; 0 until then.
    package var incarnation: UInt64 = 0
    /// Whether it shall go: it belongs, and is talked to, until the consensus is without it.
    package var isLeaving = false

    /// A member as described.
    package init(
        member: UInt64, node: NodeName, site: SiteName, endpoint: String, isVoter: Bool, peer: String = ""
    ) {
        self.member = member
        self.node = node
        self.site = site
        self.endpoint = endpoint
        self.isVoter = isVoter
        self.peer = peer
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(member)
        writer.write(node)
        writer.write(site)
        writer.write(endpoint)
        writer.write(isVoter)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        member = try reader.readInteger()
        node = try reader.read()
        site = try reader.read()
        endpoint = try reader.readString()
        isVoter = try reader.readBool()
        peer = ""
    }
}
