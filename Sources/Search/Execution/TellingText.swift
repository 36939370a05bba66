import GRDB

/// The words that tell what a document is about, and how well others match them.
struct TellingText {
    private(set) var words: [String] = []
    /// By row, 1 for a document that matches as well as the one the words are of.
    private var scores: [UInt32: Double] = [:]
    private var scored = RowSet()

    init() {}

    init(_ text: IndexedText, of row: UInt32, in index: TextIndex, _ budget: QueryBudget) throws {
        words = try TellingText.words(of: text, in: index)
        if words.isEmpty { return }
        let cursor = try Row.fetchCursor(
            index.database.cachedStatement(
                sql: "SELECT rowid, bm25(texts, \(Schema.weights)) FROM texts WHERE texts MATCH ?"),
            arguments: [MatchExpression.inProse(words.map(MatchExpression.quoted).joined(separator: " OR "))])
        var visited = 0
        while let found = try cursor.next() {
            let score: Double? = found[1]
            let row: UInt32 = found[0]
            scores[row] = -(score ?? 0)
            scored.insert(row)
            visited += 1
            if visited % QueryBudget.stride == 0, try !budget.visit(QueryBudget.stride) { break }
        }
        let own = max(scores[row] ?? 0, .leastNormalMagnitude)
        scores = scores.mapValues { min(1, $0 / own) }
    }

    /// How well a row's text matches the telling words, from 0 to 1.
    func score(_ row: UInt32) -> Double {
        // Most rows are in no dictionary, and a bit says so faster.
        scored.contains(row) ? scores[row] ?? 0 : 0
    }

    /// Those of the words that another document has.
    func words(sharedWith row: UInt32, in index: TextIndex) throws -> [String] {
        guard scored.contains(row) else { return [] }
        let has = try index.database.cachedStatement(sql: "SELECT 1 FROM texts WHERE texts MATCH ? AND rowid = ?")
        return try words.filter {
            try Int.fetchOne(has, arguments: [MatchExpression.inProse(MatchExpression.quoted($0)), row]) != nil
        }
    }

    /// Words that stand often here and seldom elsewhere, as many as are matched in a few milliseconds.
    private static func words(of text: IndexedText, in index: TextIndex) throws -> [String] {
        let reader = try TokenReader(index.database)
        var frequencies: [String: Int] = [:]
        for (column, weight) in [(text.name, 4), (text.description, 2), (text.card, 1)] {
            for token in try reader.tokens(of: column) where Words.isLearned(token.text, index.limits) {
                frequencies[token.text, default: 0] += weight
            }
        }
        let find = try index.database.cachedStatement(sql: "SELECT documents FROM words WHERE word = ?")
        let total = Double(max(index.columns.count, 1))
        var weighed: [(word: String, weight: Double, documents: Int)] = []
        for (word, frequency) in frequencies {
            // A word of this document alone finds no other.
            guard let documents = try Int.fetchOne(find, arguments: [word]), documents > 1 else { continue }
            let rarity = (total / Double(documents)).logarithm
            weighed.append((word, (1 + Double(frequency).logarithm) * rarity, documents))
        }
        weighed.sort { ($0.weight, $1.word) > ($1.weight, $0.word) }
        var rows = 0
        var telling: [String] = []
        for entry in weighed.prefix(index.limits.tellingWords) where entry.weight > 0 {
            rows += entry.documents
            if rows > index.limits.scoredRows { break }
            telling.append(entry.word)
        }
        return telling
    }
}

extension Double {
    /// The binary logarithm, near enough to put words in order.
    fileprivate var logarithm: Double {
        guard self > 0, isFinite else { return 0 }
        return Double(exponent) + significand - 1
    }
}
