/// What the caller must do: write `hardState`, `snapshot` and `entries` in one synced batch, and tell the core by
/// `persisted`; after the write, and never before, send `messages`; then apply `committed`. An answer in `reads` holds
/// for a state applied through its index, whenever that is.
package struct Effects: Sendable {
    /// Term and vote to be kept; nil when they are as before.
    package var hardState: HardState?
    /// This state, which was handed in, takes the place of the one that is and of the whole log; `entries` follow it.
    package var snapshot: Snapshot?
    /// Entries to be kept. When the first one's index is not beyond the log's end, the log is cut there first.
    package var entries: [Entry] = []
    /// To be sent once the write is durable, never before.
    package var messages: [Message] = []
    /// To be applied, in order, after the write: committed, and on this disk by then.
    package var committed: [ClosedRange<LogIndex>] = []
    /// A state to be fetched, whenever there is time: `snapshotFetched` or `snapshotFailed` is the answer.
    package var snapshotNeed: SnapshotNeed?
    /// This member acknowledged entries through here that its log does not have: its disk lost them, and it must stop.
    package var lostThrough: LogIndex?
    /// Reads that are settled.
    package var reads: [ReadOutcome] = []
    /// Role, term or leader, when one of them changed.
    package var leadership: Leadership?

    /// Nothing to do.
    package init() {}

    /// To keep `entries`.
    init(entries: [Entry]) { self.entries = entries }

    /// Whether there is nothing to do.
    package var isEmpty: Bool {
        hardState == nil && snapshot == nil && entries.isEmpty && messages.isEmpty && committed.isEmpty
            && snapshotNeed == nil && lostThrough == nil && reads.isEmpty && leadership == nil
    }

    /// Adds what a later input asks for, so that both are carried out by one write.
    package mutating func merge(_ later: Effects) {
        hardState = later.hardState ?? hardState
        if let snapshot = later.snapshot {
            // What was to be written and applied before is part of that state.
            self.snapshot = snapshot
            (entries, committed) = ([], [])
        }
        if let first = later.entries.first {
            // The later input cut the log at `first`: what this one had there is gone.
            while let last = entries.last, last.index >= first.index { entries.removeLast() }
            entries.append(contentsOf: later.entries)
        }
        messages.append(contentsOf: later.messages)
        committed.append(contentsOf: later.committed)
        snapshotNeed = later.snapshotNeed ?? snapshotNeed
        lostThrough = later.lostThrough ?? lostThrough
        reads.append(contentsOf: later.reads)
        leadership = later.leadership ?? leadership
    }
}

/// What a member is, and whom it follows.
package struct Leadership: Hashable, Sendable {
    /// Its role.
    package let role: Role
    /// Its term.
    package let term: Term
    /// Who leads, as far as it knows.
    package let leader: MemberID?
}

/// How a linearizable read ended.
package enum ReadOutcome: Hashable, Sendable {
    /// A state applied through `index` answers it.
    case ready(id: UInt64, index: LogIndex)
    /// The leader is not known or was lost: ask again.
    case lost(id: UInt64)
}

/// What became of a proposal.
package enum Proposal: Sendable {
    /// It is in the leader's log at these places, in this term; committed when `Effects.committed` says so.
    case appended(ClosedRange<LogIndex>, term: Term, Effects)
    /// This member does not lead.
    case notLeader(leader: MemberID?)
    /// Too much waits to be committed, or leadership is being handed over: later.
    case overloaded
}
