import Synchronization

/// Matches of the texts searched for last: turning a page or choosing a facet asks for the same words again, and in a
/// hundred thousand models a frequent word costs thirty milliseconds.
final class RememberedMatches: Sendable {
    struct Entry: Sendable {
        var rows: RowSet
        /// Of the columns that they match.
        var version: UInt64
        var lastUse: UInt64
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var uses: UInt64 = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limits: SearchLimits) { limit = limits.rememberedMatches }

    func find(_ expression: String) -> Entry? {
        state.withLock { state in
            state.uses += 1
            state.entries[expression]?.lastUse = state.uses
            return state.entries[expression]
        }
    }

    func remember(_ rows: RowSet, of expression: String, version: UInt64) {
        state.withLock { state in
            state.uses += 1
            if state.entries.count >= limit, state.entries[expression] == nil,
                let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                state.entries[oldest.key] = nil
            }
            state.entries[expression] = Entry(rows: rows, version: version, lastUse: state.uses)
        }
    }
}
