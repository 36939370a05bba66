public import Models

extension PeerageClient {
    /// What a version is made of, what is made of it, and where that serves. `GET …/versions/{version}/lineage`.
    /// - Parameter depth: how many steps to follow; nil for as many as the server allows.
    public func lineage(
        of version: ModelReference, _ direction: LineageDirection = .both, depth: Int? = nil
    ) async throws(ClientError) -> LineageGraph {
        try await session.read(
            .version(version).appending(["lineage"]).query([
                "direction": direction.rawValue, "depth": depth.map { "\($0)" },
            ]))
    }

    /// The lineage of anything: `dataset:name:squad`, `model:uri:https://…`. `GET /lineage`.
    /// - Parameter depth: how many steps to follow; nil for as many as the server allows.
    public func lineage(
        of thing: String, _ direction: LineageDirection = .both, depth: Int? = nil
    ) async throws(ClientError) -> LineageGraph {
        try await session.read(
            APIPath("lineage").query([
                "of": thing, "direction": direction.rawValue, "depth": depth.map { "\($0)" },
            ]))
    }

    /// Adds to what is known of a version's lineage; answers with what it is made of.
    /// `POST …/versions/{version}/lineage/additions`.
    public func appendLineage(
        _ lineage: JSONValue, to version: ModelReference, note: String? = nil
    ) async throws(ClientError) -> LineageGraph {
        try await session.write(
            .post, .version(version).appending(["lineage", "additions"]),
            AppendLineageRequest(lineage: lineage, note: note))
    }

    /// Where a version serves. `GET …/versions/{version}/deployments`.
    public func deployments(of version: ModelReference) async throws(ClientError) -> [Deployment] {
        let page: Page<Deployment> = try await session.read(.version(version).appending(["deployments"]))
        return page.items
    }

    /// Reports that a place serves a version; answers with all that do. `PUT …/deployments/{deployment}`.
    public func reportDeployment(
        _ name: DeploymentName, of version: ModelReference, environment: String? = nil, uri: String? = nil
    ) async throws(ClientError) -> [Deployment] {
        let page: Page<Deployment> = try await session.write(
            .put, .version(version).appending(["deployments", name.text]),
            ReportDeploymentRequest(environment: environment, uri: uri))
        return page.items
    }

    /// Reports that a place serves a version no more; answers with those that still do.
    /// `DELETE …/deployments/{deployment}`.
    public func endDeployment(
        _ name: DeploymentName, of version: ModelReference
    ) async throws(ClientError) -> [Deployment] {
        let page: Page<Deployment> = try await session.write(
            .delete, .version(version).appending(["deployments", name.text]))
        return page.items
    }

    /// What is recalled. `GET /recalls`.
    public func recalls() -> Listing<Recall> { listing(APIPath("recalls")) }

    /// Recalls a version, a data set or anything of a lineage; answers with what is affected. `POST /recalls`.
    /// - Parameter thing: `version:acme/ranker:3`, `dataset:name:squad`…
    /// - Parameter lifting: whether its recall is taken back.
    public func recall(
        _ thing: String, reason: String, lifting: Bool = false
    ) async throws(ClientError) -> LineageGraph {
        try await session.write(
            .post, APIPath("recalls"), RecallRequest(thing: thing, reason: reason, lift: lifting ? true : nil))
    }
}
