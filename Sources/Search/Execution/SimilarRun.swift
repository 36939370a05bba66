import GRDB

/// Finds models like a given one: by what they were made from, what they do, and the rare words of their texts.
struct SimilarRun {
    private let index: TextIndex
    private let budget: QueryBudget

    /// Facets that make models similar, with what each counts. Text counts up to 3.
    private static let weights: [(key: String, weight: Double)] = [
        ("base_model", 4), ("dataset", 2), ("task", 1), ("architecture", 0.75),
    ]
    private static let textWeight = 3.0
    private static let derivedWeight = 5.0

    init(in index: TextIndex, budget: QueryBudget) {
        self.index = index
        self.budget = budget
    }

    func models(
        like id: SearchDocument.ID, scope: SearchScope, limit: Int
    ) throws -> [SimilarModel] {
        guard 1...index.limits.similarModels ~= limit else {
            throw SearchError.request("1 to \(index.limits.similarModels) similar models are found, not \(limit)")
        }
        let scope = index.flags(of: scope)
        let find = try index.database.cachedStatement(
            sql: "SELECT id FROM documents WHERE project = ? AND model = ?")
        guard let row = try UInt32.fetchOne(find, arguments: [id.project, id.model]), index.isInScope(row, scope) else {
            throw SearchError.unknownModel(id)
        }
        let traits = try traits(of: row, id)
        let text = try textSimilarity(to: row)
        let found = try scored(traits, text, except: row, scope: scope, limit: limit)
        return try found.map { try model($0.row, traits, text, of: id) }
    }

    /// What makes a value count, by its ordinal.
    private typealias Traits = [UInt32: (key: String, weight: Double)]

    private func traits(of row: UInt32, _ id: SearchDocument.ID) throws -> Traits {
        let (segment, local) = Columns.place(row)
        let own = index.columns.segments[segment].facets.values(local)
        var traits: Traits = [:]
        for (name, weight) in SimilarRun.weights {
            guard let key = try index.key(name) else { continue }
            for ordinal in own where index.columns.keyOfValue[Int(ordinal)] == key {
                traits[ordinal] = (name, weight)
            }
            guard name == "base_model" else { continue }
            // Models that name this one as theirs.
            let find = try index.database.cachedStatement(
                sql: "SELECT id FROM facet_values WHERE key = ? AND folded IN (?, ?)")
            let names = [id.description.lowercased(), id.model.lowercased()]
            for ordinal in try UInt32.fetchAll(find, arguments: [key, names[0], names[1]]) {
                traits[ordinal] = (SimilarRun.derived, SimilarRun.derivedWeight)
            }
        }
        return traits
    }

    private static let derived = "derived"

    private struct Candidate {
        var row: UInt32
        var score: Double
    }

    private func scored(
        _ traits: Traits, _ text: TellingText, except own: UInt32, scope: [Bool]?, limit: Int
    ) throws -> [Candidate] {
        var relevant = RowSet()
        for ordinal in traits.keys { relevant.insert(ordinal) }
        var candidates: [Candidate] = []
        for (number, segment) in index.columns.segments.enumerated() {
            try budget.checkTime()
            for local in 0..<Segment.rows {
                let row = UInt32(number * Segment.rows + local)
                var score = text.score(row) * SimilarRun.textWeight
                for position in segment.facets.range(local) {
                    let ordinal = segment.facets.elements[position]
                    if relevant.contains(ordinal) { score += traits[ordinal]?.weight ?? 0 }
                }
                guard score > 0, row != own, index.isInScope(row, scope) else { continue }
                candidates.append(Candidate(row: row, score: score))
            }
        }
        return best(candidates, limit)
    }

    private func best(_ candidates: [Candidate], _ limit: Int) -> [Candidate] {
        guard candidates.count > limit else { return sorted(candidates) }
        // Most share only a common task: what cannot be among the first is not sorted.
        let bound = candidates.map(\.score).sorted(by: >)[limit - 1]
        return Array(sorted(candidates.filter { $0.score >= bound }).prefix(limit))
    }

    private func sorted(_ candidates: [Candidate]) -> [Candidate] {
        func updated(_ row: UInt32) -> Int64 {
            let (segment, local) = Columns.place(row)
            return index.columns.segments[segment].updated[local]
        }
        return candidates.sorted { ($0.score, updated($0.row), $1.row) > ($1.score, updated($1.row), $0.row) }
    }

    private func model(
        _ row: UInt32, _ traits: Traits, _ text: TellingText, of id: SearchDocument.ID
    ) throws -> SimilarModel {
        let (segment, local) = Columns.place(row)
        var shared: [String: [String]] = [:]
        let name = try index.database.cachedStatement(sql: "SELECT value FROM facet_values WHERE id = ?")
        for ordinal in index.columns.segments[segment].facets.values(local) {
            guard let trait = traits[ordinal] else { continue }
            if let value = try String.fetchOne(name, arguments: [ordinal]) {
                shared[trait.key, default: []].append(value)
            }
        }
        let title = try index.database.cachedStatement(sql: "SELECT title FROM documents WHERE id = ?")
        var reasons = SimilarRun.reasons(shared, of: id)
        let words = try text.words(sharedWith: row, in: index)
        if !words.isEmpty { reasons.append(.text(words: words)) }
        return SimilarModel(
            id: index.identity(row), title: try String.fetchOne(title, arguments: [row]) ?? "",
            reasons: reasons)
    }

    private static func reasons(_ shared: [String: [String]], of id: SearchDocument.ID) -> [SimilarModel.Reason] {
        var reasons: [SimilarModel.Reason] = []
        if shared[derived] != nil { reasons.append(.derived(from: id)) }
        if let values = shared["base_model"] { reasons.append(.baseModel(values)) }
        if let values = shared["dataset"] { reasons.append(.datasets(values)) }
        if let values = shared["task"] { reasons.append(.task(values)) }
        if let values = shared["architecture"] { reasons.append(.architecture(values)) }
        return reasons
    }

    private func textSimilarity(to row: UInt32) throws -> TellingText {
        guard let text = try StoredText.read(row, in: index.database) else { return TellingText() }
        return try TellingText(text, of: row, in: index, budget)
    }
}
