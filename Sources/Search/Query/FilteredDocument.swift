/// One document as filters look at it: what an index does with columns, for one document without an index.
package struct FilteredDocument: Sendable {
    private let document: SearchDocument
    private let contents: DocumentFacets

    /// The document with its facets and numbers as an index has them.
    package init(_ document: SearchDocument, limits: SearchLimits = .standard) {
        self.document = document
        contents = DocumentFacets(document, limits: limits)
    }

    /// A number by its key, as `SearchQuery.numberNames` understands it.
    package func number(_ key: String) -> Double? {
        SearchQuery.numberNames(key.lowercased()).lazy.compactMap { name in
            contents.numbers.first { $0.key == name }?.value
        }.first
    }

    /// Whether it passes the filters of a query, whose words do not count.
    /// - Parameter now: milliseconds since 1970.
    package func passes(_ query: SearchQuery, now: Int64) -> Bool {
        query.filters.allSatisfy { passes($0) } && query.comparisons.allSatisfy { passes($0) }
            && query.times.allSatisfy { passes($0, now: now) }
    }

    private func passes(_ filter: SearchQuery.Filter) -> Bool {
        let key = filter.key.lowercased()
        let found = contents.facets.lazy.filter { $0.key == key }.map { $0.value.lowercased() }
        let holds = filter.values.contains { value in
            switch value {
            case .exactly(let text): found.contains(text.lowercased())
            case .beginning(let text): found.contains { $0.hasPrefix(text.lowercased()) }
            case .present: !found.isEmpty
            }
        }
        return holds != filter.isExcluded
    }

    private func passes(_ comparison: SearchQuery.Comparison) -> Bool {
        guard let number = number(comparison.key) else { return comparison.isExcluded }
        return comparison.relation.holds(number, comparison.value) != comparison.isExcluded
    }

    private func passes(_ filter: SearchQuery.TimeFilter, now: Int64) -> Bool {
        let (time, range) = (
            filter.field == .updated ? document.updatedAt : document.createdAt, filter.range(now: now)
        )
        return (range.0 <= time && time < range.1) != filter.isExcluded
    }
}

extension SearchQuery {
    /// What a number may be called, the first that a model has: `accuracy` also means `metrics.accuracy`.
    static func numberNames(_ name: String) -> [String] {
        name.hasPrefix("metrics.") ? [name] : [name, "metrics." + name]
    }

    /// The first word that is looked for in texts.
    package var firstWord: String? { terms.lazy.flatMap(\.patterns).map(\.text).first }
}

extension SearchQuery.Relation {
    /// Whether a number stands so to another.
    func holds(_ number: Double, _ value: Double) -> Bool {
        switch self {
        case .less: number < value
        case .lessOrEqual: number <= value
        case .equal: number == value
        case .greaterOrEqual: number >= value
        case .greater: number > value
        }
    }
}

extension SearchQuery.TimeFilter {
    /// From which millisecond, and before which.
    func range(now: Int64) -> (Int64, Int64) {
        switch moment {
        case .age(let age):
            // Younger means later.
            let (moment, overflow) = now.subtractingReportingOverflow(age)
            let start = overflow ? .min : moment
            switch relation {
            case .less, .lessOrEqual: return (start, .max)
            case .greater, .greaterOrEqual, .equal: return (.min, start)
            }
        case .span(let start, let end):
            switch relation {
            case .less: return (.min, start)
            case .lessOrEqual: return (.min, end)
            case .equal: return (start, end)
            case .greaterOrEqual: return (start, .max)
            case .greater: return (end, .max)
            }
        }
    }
}
