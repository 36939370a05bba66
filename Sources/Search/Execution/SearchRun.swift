import GRDB

/// One search, from looking names up to reading the page.
struct SearchRun {
    private let request: SearchRequest
    private let index: TextIndex
    private let budget: QueryBudget
    private let last: RankKey?

    init(_ request: SearchRequest, in index: TextIndex, budget: QueryBudget) throws(SearchError) {
        try SearchRun.check(request, index.limits)
        self.request = request
        self.index = index
        self.budget = budget
        last = try request.cursor.map { text throws(SearchError) in
            try SearchCursor.key(text, of: request, limits: index.limits)
        }
    }

    func answer() throws -> SearchAnswer {
        let plan = try FilterPlan(request.query, scope: request.scope, now: request.now, in: index)
        var terms = request.query.terms
        var expression = MatchExpression(terms)
        var selection = try Selection(expression, plan, in: index, budget)
        var corrected: [SearchAnswer.Correction] = []
        if selection.rows.count < index.limits.fewHits, expression.required != nil {
            let spelling = try Spelling(terms, plan, in: index, budget)
            if let better = try spelling.correction(beyond: selection.rows.count) {
                (terms, selection, corrected) = (better.terms, better.selection, better.corrections)
                expression = MatchExpression(terms)
            }
        }
        return try answer(terms, expression, selection, corrected)
    }

    private func answer(
        _ terms: [SearchQuery.Term], _ expression: MatchExpression, _ selection: Selection,
        _ corrected: [SearchAnswer.Correction]
    ) throws -> SearchAnswer {
        let scores = try scores(expression, selection)
        let ranking = Ranking(
            columns: index.columns, sort: request.sort, scores: scores, numberKeys: try numberKeys())
        let found = ranking.first(request.limit + 1, of: selection.rows, after: last)
        let page = found.prefix(request.limit)
        let reader = try HitReader(terms, in: index)
        let hits = try page.map { try reader.hit($0.row) }
        return SearchAnswer(
            hits: hits, total: .init(count: selection.rows.count, isLowerBound: selection.isLowerBound),
            facets: try facets(selection),
            next: found.count > page.count ? page.last.map { SearchCursor.text($0.key, of: request) } : nil,
            corrected: corrected, appliedIndex: index.applied)
    }

    private func scores(_ expression: MatchExpression, _ selection: Selection) throws -> TextScores {
        guard request.sort == .relevance, let required = expression.required else { return .none }
        return try TextScores(required, of: selection, in: index, budget)
    }

    private func numberKeys() throws -> [UInt32] {
        guard case .number(let name, _) = request.sort else { return [] }
        return try FilterPlan.numberKeys(QueryKey.canonical(name), in: index)
    }

    private func facets(_ selection: Selection) throws -> [SearchAnswer.Facet] {
        if request.facets.isEmpty { return [] }
        let counts = try FacetCounts(selection.rows, in: index, budget)
        return try request.facets.map { try counts.facet($0, top: request.facetTop) }
    }

    private static func check(_ request: SearchRequest, _ limits: SearchLimits) throws(SearchError) {
        guard 1...limits.pageHits ~= request.limit else {
            throw .request("a page has 1 to \(limits.pageHits) hits, not \(request.limit)")
        }
        guard request.facets.count <= limits.countedFacets else {
            throw .request("at most \(limits.countedFacets) facets are counted, not \(request.facets.count)")
        }
        guard 0...limits.facetTop ~= request.facetTop else {
            throw .request("at most \(limits.facetTop) values are listed for a facet, not \(request.facetTop)")
        }
        guard case .allBut(let names) = request.scope, names.count > limits.scopeProjects else { return }
        throw .request("a scope leaves out at most \(limits.scopeProjects) projects, not \(names.count)")
    }
}
