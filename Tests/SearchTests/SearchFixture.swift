@testable import Search

/// An index in a folder of its own, fed one batch after the other.
final class SearchFixture: Sendable {
    let folder: TemporaryFolder
    let index: SearchIndex
    let limits: SearchLimits

    /// 2026-01-31T00:00:00Z.
    static let now: Int64 = 1_769_817_600_000
    static let day: Int64 = 86_400_000

    init(_ documents: [SearchDocument] = [], change: (inout SearchLimits) -> Void = { _ in }) throws {
        var limits = SearchLimits()
        change(&limits)
        self.limits = limits
        folder = try TemporaryFolder()
        index = try SearchIndex(directory: folder.path, limits: limits)
        if !documents.isEmpty { try add(documents) }
    }

    func add(_ documents: [SearchDocument]) throws {
        try index.apply(documents.map { .upsert($0) }, upTo: try index.appliedIndex + 1)
    }

    func request(_ text: String, scope: SearchScope = .all) throws -> SearchRequest {
        SearchRequest(try SearchQuery(parsing: text, limits: limits), scope: scope, now: Self.now)
    }

    func search(
        _ text: String, scope: SearchScope = .all, _ change: (inout SearchRequest) -> Void = { _ in }
    ) throws -> SearchAnswer {
        var request = try request(text, scope: scope)
        change(&request)
        return try index.search(request)
    }

    /// Names found, in order.
    func names(
        _ text: String, scope: SearchScope = .all, sort: SearchSort = .name(ascending: true)
    ) throws -> [String] {
        try search(text, scope: scope) { request in
            request.sort = sort
            request.limit = limits.pageHits
        }.hits.map(\.id.model)
    }
}

extension SearchDocument {
    static func sample(
        _ model: String, in project: String = "lab", card: String = "", daysOld: Int64 = 0,
        _ change: (inout SearchDocument) -> Void = { _ in }
    ) -> SearchDocument {
        let time = SearchFixture.now - daysOld * SearchFixture.day
        var document = SearchDocument(
            id: ID(project: project, model: model), updatedAt: time, createdAt: time - SearchFixture.day)
        document.card = card
        change(&document)
        return document
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
