import GRDB

/// A request's filters with all names looked up, so that testing a row is a few comparisons of integers.
struct FilterPlan {
    /// Facet filters are bits, in the order of the query.
    private var required: UInt64 = 0
    private var excluded: UInt64 = 0
    /// Filters that each value satisfies, for the values of any.
    private var bits: [UInt32: UInt64] = [:]
    /// Values that are in `bits`: asking this first spares nearly all look-ups.
    private var relevant = RowSet()
    private var numbers: [NumberTest] = []
    private var times: [TimeTest] = []
    let scope: [Bool]?

    fileprivate struct NumberTest {
        var keys: [UInt32]
        var relation: SearchQuery.Relation
        var value: Double
        var isExcluded: Bool
    }

    fileprivate struct TimeTest {
        var field: SearchQuery.TimeFilter.Field
        /// From, and before.
        var range: (Int64, Int64)
        var isExcluded: Bool
    }

    init(_ query: SearchQuery, scope: SearchScope, now: Int64, in index: TextIndex) throws {
        self.scope = index.flags(of: scope)
        for (position, filter) in query.filters.enumerated() {
            let bit: UInt64 = 1 << UInt64(position)
            if filter.isExcluded { excluded |= bit } else { required |= bit }
            for ordinal in try FilterPlan.ordinals(of: filter, in: index) {
                bits[ordinal, default: 0] |= bit
                relevant.insert(ordinal)
            }
        }
        for comparison in query.comparisons {
            numbers.append(
                NumberTest(
                    keys: try FilterPlan.numberKeys(comparison.key, in: index), relation: comparison.relation,
                    value: comparison.value, isExcluded: comparison.isExcluded))
        }
        times = query.times.map {
            TimeTest(field: $0.field, range: $0.range(now: now), isExcluded: $0.isExcluded)
        }
    }

    /// Keys that a number may have.
    static func numberKeys(_ name: String, in index: TextIndex) throws -> [UInt32] {
        try SearchQuery.numberNames(name).compactMap { try index.key($0) }
    }

    func allows(_ row: Int, of segment: Segment) -> Bool {
        if segment.names[row].isEmpty { return false }
        if let scope, !scope[Int(segment.scopes[row])] { return false }
        return facetsAllow(row, segment) && numbers.allSatisfy { $0.allows(row, segment) }
            && times.allSatisfy { $0.allows(row, segment) }
    }

    private func facetsAllow(_ row: Int, _ segment: Segment) -> Bool {
        if required | excluded == 0 { return true }
        var found: UInt64 = 0
        for index in segment.facets.range(row) {
            let ordinal = segment.facets.elements[index]
            if relevant.contains(ordinal) { found |= bits[ordinal] ?? 0 }
        }
        return found & required == required && found & excluded == 0
    }

    private static func ordinals(of filter: SearchQuery.Filter, in index: TextIndex) throws -> [UInt32] {
        guard let key = try index.key(filter.key) else { return [] }
        return try filter.values.flatMap { value -> [UInt32] in
            switch value {
            case .exactly(let text):
                return try UInt32.fetchAll(
                    index.database.cachedStatement(sql: "SELECT id FROM facet_values WHERE key = ? AND folded = ?"),
                    arguments: [key, text.lowercased()])
            case .beginning(let text): return try beginning(text.lowercased(), key, index)
            case .present:
                return index.columns.keyOfValue.indices.filter { index.columns.keyOfValue[$0] == key }
                    .map { UInt32($0) }
            }
        }
    }

    /// U+10FFFF comes after all that begins so.
    private static func beginning(_ text: String, _ key: UInt32, _ index: TextIndex) throws -> [UInt32] {
        try UInt32.fetchAll(
            index.database.cachedStatement(
                sql: "SELECT id FROM facet_values WHERE key = ? AND folded >= ? AND folded < ? LIMIT ?"),
            arguments: [key, text, text + "\u{10FFFF}", index.limits.expandedValues])
    }
}

extension FilterPlan.NumberTest {
    fileprivate func allows(_ row: Int, _ segment: Segment) -> Bool {
        guard let number = segment.number(row, keys: keys) else { return isExcluded }
        return relation.holds(number, value) != isExcluded
    }
}

extension FilterPlan.TimeTest {
    fileprivate func allows(_ row: Int, _ segment: Segment) -> Bool {
        let time = field == .updated ? segment.updated[row] : segment.created[row]
        return (range.0 <= time && time < range.1) != isExcluded
    }
}
