import Models

/// The accepting end's first frame. The order of its fields never changes; later versions add behind them.
struct Greeting: Hashable, Sendable, CanonicalCodable {
    /// The protocol versions it speaks.
    let versions: ClosedRange<UInt16>
    /// Its cluster.
    let cluster: UniqueID
    /// Its member id.
    let member: UInt64

    init(versions: ClosedRange<UInt16>, cluster: UniqueID, member: UInt64) {
        self.versions = versions
        self.cluster = cluster
        self.member = member
    }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(versions: versions)
        writer.write(cluster)
        writer.write(member)
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        versions = try reader.readVersions()
        cluster = try reader.read()
        member = try reader.readInteger()
    }
}

/// What a link is for.
enum LinkPurpose: UInt8, Hashable, Sendable, CaseIterable {
    /// One-way messages of the dialling end.
    case messages = 1
    /// Questions of the dialling end, and their answers.
    case exchange = 2
}

/// The dialling end's first frame. The order of its fields never changes; later versions add behind them.
struct Hello: Hashable, Sendable, CanonicalCodable {
    /// The protocol versions it speaks.
    let versions: ClosedRange<UInt16>
    /// Its cluster.
    let cluster: UniqueID
    /// Its member id.
    let from: UInt64
    /// The member it wants.
    let to: UInt64
    /// Drawn when the process started: tells a restarted node from a second one with the same name.
    let instance: UInt64
    /// What the link is for.
    let purpose: LinkPurpose

    init(
        versions: ClosedRange<UInt16>, cluster: UniqueID, from: UInt64, to: UInt64, instance: UInt64,
        purpose: LinkPurpose
    ) {
        self.versions = versions
        self.cluster = cluster
        self.from = from
        self.to = to
        self.instance = instance
        self.purpose = purpose
    }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(versions: versions)
        writer.write(cluster)
        writer.write(from)
        writer.write(to)
        writer.write(instance)
        writer.write(purpose.rawValue)
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        versions = try reader.readVersions()
        cluster = try reader.read()
        from = try reader.readInteger()
        to = try reader.readInteger()
        instance = try reader.readInteger()
        let purpose = try reader.readInteger(UInt8.self)
        guard let purpose = LinkPurpose(rawValue: purpose) else { throw .invalid("\(purpose) is no purpose of a link") }
        self.purpose = purpose
    }
}

/// This node, as it presents itself.
struct LocalEnd: Sendable {
    /// The protocol versions this build speaks. A new one is added when a frame's meaning changes.
    static let versions: ClosedRange<UInt16> = 1...1

    let identity: PeerIdentity
    let member: UInt64
    let instance: UInt64

    var greeting: Greeting { Greeting(versions: Self.versions, cluster: identity.cluster, member: member) }

    func hello(to member: UInt64, purpose: LinkPurpose) -> Hello {
        Hello(
            versions: Self.versions, cluster: identity.cluster, from: self.member, to: member, instance: instance,
            purpose: purpose)
    }

    /// The version that both ends speak: the highest common one.
    func commonVersion(with versions: ClosedRange<UInt16>) throws(PeerError) -> UInt16 {
        guard versions.overlaps(Self.versions) else {
            throw .incompatible("one speaks versions \(Self.versions) of the peer protocol, the other \(versions)")
        }
        return min(versions.upperBound, Self.versions.upperBound)
    }

    /// The dialling end's judgement of who answered: the node of `peer`, and no other.
    func check(_ greeting: Greeting, of peer: PeerAddress, presented: PeerIdentity) throws(PeerError) {
        guard presented.cluster == identity.cluster else { throw .otherCluster(presented) }
        guard presented == peer.identity else { throw .wrongIdentity(presented: presented, expected: peer.identity) }
        guard greeting.cluster == identity.cluster, greeting.member == peer.member else {
            throw .malformed("\(presented) calls itself member \(greeting.member) of cluster \(greeting.cluster)")
        }
        _ = try commonVersion(with: greeting.versions)
    }

    /// The accepting end's judgement of who dialled: the node that the cluster has as the member it says it is. Members
    /// below `nextMember` that are no peers were removed.
    func check(_ hello: Hello, presented: PeerIdentity, peers: [PeerAddress], nextMember: UInt64) throws(PeerError)
        -> UInt16
    {
        guard presented.cluster == identity.cluster else { throw .otherCluster(presented) }
        guard hello.cluster == identity.cluster else {
            throw .malformed("\(presented) speaks for cluster \(hello.cluster)")
        }
        let peer = peers.first { $0.member == hello.from }
        if peer == nil, hello.from < nextMember { throw .removedMember(hello.from) }
        guard let peer, peer.identity == presented else {
            throw .wrongIdentity(presented: presented, expected: peer?.identity)
        }
        guard hello.to == member else {
            throw .malformed("\(presented) wants member \(hello.to); this is member \(member)")
        }
        return try commonVersion(with: hello.versions)
    }
}

extension PeerError {
    /// What the other end is told when it is not let in.
    var refusal: Frame {
        switch self {
        case .otherCluster: .refusal(.otherCluster, "\(self)")
        case .wrongIdentity: .refusal(.notAPeer, "\(self)")
        case .incompatible: .refusal(.incompatible, "\(self)")
        case .duplicateMember: .refusal(.duplicate, "\(self)")
        case .removedMember: .refusal(.removed, "\(self)")
        case .certificateExpired, .certificateNotYetValid: .refusal(.certificateExpired, "\(self)")
        case .untrustedCertificate: .refusal(.certificateUntrusted, "\(self)")
        case .malformed: .refusal(.other, "\(self)")
        case .unreachable, .deadlineExceeded, .turnedAway, .refused, .unavailable, .unknownMember, .storage, .cancelled,
            .credentials, .cannotListen, .stopped:
            .refusal(.other, "the node is not ready for peers")
        }
    }
}

extension CanonicalWriter {
    fileprivate mutating func write(versions: ClosedRange<UInt16>) {
        write(versions.lowerBound)
        write(versions.upperBound)
    }
}

extension CanonicalReader {
    fileprivate mutating func readVersions() throws(CanonicalError) -> ClosedRange<UInt16> {
        let (lower, upper) = (try readInteger(UInt16.self), try readInteger(UInt16.self))
        guard lower <= upper else { throw .invalid("versions \(lower) to \(upper)") }
        return lower...upper
    }
}
