/// Puts rows in the order of a request and takes a page of them.
struct Ranking {
    let columns: Columns
    let sort: SearchSort
    let scores: TextScores
    /// Keys of the number that is sorted by.
    let numberKeys: [UInt32]

    /// A row with its place.
    struct Place {
        var key: RankKey
        var row: UInt32
    }

    private var isByNameDescending: Bool { sort == .name(ascending: false) }

    /// The first `limit` rows after a place, in order.
    func first(_ limit: Int, of rows: [UInt32], after last: RankKey?) -> [Place] {
        var kept: [Place] = []
        var bound: RankKey?
        for row in rows {
            let (segment, local) = Columns.place(row)
            let (rank, second) = rank(row, columns.segments[segment], local)
            // Names are looked at only when they decide.
            if let bound, (bound.rank, bound.second) < (rank, second) { continue }
            if let last, (rank, second) < (last.rank, last.second) { continue }
            let key = key(rank, second, columns.segments[segment], local)
            if let bound, bound.precedes(key, byNameDescending: isByNameDescending) { continue }
            if let last, !last.precedes(key, byNameDescending: isByNameDescending) { continue }
            kept.append(Place(key: key, row: row))
            if kept.count >= 4 * limit + 64 { bound = cut(&kept, limit) }
        }
        _ = cut(&kept, limit)
        return kept
    }

    /// Sorting now and then is cheaper than keeping all in order.
    private func cut(_ kept: inout [Place], _ limit: Int) -> RankKey? {
        kept.sort { $0.key.precedes($1.key, byNameDescending: isByNameDescending) }
        if kept.count > limit { kept.removeLast(kept.count - limit) }
        return kept.count == limit ? kept.last?.key : nil
    }

    private func key(_ rank: Double, _ second: Double, _ segment: Segment, _ local: Int) -> RankKey {
        RankKey(
            rank: rank, second: second, name: segment.names[local],
            project: columns.projectNames[Int(segment.projects[local])])
    }

    private func rank(_ row: UInt32, _ segment: Segment, _ local: Int) -> (Double, Double) {
        switch sort {
        case .relevance: (-scores.score(row), -Double(segment.updated[local]))
        case .updated(let ascending): (signed(Double(segment.updated[local]), ascending), 0)
        case .created(let ascending): (signed(Double(segment.created[local]), ascending), 0)
        case .name: (0, 0)
        case .number(_, let ascending):
            (segment.number(local, keys: numberKeys).map { signed($0, ascending) } ?? .infinity, 0)
        }
    }

    private func signed(_ value: Double, _ ascending: Bool) -> Double { ascending ? value : -value }
}
