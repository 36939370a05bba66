import Consensus
import Registry
import Storage

/// Receives another member's state into `Space.incoming`, page by page, and vouches for it at the end: the records'
/// hashes must add up to what the first page said. It asks again for a page that does not come, and gives up after a
/// while.
///
/// Nothing of the node's own state is touched until the whole is here (raft.md, scenario 5: a fetch that fails half
/// way).
struct StateReception {
    /// What is to be done next.
    enum Step {
        /// Ask the source for more.
        case ask(StateRequest)
        /// The state is here, whole.
        case complete(Snapshot)
        /// It cannot be had from this source.
        case failed
        /// Nothing: a page that came twice or late.
        case wait
    }

    /// Where a reception stands, by what its first page said.
    private struct Progress {
        let index: LogIndex
        let term: Term
        let expected: StateHash
        var sum = StateHash.empty
        var last: [UInt8] = []
    }

    /// Ticks until a page is asked for again…
    static let patienceTicks: UInt64 = 100
    /// …and how often, before this is given up.
    static let attempts = 5

    /// Who gives the state.
    let source: MemberID
    private let least: LogIndex
    private let founders: Membership
    private var progress: Progress?
    private var askAgainAt: UInt64
    private var attemptsLeft = Self.attempts

    /// - Parameter founders: who belongs to the cluster by a state that was never told.
    init(_ need: SnapshotNeed, founders: Membership, now: UInt64) {
        self.founders = founders
        source = need.source
        least = need.index
        askAgainAt = now + Self.patienceTicks
    }

    /// What to ask for.
    var request: StateRequest { StateRequest(index: progress?.index ?? 0, after: progress?.last ?? []) }

    /// A page came from the source.
    mutating func take(_ page: StatePage, into store: any KeyValueStore, now: UInt64) throws(StorageError) -> Step {
        // Damaged on its way, or where it comes from.
        guard page.isWhole else {
            attemptsLeft -= 1
            return attemptsLeft > 0 ? .ask(request) : .failed
        }
        if page.after.isEmpty, page.index != progress?.index {
            try clear(store)
            progress = Progress(index: page.index, term: page.term, expected: page.hash)
        }
        guard var progress, page.index == progress.index, page.after == progress.last else { return .wait }
        guard page.index >= least, page.hash == progress.expected else { return .failed }
        var batch = WriteBatch()
        for record in page.records {
            guard progress.last.lexicographicallyPrecedes(record.key) else { return .failed }
            progress.sum.add(record)
            progress.last = record.key
            batch.put(record.value, for: record.key, in: .incoming)
        }
        // Not synced: the write that lets the state take effect is, and it comes after.
        try store.write(batch, synced: false)
        self.progress = progress
        (askAgainAt, attemptsLeft) = (now + Self.patienceTicks, Self.attempts)
        return page.isLast ? try finish(progress, in: store) : .ask(request)
    }

    /// Time passed.
    mutating func tick(now: UInt64) -> Step {
        guard now >= askAgainAt else { return .wait }
        attemptsLeft -= 1
        askAgainAt = now + Self.patienceTicks
        return attemptsLeft > 0 ? .ask(request) : .failed
    }

    private func finish(_ progress: Progress, in store: any KeyValueStore) throws(StorageError) -> Step {
        let catalog = Catalog(IncomingState(store: store))
        let applied = try catalog.applied()
        guard progress.sum == progress.expected, applied.index == progress.index, applied.term == progress.term,
            applied.hash == progress.expected
        else { return .failed }
        let membership = try catalog.membership().map { Membership($0) } ?? founders
        return .complete(Snapshot(index: progress.index, term: progress.term, membership: membership))
    }

    private func clear(_ store: any KeyValueStore) throws(StorageError) {
        var batch = WriteBatch()
        batch.clearIncoming()
        try store.write(batch, synced: false)
    }
}

extension WriteBatch {
    /// Drops whatever `Space.incoming` holds.
    mutating func clearIncoming() {
        // No key of a state begins with 0xFF: see `StateKey`.
        deleteRange(from: [], to: [0xFF], in: .incoming)
    }

    /// Removes what was computed from the state that goes.
    mutating func clearDerived() {
        guard let end = KeyRange.derivedFromState.upper else { return }
        deleteRange(from: KeyRange.derivedFromState.lower, to: end, in: .local)
    }
}

/// What is being received, read as if it were the state.
private struct IncomingState: KeyValueReader {
    let store: any KeyValueStore

    func value(for key: [UInt8], in space: Space) throws(StorageError) -> [UInt8]? {
        try store.value(for: key, in: space == .state ? .incoming : space)
    }

    func records(in range: KeyRange, of space: Space, limit: Int, reversed: Bool) throws(StorageError) -> [KeyValue] {
        try store.records(in: range, of: space == .state ? .incoming : space, limit: limit, reversed: reversed)
    }
}
