package import Models
import Registry
import Search
import Storage

/// The best of all versions, not of the newest alone: what the search index knows.
extension RegistryService {
    /// Which versions are ranked, and by what.
    package struct RankingRequest: Sendable {
        /// Only versions of this project.
        package var project: ProjectName?
        /// Only versions of this model of it.
        package var model: ModelName?
        /// Filters, as in a search, that a version must pass.
        package var filters = ""
        /// A number of versions: `metrics.f1`, `size`, `parameters`.
        package var key: String
        /// Whether more is better; nil for what the name says.
        package var prefersHigher: Bool?
        /// At most so many.
        package var limit = 10

        /// Ranks by `key`.
        package init(key: String) { self.key = key }
    }

    /// For how long one ranking looks at versions, and at most how many.
    private static let rankingPatience: Duration = .seconds(2)
    private static let mostRanked = 100_000

    /// The best versions by a number, of those that pass filters.
    package func ranking(
        _ request: RankingRequest, for principal: Principal, _ consistency: Consistency
    ) async throws(ServiceError) -> Answer<VersionRanking> {
        let query = try await answering { () throws(SearchError) in try SearchQuery(parsing: request.filters) }
        if let word = query.firstWord {
            throw .invalidRequest(
                "“\(word)” is a word to search for; here are filters, such as task:ner or metrics.f1>0.9")
        }
        guard let higher = request.prefersHigher ?? Self.prefersHigher(request.key) else {
            throw .invalidRequest(
                "it is not known whether more \(request.key) is better; say order=highest or order=lowest")
        }
        let now = now.milliseconds
        let end = ContinuousClock.now + Self.rankingPatience
        return try await search(consistency, for: principal) { catalog in
            if let project = request.project {
                _ = try catalog.existing(project)
                if let model = request.model { _ = try catalog.existing(project, model) }
            }
            var best = BestVersions(request, query, prefersHigher: higher, now: now)
            let sawAll = try catalog.forEachVersion(of: request.project, request.model) { version in
                guard best.lookedAt < Self.mostRanked, ContinuousClock.now < end else { return false }
                try best.look(at: version, in: catalog)
                return true
            }
            return VersionRanking(entries: best.entries, lookedAt: best.lookedAt, truncated: !sawAll)
        }
    }

    private static func prefersHigher(_ key: String) -> Bool? {
        switch key {
        case "size", "parameters", "files": false
        default: Metric(name: key.hasPrefix("metrics.") ? String(key.dropFirst(8)) : key, value: 0).prefersHigher
        }
    }
}

/// What is best so far.
private struct BestVersions {
    let request: RegistryService.RankingRequest
    let query: SearchQuery
    let prefersHigher: Bool
    let now: Int64
    private(set) var entries: [VersionRanking.Entry] = []
    private(set) var lookedAt = 0

    init(_ request: RegistryService.RankingRequest, _ query: SearchQuery, prefersHigher: Bool, now: Int64) {
        (self.request, self.query, self.prefersHigher, self.now) = (request, query, prefersHigher, now)
    }

    mutating func look(at version: Version, in catalog: Catalog) throws {
        lookedAt += 1
        let document = try catalog.rankedDocument(version)
        let filtered = FilteredDocument(document)
        guard let value = filtered.number(request.key), filtered.passes(query, now: now) else { return }
        let stage = try StageName(document.facets["stage"]?.first ?? "")
        let entry = VersionRanking.Entry(
            project: version.project, model: version.model, number: version.number, value: value, stage: stage)
        // A model's versions come newest first: of equals the newest stays before.
        let place = entries.firstIndex { prefersHigher ? value > $0.value : value < $0.value } ?? entries.count
        entries.insert(entry, at: place)
        if entries.count > request.limit { entries.removeLast() }
    }
}

extension Catalog {
    /// Calls `body` with the versions of a project, a model or all, until it returns false; whether it never did.
    fileprivate func forEachVersion(
        of project: ProjectName?, _ model: ModelName?, _ body: (Version) throws -> Bool
    ) throws -> Bool {
        for project in try project.map({ [$0] }) ?? allProjects().map(\.name) {
            var next = try model ?? models(in: project, after: nil, limit: 1).first?.name
            while let current = next {
                guard try forEachVersion(ofModel: current, project, body) else { return false }
                next = model == nil ? try models(in: project, after: current, limit: 1).first?.name : nil
            }
        }
        return true
    }

    private func forEachVersion(
        ofModel model: ModelName, _ project: ProjectName, _ body: (Version) throws -> Bool
    ) throws -> Bool {
        var before: UInt64?
        while true {
            let page = try versions(project: project, model: model, before: before, limit: 100)
            guard let last = page.last else { return true }
            for version in page { guard try body(version) else { return false } }
            before = last.number
        }
    }
}
