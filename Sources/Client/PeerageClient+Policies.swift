public import Models

extension PeerageClient {
    /// What a project asks of metadata, and where. `GET /projects/{project}/schemas`.
    public func schemas(of project: ProjectName) -> Listing<ProjectSchema> {
        listing(.project(project).appending(["schemas"]))
    }

    /// Says what metadata must be for a version to be registered, or to enter a stage.
    /// `PUT /projects/{project}/schemas/registration`, `…/schemas/stages/{stage}`.
    /// - Parameters:
    ///   - schema: a JSON Schema of draft 2020-12.
    ///   - stage: nil for registration.
    public func setSchema(
        _ schema: JSONValue, before stage: StageName? = nil, in project: ProjectName
    ) async throws(ClientError) -> ProjectSchema {
        try await session.write(.put, schemaPath(stage, project), schema)
    }

    /// Asks nothing of metadata there any more. `DELETE` of the same.
    public func removeSchema(before stage: StageName? = nil, in project: ProjectName) async throws(ClientError) {
        try await session.writeAway(.delete, schemaPath(stage, project))
    }

    private func schemaPath(_ stage: StageName?, _ project: ProjectName) -> APIPath {
        .project(project).appending(stage.map { ["schemas", "stages", $0.text] } ?? ["schemas", "registration"])
    }

    /// By which rules versions of a project are deleted. `GET /projects/{project}/retention`.
    public func retention(of project: ProjectName) async throws(ClientError) -> RetentionPolicy {
        try await session.read(.project(project).appending(["retention"]))
    }

    /// Says by which rules versions of a project are deleted. `PUT /projects/{project}/retention`.
    public func setRetention(
        _ policy: RetentionPolicy, of project: ProjectName
    ) async throws(ClientError) -> RetentionPolicy {
        try await session.write(.put, .project(project).appending(["retention"]), policy)
    }

    /// Deletes no versions of a project by themselves any more. `DELETE /projects/{project}/retention`.
    public func removeRetention(of project: ProjectName) async throws(ClientError) {
        try await session.writeAway(.delete, .project(project).appending(["retention"]))
    }

    /// What the rules in force do with each version now, and why; nothing is deleted.
    /// `GET /projects/{project}/retention/plan`.
    public func retentionPlan(of project: ProjectName) -> Listing<RetentionDecision> {
        listing(.project(project).appending(["retention", "plan"]))
    }

    /// What other rules would do with each version now, and why; nothing is deleted.
    /// `POST /projects/{project}/retention/plan`.
    public func retentionPlan(
        of project: ProjectName, under policy: RetentionPolicy
    ) async throws(ClientError) -> [RetentionDecision] {
        let path = APIPath.project(project).appending(["retention", "plan"])
        var (decisions, cursor): ([RetentionDecision], String?) = ([], nil)
        repeat {
            let page: Page<RetentionDecision> = try await session.write(.post, path.query(["cursor": cursor]), policy)
            decisions += page.items
            cursor = page.next
        } while cursor != nil
        return decisions
    }

    /// In which tier of risk a model is. `GET …/models/{model}/risk`.
    public func risk(of model: ModelName, in project: ProjectName) async throws(ClientError) -> RiskAssessment {
        try await session.read(.model(project, model).appending(["risk"]))
    }

    /// Says in which tier of risk a model is. `PUT …/models/{model}/risk`.
    public func assess(
        _ model: ModelName, in project: ProjectName, _ request: AssessRequest
    ) async throws(ClientError) -> RiskAssessment {
        try await session.write(.put, .model(project, model).appending(["risk"]), request)
    }

    /// Takes back in which tier of risk a model is. `DELETE …/models/{model}/risk`.
    public func removeRisk(
        of model: ModelName, in project: ProjectName, reason: String
    ) async throws(ClientError) {
        try await session.writeAway(.delete, .model(project, model).appending(["risk"]).query(["reason": reason]))
    }

    /// How to use a version with each client that can load it. `GET …/versions/{version}/usage`.
    public func usage(of version: ModelReference) -> Listing<UsageExample> {
        listing(.version(version).appending(["usage"]))
    }

    /// A version's card, and what it says otherwise than the metadata. `GET …/versions/{version}/card`.
    public func card(of version: ModelReference) async throws(ClientError) -> CardDescription {
        try await session.read(.version(version).appending(["card"]))
    }
}
