/// What one search may still spend. Looked at every few hundred or thousand rows: a statement under way is not
/// interrupted.
final class QueryBudget {
    /// Rows between two looks at the clock.
    static let stride = 512

    private(set) var rowsLeft: Int
    private let deadline: ContinuousClock.Instant
    private let allowed: Duration
    private let clock: () -> ContinuousClock.Instant

    init(
        rows: Int, deadline: ContinuousClock.Instant, allowed: Duration,
        clock: @escaping () -> ContinuousClock.Instant
    ) {
        rowsLeft = rows
        self.deadline = deadline
        self.allowed = allowed
        self.clock = clock
    }

    /// Counts rows of the full-text index; false when there are none left to visit.
    func visit(_ rows: Int) throws(SearchError) -> Bool {
        rowsLeft = max(0, rowsLeft - rows)
        try checkTime()
        return rowsLeft > 0
    }

    func checkTime() throws(SearchError) {
        guard clock() >= deadline else { return }
        throw .tooExpensive(
            "the search took longer than \(allowed); use rarer or whole words instead of beginnings, and fewer of them")
    }
}
