/// Where a hit stands in an order; a cursor is the key of the last hit of its page. Made of what all nodes have alike,
/// and not of row numbers: another node may answer for the next page.
struct RankKey: Hashable, Sendable {
    /// Less comes first.
    var rank: Double
    /// Among equal ranks, less comes first.
    var second: Double
    var name: String
    var project: String

    func precedes(_ other: RankKey, byNameDescending: Bool) -> Bool {
        if rank != other.rank { return rank < other.rank }
        if second != other.second { return second < other.second }
        if name != other.name { return (name < other.name) != byNameDescending }
        return project != other.project && (project < other.project) != byNameDescending
    }
}
