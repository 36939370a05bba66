public import Models

extension PeerageClient {
    /// How a project's versions live. `GET /projects/{project}/lifecycle`.
    public func lifecycle(of project: ProjectName) async throws(ClientError) -> Lifecycle {
        try await session.read(.project(project).appending(["lifecycle"]))
    }

    /// Says how a project's versions live. `PUT` and `DELETE /projects/{project}/lifecycle`.
    /// - Parameter lifecycle: nil for the standard.
    public func setLifecycle(_ lifecycle: Lifecycle?, of project: ProjectName) async throws(ClientError) -> Lifecycle {
        let path = APIPath.project(project).appending(["lifecycle"])
        guard let lifecycle else { return try await session.write(.delete, path) }
        return try await session.write(.put, path, lifecycle)
    }

    /// Moves a version to a stage. `POST …/versions/{version}/stage`.
    public func move(
        _ version: ModelReference, _ request: MoveVersionRequest
    ) async throws(ClientError) -> VersionDescription {
        try await session.write(.post, .version(version).appending(["stage"]), request)
    }

    /// The moves of a version, oldest first. `GET …/versions/{version}/stage/history`.
    public func stageHistory(of version: ModelReference) -> Listing<StageMove> {
        listing(.version(version).appending(["stage", "history"]))
    }

    /// The approvals of a version, and which of them count. `GET …/versions/{version}/approvals`.
    public func approvals(of version: ModelReference) -> Listing<ApprovalDescription> {
        listing(.version(version).appending(["approvals"]))
    }

    /// Approves that a version moves to a stage. `POST …/versions/{version}/approvals`.
    public func approve(
        _ version: ModelReference, _ request: ApproveRequest
    ) async throws(ClientError) -> VersionDescription {
        try await session.write(.post, .version(version).appending(["approvals"]), request)
    }

    /// Withdraws this client's approval. `DELETE …/versions/{version}/approvals/{stage}`.
    public func withdrawApproval(
        of version: ModelReference, to stage: StageName
    ) async throws(ClientError) -> VersionDescription {
        try await session.write(.delete, .version(version).appending(["approvals", stage.text]))
    }

    /// What is known of a version in the sections of the EU AI Act's Annex IV, and what is missing.
    /// `GET …/versions/{version}/report`.
    public func report(on version: ModelReference) async throws(ClientError) -> ComplianceReport {
        try await session.read(.version(version).appending(["report"]))
    }

    /// What was measured of a version after its registration, oldest first. `GET …/versions/{version}/evaluations`.
    public func evaluations(of version: ModelReference) -> Listing<Evaluation> {
        listing(.version(version).appending(["evaluations"]))
    }

    /// Adds what was measured of a version. `POST …/versions/{version}/evaluations`.
    public func evaluate(
        _ version: ModelReference, _ request: EvaluateRequest
    ) async throws(ClientError) -> VersionDescription {
        try await session.write(.post, .version(version).appending(["evaluations"]), request)
    }
}
