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

    /// What every command did, in the order of the log. `GET /audit`.
    public func auditRecords() -> Listing<AuditRecord> { listing(APIPath("audit")) }
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
