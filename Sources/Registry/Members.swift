package import Models

/// Lets a node that is not there yet ask to be admitted, once and for a while.
package struct InviteMember: Hashable, Sendable, CanonicalCodable {
    /// The name the node will have.
    package let node: NodeName
    /// Its site.
    package let site: SiteName
    /// SHA-256 of the token by which it will ask.
    package let tokenDigest: Digest
    /// Until when it may.
    package let expiresAt: Timestamp

    /// An invitation of `node`.
    package init(node: NodeName, site: SiteName, tokenDigest: Digest, expiresAt: Timestamp) {
        self.node = node
        self.site = site
        self.tokenDigest = tokenDigest
        self.expiresAt = expiresAt
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(node)
        writer.write(site)
        writer.write(tokenDigest)
        writer.write(expiresAt)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        node = try reader.read()
        site = try reader.read()
        tokenDigest = try reader.read()
        expiresAt = try reader.read()
    }
}

/// Admits the node that shows an invitation's token, as a learner. Asked again with the same key it gives the same
/// member: the first answer may have been lost.
package struct AdmitMember: Hashable, Sendable, CanonicalCodable {
    /// SHA-256 of the token.
    package let tokenDigest: Digest
    /// SHA-256 of the public key that the node's certificate is for.
    package let keyDigest: Digest
    /// The URL clients will reach it at.
    package let endpoint: String
    /// Where other nodes will reach it: `host:port`.
    package let peer: String

    /// A request for the invitation with this token.
    package init(tokenDigest: Digest, keyDigest: Digest, endpoint: String, peer: String) {
        self.tokenDigest = tokenDigest
        self.keyDigest = keyDigest
        self.endpoint = endpoint
        self.peer = peer
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(tokenDigest)
        writer.write(keyDigest)
        writer.write(endpoint)
        writer.write(peer)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        tokenDigest = try reader.read()
        keyDigest = try reader.read()
        endpoint = try reader.readString()
        peer = try reader.readString()
    }
}

/// A member shall vote, or only follow. The leader lets it vote once it has caught up.
package struct ChangeMemberRole: Hashable, Sendable, CanonicalCodable {
    /// Which.
    package let node: NodeName
    /// Whether it shall vote.
    package let isVoter: Bool

    /// A change of the role of `node`.
    package init(node: NodeName, isVoter: Bool) {
        self.node = node
        self.isVoter = isVoter
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(node)
        writer.write(isVoter)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        node = try reader.read()
        isVoter = try reader.readBool()
    }
}

/// A node shall not belong to the cluster any more, for ever: its member id is not used again.
package struct RemoveMember: Hashable, Sendable, CanonicalCodable {
    /// Which.
    package let node: NodeName

    /// The removal of `node`.
    package init(node: NodeName) { self.node = node }

    package func encode(to writer: inout CanonicalWriter) { writer.write(node) }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) { node = try reader.read() }
}

/// A node has started, and can be reached here. Asked by the node itself, in the cluster's name.
package struct DescribeMember: Hashable, Sendable, CanonicalCodable {
    /// Its member id.
    package let member: UInt64
    /// How often the node has started on this disk: more each time. A copy of an older disk gives itself away by it.
    package let incarnation: UInt64
    /// The URL clients reach it at.
    package let endpoint: String
    /// Where other nodes reach it: `host:port`.
    package let peer: String

    /// A description of `member`.
    package init(member: UInt64, incarnation: UInt64, endpoint: String, peer: String) {
        self.member = member
        self.incarnation = incarnation
        self.endpoint = endpoint
        self.peer = peer
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(member)
        writer.write(incarnation)
        writer.write(endpoint)
        writer.write(peer)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        member = try reader.readInteger()
        incarnation = try reader.readInteger()
        endpoint = try reader.readString()
        peer = try reader.readString()
    }
}

/// Every member knows the commands of `level`: they are understood from here on. Asked by the leader, in the cluster's
/// name.
package struct RaiseLevel: Hashable, Sendable, CanonicalCodable {
    /// The level: see `Command.level`.
    package let level: UInt32

    /// A rise to `level`.
    package init(level: UInt32) { self.level = level }

    package func encode(to writer: inout CanonicalWriter) { writer.write(level) }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) { level = try reader.readInteger() }
}
