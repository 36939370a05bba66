import GRDB

/// Counts the values of all facets in one pass over the rows found.
struct FacetCounts {
    private var counts: [UInt32]
    private let index: TextIndex

    init(_ rows: [UInt32], in index: TextIndex, _ budget: QueryBudget) throws {
        self.index = index
        counts = Array(repeating: 0, count: index.columns.keyOfValue.count)
        var start = 0
        while start < rows.count {
            // Rows are in order: one segment after the other.
            let number = Int(rows[start]) / Segment.rows
            let end = rows[start...].firstIndex { Int($0) / Segment.rows != number } ?? rows.count
            count(rows[start..<end], of: index.columns.segments[number].facets)
            try budget.checkTime()
            start = end
        }
    }

    private mutating func count(_ rows: ArraySlice<UInt32>, of facets: Ragged<UInt32>) {
        for row in rows {
            for position in facets.range(Int(row) % Segment.rows) {
                counts[Int(facets.elements[position])] += 1
            }
        }
    }

    /// The most frequent values of a facet, and how many there are.
    func facet(_ name: String, top: Int) throws -> SearchAnswer.Facet {
        guard let key = try index.key(QueryKey.canonical(name)) else {
            return SearchAnswer.Facet(name: name, values: [], distinct: 0)
        }
        let keys = index.columns.keyOfValue
        let present = keys.indices.filter { keys[$0] == key && counts[$0] > 0 }.sorted { counts[$0] > counts[$1] }
        let values = try named(present, top: top).sorted { ($1.count, $0.value) < ($0.count, $1.value) }
        return SearchAnswer.Facet(name: name, values: Array(values.prefix(top)), distinct: present.count)
    }

    /// With those that are as frequent as the last, up to a few: which are listed does not depend on ordinals then,
    /// which differ between nodes.
    private func named(_ ordinals: [Int], top: Int) throws -> [SearchAnswer.Facet.Value] {
        guard top > 0, let last = ordinals.prefix(top).last else { return [] }
        let kept = ordinals.prefix(top * 4).prefix { counts[$0] >= counts[last] }
        let find = try index.database.cachedStatement(sql: "SELECT value FROM facet_values WHERE id = ?")
        return try kept.compactMap { ordinal in
            try String.fetchOne(find, arguments: [ordinal]).map { .init(value: $0, count: Int(counts[ordinal])) }
        }
    }
}
