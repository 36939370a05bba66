public import Models

extension PeerageClient {
    /// Finds models. `GET /search`.
    /// - Parameters:
    ///   - query: words and filters: `classification task:ner metrics.f1>0.9 stage:production updated:<30d`.
    ///   - facets: what to count: `task`, `framework`, `stage`…
    ///   - sort: `relevance`, `updated`, `created`, `name` or a number such as `metrics.f1`; `-` before it turns it round.
    ///   - cursor: the `next` of the page before.
    public func search(
        _ query: String, facets: [String] = [], sort: String? = nil, limit: Int? = nil, cursor: String? = nil
    ) async throws(ClientError) -> SearchResults {
        try await session.read(
            APIPath("search").query([
                "q": query, "facets": facets.isEmpty ? nil : facets.joined(separator: ","), "sort": sort,
                "limit": limit.map { "\($0)" }, "cursor": cursor,
            ]))
    }

    /// Models like another one, and why. `GET …/models/{model}/similar`.
    public func models(
        like model: ModelName, in project: ProjectName, limit: Int? = nil
    ) async throws(ClientError) -> [SimilarModelDescription] {
        let page: Page<SimilarModelDescription> = try await session.read(
            .model(project, model).appending(["similar"]).query(["limit": limit.map { "\($0)" }]))
        return page.items
    }

    /// The best of all versions by a number, under constraints. `GET /best`.
    /// - Parameters:
    ///   - key: `metrics.f1`, `size`, `parameters`.
    ///   - filters: as in a search, without words.
    ///   - place: `PROJECT` or `PROJECT/MODEL`; nil for everything.
    ///   - order: `highest` or `lowest`; nil where the name says it.
    public func bestVersions(
        by key: String, where filters: String? = nil, in place: String? = nil, order: String? = nil,
        limit: Int? = nil
    ) async throws(ClientError) -> VersionRanking {
        try await session.read(
            APIPath("best").query([
                "by": key, "where": filters, "in": place, "order": order, "limit": limit.map { "\($0)" },
            ]))
    }
}
