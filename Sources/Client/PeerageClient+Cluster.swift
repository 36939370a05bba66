public import Models

extension PeerageClient {
    /// The cluster and its nodes, as the answering node knows them. `GET /cluster`.
    public func clusterStatus() async throws(ClientError) -> ClusterStatus {
        try await session.read(APIPath("cluster"))
    }

    /// Hands leadership over, to `node` or to the voter that is furthest. `POST /cluster/transfer`.
    public func transferLeadership(to node: NodeName? = nil) async throws(ClientError) -> ClusterStatus {
        try await session.write(.post, APIPath("cluster", "transfer"), TransferRequest(to: node))
    }

    /// Invites a node: the answer is what it needs to join, shown once. `POST /cluster/members`.
    /// - Parameter hours: how long it may come; the server's default when nil.
    public func addMember(_ node: NodeName, site: SiteName, hours: Int? = nil) async throws(ClientError) -> Invitation {
        try await session.write(
            .post, APIPath("cluster", "members"), AddMemberRequest(node: node.text, site: site.text, hours: hours))
    }

    /// Lets a node into the cluster by an invitation's token; needs no other. `POST /cluster/join`.
    public func join(_ request: JoinRequest) async throws(ClientError) -> JoinAnswer {
        try await session.write(.post, APIPath("cluster", "join"), request)
    }

    /// Lets a member vote once it has caught up. `POST /cluster/members/{node}/promote`.
    /// - Parameter force: although it lacks bytes of models.
    public func promoteMember(_ node: NodeName, force: Bool = false) async throws(ClientError) -> MemberDescription {
        try await session.write(.post, APIPath("cluster", "members", node.text, "promote").query(Self.query(force)))
    }

    /// Lets a voter only follow. `POST /cluster/members/{node}/demote`.
    /// - Parameter force: although too few of the other voters are well.
    public func demoteMember(_ node: NodeName, force: Bool = false) async throws(ClientError) -> MemberDescription {
        try await session.write(.post, APIPath("cluster", "members", node.text, "demote").query(Self.query(force)))
    }

    /// Removes a member for ever. `DELETE /cluster/members/{node}`.
    /// - Parameter force: although too few of the others are well.
    public func removeMember(_ node: NodeName, force: Bool = false) async throws(ClientError) -> MemberDescription {
        try await session.write(.delete, APIPath("cluster", "members", node.text).query(Self.query(force)))
    }

    private static func query(_ force: Bool) -> KeyValuePairs<String, String?> { ["force": force ? "true" : nil] }

    /// Events behind a position, in the order of the log, at most `limit`: when there are none, waits for one.
    /// `GET /events`.
    ///
    /// The page's `next` is the position to go on from, at any node, also when there was no event.
    /// - Parameters:
    ///   - position: that of the last event seen; nil for the first that there ever was.
    ///   - seconds: for how long to wait: up to 8, so that another server is asked when this one is gone.
    public func events(
        after position: String? = nil, limit: Int = Limits.standard.defaultPageRecords, waiting seconds: Int = 0
    ) async throws(ClientError) -> Page<RegistryEvent> {
        try await session.read(
            APIPath("events").query([
                "after": position, "limit": "\(limit)", "wait": seconds > 0 ? "\(min(seconds, 8))" : nil,
            ]))
    }

    /// What every command did, in the order of the log. `GET /audit`.
    /// - Parameter filter: which of them.
    public func auditRecords(matching filter: AuditFilter = AuditFilter()) -> Listing<AuditRecord> {
        Listing(pageRecords: Limits.standard.pageRecords) { [session] cursor, limit async throws(ClientError) in
            try await session.read(
                APIPath("audit").query([
                    "by": filter.by?.text, "site": filter.site?.text, "action": filter.action,
                    "object": filter.object, "outcome": filter.outcome, "since": filter.since?.description,
                    "until": filter.until?.description, "cursor": cursor, "limit": String(limit),
                ]))
        }
    }

    /// How far the audit log is, signed by every node that finds it so. `GET /audit/checkpoint`.
    public func auditCheckpoint() async throws(ClientError) -> AuditCheckpoint {
        try await session.read(APIPath("audit", "checkpoint"))
    }

    /// The keys by which nodes sign, or signed, checkpoints of the audit log. `GET /audit/keys`.
    public func auditKeys() async throws(ClientError) -> [AuditKey] {
        let page: Page<AuditKey> = try await session.read(APIPath("audit", "keys"))
        return page.items
    }

    /// What shows that a record is in the audit log. `GET /audit/proofs/inclusion`.
    /// - Parameter size: how many records the log has that it shall lead to; nil for all.
    public func auditInclusionProof(of sequence: UInt64, in size: UInt64? = nil) async throws(ClientError) -> AuditProof
    {
        try await session.read(
            APIPath("audit", "proofs", "inclusion").query([
                "sequence": "\(sequence)", "size": size.map { "\($0)" },
            ]))
    }

    /// What shows that the audit log continues what it was when it had `size` records. `GET /audit/proofs/consistency`.
    /// - Parameter newSize: how many records the log has that it shall lead to; nil for all.
    public func auditConsistencyProof(
        from size: UInt64, to newSize: UInt64? = nil
    ) async throws(ClientError) -> AuditProof {
        try await session.read(
            APIPath("audit", "proofs", "consistency").query(["from": "\(size)", "to": newSize.map { "\($0)" }]))
    }
}

/// The body of `POST /cluster/transfer`; the member stands there even when it is null.
private struct TransferRequest: Encodable, Sendable {
    let to: NodeName?

    enum CodingKeys: String, CodingKey {
        case to
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(to, forKey: .to)
    }
}
