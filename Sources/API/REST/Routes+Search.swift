import HTTPTypes
import HummingbirdCore
import Models
import RegistryService
import Search

extension RESTAPI {
    /// Finding models.
    static var searchRoutes: [Route] {
        [
            Route(
                method: .get, path: "/api/v1/search",
                summary: "Find models by words and filters, with counts of what they have",
                query: ["q", "facets", "sort", "limit", "cursor"], response: .init(schema: "SearchResults")
            ) { call in
                let found = try await call.service.search(
                    call.text(query: "q") ?? "", facets: call.texts(query: "facets"), sort: call.sort,
                    limit: call.hitLimit, cursor: call.cursor, for: call.principal, call.consistency)
                return try .json(found, index: found.index)
            },
            Route(
                method: .get, path: "/api/v1/best",
                summary: "Rank all versions, of everything or “in” a project or model, by a number",
                query: ["by", "where", "in", "order", "limit"], response: .init(schema: "VersionRanking")
            ) { call in try .json(await call.service.ranking(call.ranking, for: call.principal, call.consistency)) },
            Route(
                method: .get, path: "/api/v1/projects/{project}/models/{model}/similar",
                summary: "List models like another one, and why", query: ["limit"],
                response: .init(schema: "SimilarModel", isList: true)
            ) { call in
                let found = try await call.service.models(
                    like: call.model, in: call.project, limit: call.hitLimit, for: call.principal, call.consistency)
                return try .json(Page(items: found, next: nil), index: nil)
            },
        ]
    }
}

extension Call {
    /// A text of the query; nil when it is not there.
    fileprivate func text(query name: String) -> String? {
        request.uri.queryParameters[Substring(name)].map { String($0) }
    }

    /// Which versions to rank, and by what.
    fileprivate var ranking: RegistryService.RankingRequest {
        get throws {
            guard let key = text(query: "by"), !key.isEmpty else {
                throw ServiceError.invalidRequest("say by which number: ?by=metrics.f1")
            }
            var request = RegistryService.RankingRequest(key: key)
            request.filters = text(query: "where") ?? ""
            request.limit = try hitLimit
            let place = text(query: "in")?.split(separator: "/", maxSplits: 1).map { String($0) } ?? []
            request.project = try place.first.map { try ProjectName($0) }
            request.model = try place.dropFirst().first.map { try ModelName($0) }
            switch text(query: "order") {
            case nil: break
            case "highest": request.prefersHigher = true
            case "lowest": request.prefersHigher = false
            case let other?: throw ServiceError.invalidRequest("order is highest or lowest, not “\(other)”")
            }
            return request
        }
    }

    /// Texts of the query between commas.
    fileprivate func texts(query name: String) -> [String] {
        text(query: name)?.split(separator: ",").map { String($0) } ?? []
    }

    fileprivate var hitLimit: Int {
        get throws(ServiceError) {
            let most = SearchLimits.standard.pageHits
            guard let text = text(query: "limit") else { return 20 }
            guard let limit = Int(text), (1...most).contains(limit) else {
                throw .invalidRequest("limit is a number from 1 to \(most)")
            }
            return limit
        }
    }

    /// `relevance`, `updated`, `created`, `name` or a number's key; `-` before it turns the order round.
    fileprivate var sort: SearchSort {
        let text = text(query: "sort") ?? "relevance"
        let isDescending = text.hasPrefix("-")
        switch isDescending ? String(text.dropFirst()) : text {
        case "relevance": return .relevance
        case "updated": return .updated(ascending: !isDescending)
        case "created": return .created(ascending: !isDescending)
        case "name": return .name(ascending: !isDescending)
        case let key: return .number(key, ascending: !isDescending)
        }
    }
}
