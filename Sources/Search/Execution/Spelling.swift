import GRDB

/// Looks for words that were meant, when few models have those that were written. A word is judged by what it finds in
/// the scope only: whether it was corrected must not tell what others have.
struct Spelling {
    /// What is found with the words that were meant beside those written.
    struct Better {
        var terms: [SearchQuery.Term]
        var selection: Selection
        var corrections: [SearchAnswer.Correction]
    }

    private let terms: [SearchQuery.Term]
    private let plan: FilterPlan
    private let index: TextIndex
    private let budget: QueryBudget
    private let reader: TokenReader

    init(_ terms: [SearchQuery.Term], _ plan: FilterPlan, in index: TextIndex, _ budget: QueryBudget) throws {
        self.terms = terms
        self.plan = plan
        self.index = index
        self.budget = budget
        reader = try TokenReader(index.database)
    }

    /// A correction that finds more than `count` models; nil when there is none.
    func correction(beyond count: Int) throws -> Better? {
        var terms = terms
        var corrections: [SearchAnswer.Correction] = []
        for position in terms.indices {
            guard let (word, pattern) = try correctable(terms[position]) else { continue }
            let hits = try hits(SearchQuery.Term(patterns: [pattern]))
            guard hits <= index.limits.fewHits, let taken = try nearest(word, finding: hits) else { continue }
            terms[position].patterns.append(SearchQuery.Term.Pattern(text: taken))
            corrections.append(SearchAnswer.Correction(written: pattern.text, taken: taken))
        }
        if corrections.isEmpty { return nil }
        let selection = try Selection(MatchExpression(terms), plan, in: index, budget)
        guard selection.rows.count > count else { return nil }
        return Better(terms: terms, selection: selection, corrections: corrections)
    }

    /// A free word that is one word of letters, as the vocabulary has it.
    private func correctable(
        _ term: SearchQuery.Term
    ) throws -> (word: String, pattern: SearchQuery.Term.Pattern)? {
        guard !term.isExcluded, term.column == nil, term.patterns.count == 1, !term.patterns[0].isPhrase else {
            return nil
        }
        let tokens = try reader.tokens(of: term.patterns[0].text)
        guard tokens.count == 1, let word = tokens.first?.text, Words.isLearned(word, index.limits),
            word.unicodeScalars.count >= index.limits.correctedLetters
        else { return nil }
        return (word, term.patterns[0])
    }

    /// Models of the scope that have the word, counted until they are more than few.
    private func hits(_ term: SearchQuery.Term) throws -> Int {
        guard let expression = MatchExpression([term]).required else { return 0 }
        return try index.count(matching: expression, upTo: index.limits.fewHits, budget) {
            index.isInScope($0, plan.scope)
        }
    }

    /// The nearest word that finds more; of words as near, the most frequent.
    private func nearest(_ word: String, finding count: Int) throws -> String? {
        let near = try candidates(word).sorted { ($0.distance, $1.documents) < ($1.distance, $0.documents) }
        for candidate in near.prefix(index.limits.triedCorrections) {
            let term = SearchQuery.Term(patterns: [SearchQuery.Term.Pattern(text: candidate.word)])
            if try hits(term) > count { return candidate.word }
        }
        return nil
    }

    private struct Candidate {
        var word: String
        var documents: Int
        var distance: Int
    }

    private func candidates(_ word: String) throws -> [Candidate] {
        let letters = Array(word.unicodeScalars)
        let limit = letters.count > 6 ? 2 : 1
        let trigrams = Words.trigrams(word).sorted()
        // Each wrong letter spoils at most three trigrams, each swapped pair four.
        let shared = max(1, trigrams.count - 4 * limit)
        try budget.checkTime()
        let rows = try Row.fetchCursor(
            index.database.cachedStatement(
                sql: """
                    SELECT word, documents FROM words WHERE id IN (
                        SELECT word FROM trigrams WHERE trigram IN (SELECT value FROM json_each(?))
                        GROUP BY word HAVING count(*) >= ?)
                    AND length(word) BETWEEN ? AND ? AND documents > 0
                    """),
            arguments: [
                "[" + trigrams.map(String.init).joined(separator: ",") + "]", shared, letters.count - limit,
                letters.count + limit,
            ])
        var candidates: [Candidate] = []
        while let row = try rows.next() {
            guard let found: String = row[0], let documents: Int = row[1], found != word,
                let distance = EditDistance.between(letters, Array(found.unicodeScalars), limit: limit)
            else { continue }
            candidates.append(Candidate(word: found, documents: documents, distance: distance))
        }
        return candidates
    }
}
