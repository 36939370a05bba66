/// The projects whose models a search may see.
package enum SearchScope: Hashable, Sendable {
    /// All of them.
    case all
    /// All but these, by name. Counts, corrections and similar models do not know of them.
    case allBut(Set<String>)
}

/// The order of hits. Models that are equal in it follow by name, then by project.
package enum SearchSort: Hashable, Sendable {
    /// The best match first, among equals the newest. Without words: the newest first.
    case relevance
    /// By the time of the last change.
    case updated(ascending: Bool)
    /// By the time of creation.
    case created(ascending: Bool)
    /// By the model's name.
    case name(ascending: Bool)
    /// By a number such as `metrics.f1`; models without it come last.
    case number(String, ascending: Bool)
}

/// What is asked.
package struct SearchRequest: Hashable, Sendable {
    /// What to find.
    package var query: SearchQuery
    /// Where.
    package var scope: SearchScope
    /// Facets to count, by name.
    package var facets: [String] = []
    /// Values listed for each of them.
    package var facetTop = 10
    /// The order.
    package var sort = SearchSort.relevance
    /// Hits of the page.
    package var limit = 20
    /// `next` of the page before; nil for the first page.
    package var cursor: String?
    /// What `updated:<30d` counts from, in milliseconds since 1970.
    package var now: Int64
    /// How long the search may take, at most what `SearchLimits` says; nil for that.
    package var duration: Duration?

    /// A first page of twenty, best match first.
    package init(_ query: SearchQuery, scope: SearchScope, now: Int64) {
        self.query = query
        self.scope = scope
        self.now = now
    }
}
