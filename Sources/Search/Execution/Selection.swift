/// Rows that a request found, before they are put in order.
struct Selection {
    var rows: [UInt32] = []
    var isLowerBound = false

    init(_ expression: MatchExpression, _ plan: FilterPlan, in index: TextIndex, _ budget: QueryBudget) throws {
        var matched: RowSet?
        if let required = expression.required {
            let found = try index.rows(matching: required, budget)
            matched = found.rows
            isLowerBound = !found.isComplete
        }
        var excluded: RowSet?
        if let text = expression.excluded {
            let found = try index.rows(matching: text, budget)
            guard found.isComplete else {
                throw SearchError.tooExpensive("too many models have the excluded words; add a word that must be there")
            }
            excluded = found.rows
        }
        for (number, segment) in index.columns.segments.enumerated() {
            collect(segment, number, matched: matched, excluded: excluded, plan)
            try budget.checkTime()
        }
    }

    private mutating func collect(
        _ segment: Segment, _ number: Int, matched: RowSet?, excluded: RowSet?, _ plan: FilterPlan
    ) {
        let first = UInt32(number * Segment.rows)
        for local in 0..<Segment.rows {
            let row = first + UInt32(local)
            if let matched, !matched.contains(row) { continue }
            if let excluded, excluded.contains(row) { continue }
            if plan.allows(local, of: segment) { rows.append(row) }
        }
    }
}
