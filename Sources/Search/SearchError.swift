/// Why a search or a change of the index failed.
package enum SearchError: Error, Hashable, Sendable {
    /// The query cannot be understood. `position` counts characters (Unicode scalars) from 0.
    case query(position: Int, problem: String, expected: String)
    /// The request asks for more than `SearchLimits` allows, in words.
    case request(String)
    /// The cursor is not one of this search: another query, sort or scope of versions made it.
    case cursor(String)
    /// The search took longer than it may; the text says how to narrow it.
    case tooExpensive(String)
    /// The model is not in the index or not in the scope.
    case unknownModel(SearchDocument.ID)
    /// Changes up to `given` cannot follow those up to `applied`.
    case outOfOrder(applied: UInt64, given: UInt64)
    /// Another rebuild began, or this one is finished.
    case rebuildEnded
    /// The index is closed.
    case closed
    /// The file is damaged. A rebuild replaces it.
    case damaged(String)
    /// The disk or SQLite refused.
    case storage(String)
}

extension SearchError: CustomStringConvertible {
    /// One sentence a user or an operator can act on.
    package var description: String {
        switch self {
        case .query(let position, let problem, let expected):
            "query, character \(position + 1): \(problem); expected \(expected)"
        case .request(let text), .cursor(let text), .tooExpensive(let text): text
        case .unknownModel(let id): "the model \(id) is not in the search index"
        case .outOfOrder(let applied, let given):
            "changes up to \(given) cannot follow those up to \(applied) in the search index"
        case .rebuildEnded: "this rebuild of the search index has ended"
        case .closed: "the search index is closed"
        case .damaged(let text): "the search index is damaged and needs a rebuild: \(text)"
        case .storage(let text): "the search index cannot be read or written: \(text)"
        }
    }
}
