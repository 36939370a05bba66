import GRDB

/// How well rows match, by BM25. All that were found are scored when they are few. Of many, those that have the words
/// in name, tags or description are: a word that stands in every card tells nothing.
struct TextScores {
    /// By row; 0 where nothing is known. Empty when nothing was scored.
    private(set) var scores: [Double] = []
    private let limit: Int

    static let none = TextScores()

    private init() { limit = 0 }

    init(_ expression: String, of selection: Selection, in index: TextIndex, _ budget: QueryBudget) throws {
        limit = index.limits.scoredRows
        if selection.rows.isEmpty { return }
        scores = Array(repeating: 0, count: index.columns.rows)
        if selection.rows.count <= limit {
            try score(selection.rows, expression, index, budget)
        } else {
            try scoreHeads(expression, index, budget)
        }
    }

    func score(_ row: UInt32) -> Double { scores.isEmpty ? 0 : scores[Int(row)] }

    private mutating func score(
        _ rows: [UInt32], _ expression: String, _ index: TextIndex, _ budget: QueryBudget
    ) throws {
        // The sign keeps SQLite from looking each row up, which would count the words' documents for every row.
        let cursor = try Row.fetchCursor(
            index.database.cachedStatement(
                sql: """
                    SELECT rowid, bm25(texts, \(Schema.weights)) FROM texts
                    WHERE texts MATCH ? AND +rowid IN (SELECT value FROM json_each(?))
                    """),
            arguments: [expression, "[" + rows.map(String.init).joined(separator: ",") + "]"])
        try take(cursor, budget)
    }

    private mutating func scoreHeads(_ expression: String, _ index: TextIndex, _ budget: QueryBudget) throws {
        let cursor = try Row.fetchCursor(
            index.database.cachedStatement(
                sql: """
                    SELECT rowid, bm25(texts, \(Schema.weights)) FROM texts
                    WHERE texts MATCH ? ORDER BY rowid DESC
                    """),
            arguments: [MatchExpression.inHead(expression)])
        try take(cursor, budget)
    }

    private mutating func take(_ cursor: RowCursor, _ budget: QueryBudget) throws {
        var taken = 0
        while taken < limit, let found = try cursor.next() {
            let row: Int = found[0]
            let score: Double? = found[1]
            if scores.indices.contains(row) { scores[row] = -(score ?? 0) }
            taken += 1
            if taken % QueryBudget.stride == 0 { try budget.checkTime() }
        }
    }
}
