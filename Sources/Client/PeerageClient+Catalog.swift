public import Models

extension PeerageClient {
    /// All projects, by name. `GET /projects`.
    public func projects() -> Listing<Project> { listing(APIPath("projects")) }

    /// A project. `GET /projects/{project}`.
    public func project(_ name: ProjectName) async throws(ClientError) -> Project {
        try await session.read(.project(name))
    }

    /// Creates a project. `POST /projects`.
    /// - Parameter visibility: who shall see it; nil for everyone who has a token.
    public func createProject(
        _ name: ProjectName, description: String? = nil, visibility: Visibility? = nil
    ) async throws(ClientError) -> Project {
        try await session.write(
            .post, APIPath("projects"),
            CreateProjectRequest(name: name.text, description: description, visibility: visibility))
    }

    /// Changes a project; what is not named stays as it is. `PATCH /projects/{project}`.
    /// - Parameter sites: the sites that shall hold its bytes; none for every site.
    /// - Parameter quotaBytes: how many bytes its files may have; none for as many as there is room for.
    /// - Parameter visibility: who shall see it; none for everyone who has a token.
    public func changeProject(
        _ name: ProjectName, description: String? = nil, sites: Setting<[SiteName]> = .unchanged,
        quotaBytes: Setting<UInt64> = .unchanged, refuses: Setting<[Verdict]> = .unchanged,
        visibility: Setting<Visibility> = .unchanged
    ) async throws(ClientError) -> Project {
        let request = ChangeProjectRequest(
            description: description.map { .value($0) } ?? .unchanged, sites: sites.map { $0.map(\.text) },
            quotaBytes: quotaBytes, refuses: refuses, visibility: visibility)
        return try await session.write(.patch, .project(name), request)
    }

    /// Asks every node how much of a project's bytes it holds. `GET /projects/{project}/holdings`.
    public func holdings(of project: ProjectName) async throws(ClientError) -> ProjectHoldings {
        try await session.read(.project(project).appending(["holdings"]))
    }

    /// The models of a project, by name. `GET /projects/{project}/models`.
    public func models(in project: ProjectName) -> Listing<Model> {
        listing(.project(project).appending(["models"]))
    }

    /// A model. `GET /projects/{project}/models/{model}`.
    public func model(_ name: ModelName, in project: ProjectName) async throws(ClientError) -> Model {
        try await session.read(.model(project, name))
    }

    /// Creates a model. `POST /projects/{project}/models`.
    public func createModel(
        _ name: ModelName, in project: ProjectName, description: String? = nil
    ) async throws(ClientError) -> Model {
        try await session.write(
            .post, .project(project).appending(["models"]),
            CreateModelRequest(name: name.text, description: description))
    }

    /// The versions of a model, newest first. `GET /projects/{project}/models/{model}/versions`.
    public func versions(of model: ModelName, in project: ProjectName) -> Listing<VersionDescription> {
        // Each may list thousands of files: pages are shorter than others.
        listing(.model(project, model).appending(["versions"]), pageRecords: 20)
    }

    /// A version, the newest when the reference names none. `GET …/versions/{latest|N|ALIAS}`.
    /// - Parameter time: the instant at which the reference shall be understood, with the aliases of then; nil for now.
    public func version(
        _ reference: ModelReference, at time: Timestamp? = nil
    ) async throws(ClientError) -> VersionDescription {
        try await session.read(.version(reference).query(["at": time?.description]))
    }

    /// What differs between two versions, of one model or of two. `GET …/versions/{version}/diff`.
    public func difference(
        from first: ModelReference, to second: ModelReference
    ) async throws(ClientError) -> VersionDifference {
        try await session.read(.version(first).appending(["diff"]).query(["to": second.description]))
    }

    /// Puts versions of any models beside each other. `GET /comparison`.
    /// - Parameter versions: two to `Limits.comparedVersions` of them.
    public func compare(_ versions: [ModelReference]) async throws(ClientError) -> VersionComparison {
        let names = versions.map(\.description).joined(separator: ",")
        return try await session.read(APIPath("comparison").query(["of": names]))
    }

    /// Makes files that were uploaded before a version; `push` does both. Creates project and model when there are
    /// none. `POST /projects/{project}/models/{model}/versions`.
    public func registerVersion(
        of model: ModelName, in project: ProjectName, _ request: RegisterVersionRequest
    ) async throws(ClientError) -> VersionDescription {
        try await session.write(
            .post, .model(project, model).appending(["versions"]), request,
            session.configuration.deadlines.forRegistrations)
    }
}
