/// The number of a leader's reign.
package typealias Term = UInt64

/// A place in the log; the first entry is 1.
package typealias LogIndex = UInt64

/// A member of the cluster; never used again once it was removed.
package struct MemberID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number itself, from 1.
    package let rawValue: UInt64

    /// The member numbered `rawValue`.
    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// By number.
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The number.
    package var description: String { String(rawValue) }
}

/// The cluster's identity, carried by every message: a node of another cluster, or of a restored one, is not heard.
package struct ClusterStamp: Hashable, Sendable {
    /// The first eight bytes.
    package let high: UInt64
    /// The last eight bytes.
    package let low: UInt64

    /// A stamp of sixteen bytes.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// Who belongs to the cluster.
package struct Membership: Hashable, Sendable {
    /// Those whose votes and acknowledgements count, in order.
    package let voters: [MemberID]
    /// Those who only follow, in order.
    package let learners: [MemberID]

    /// A membership of `voters` and `learners`.
    package init(voters: [MemberID], learners: [MemberID] = []) {
        self.voters = voters.sorted()
        self.learners = learners.sorted()
    }

    /// Everyone, voters first.
    package var members: [MemberID] { voters + learners }

    /// How many voters are a majority.
    package var quorum: Int { voters.count / 2 + 1 }

    /// Whether `members` hold a majority of the voters.
    func isQuorum(_ isMember: (MemberID) -> Bool) -> Bool { voters.count(where: isMember) >= quorum }
}

/// One record of the log.
package struct Entry: Hashable, Sendable {
    /// What an entry is for.
    package enum Kind: UInt8, Sendable {
        /// Begins a leader's term.
        case noOperation = 0
        /// For the state machine.
        case command = 1
        /// A change of the membership.
        case membership = 2
    }

    /// The term of the leader that made it.
    package let term: Term
    /// Its place.
    package let index: LogIndex
    /// What it is for.
    package let kind: Kind
    /// What it holds; the core never looks inside.
    package let data: [UInt8]

    /// An entry at `index`.
    package init(term: Term, index: LogIndex, kind: Kind, data: [UInt8]) {
        self.term = term
        self.index = index
        self.kind = kind
        self.data = data
    }
}

/// What a member must not forget, whatever happens to it.
package struct HardState: Hashable, Sendable {
    /// The highest term it has seen.
    package var term: Term
    /// Whom it voted for in that term.
    package var vote: MemberID?

    /// A promise made in `term`.
    package init(term: Term, vote: MemberID?) {
        self.term = term
        self.vote = vote
    }
}

/// What a member is in its term.
package enum Role: String, Sendable {
    /// It follows whoever leads.
    case follower
    /// It asks whether it could win, without disturbing anyone.
    case preCandidate
    /// It asks for votes.
    case candidate
    /// It leads.
    case leader
}

/// The log cannot be read as it must be: the node stops.
package enum LogReadError: Error, Hashable, Sendable {
    /// The entry at `index` is missing or damaged.
    case unavailable(index: LogIndex, reason: String)
}

/// The durable log, as the core reads it.
package protocol LogReader: Sendable {
    /// The oldest entry that is kept; 1 on a fresh log.
    var firstIndex: LogIndex { get }
    /// The newest entry on disk; 0 when there is none.
    var lastIndex: LogIndex { get }
    /// The term of the entry at `index`, also of the one before the oldest that is kept (0 at index 0); nil when it is
    /// not known.
    func term(at index: LogIndex) throws(LogReadError) -> Term?
    /// Entries from `index`, at least one when it is there, until `last` or about `maximumBytes`.
    func entries(from index: LogIndex, through last: LogIndex, maximumBytes: Int) throws(LogReadError) -> [Entry]
}

/// Timeouts in ticks, windows in messages and bytes.
package struct Settings: Hashable, Sendable {
    /// A follower waits between this many ticks and twice as many for its leader.
    package var electionTicks: Int
    /// A leader is heard from this often.
    package var heartbeatTicks: Int
    /// Bytes of entries in one message.
    package var maximumMessageBytes: Int
    /// Messages that may be on their way to one follower.
    package var inflightMessages: Int
    /// Bytes of entries that may be on their way to one follower.
    package var inflightBytes: Int
    /// Bytes of recent entries kept in memory.
    package var recentBytes: Int
    /// Bytes of entries proposed and not yet committed, beyond which proposals are turned away.
    package var uncommittedBytes: Int
    /// Who is preferred to lead: each step below the highest waits half an election timeout longer.
    package var priorities: [MemberID: Int]

    /// Settings; the defaults suit a tick of 10 ms.
    package init(
        electionTicks: Int = 30, heartbeatTicks: Int = 5, maximumMessageBytes: Int = 1 << 20,
        inflightMessages: Int = 256, inflightBytes: Int = 16 << 20, recentBytes: Int = 8 << 20,
        uncommittedBytes: Int = 64 << 20, priorities: [MemberID: Int] = [:]
    ) {
        self.electionTicks = electionTicks
        self.heartbeatTicks = heartbeatTicks
        self.maximumMessageBytes = maximumMessageBytes
        self.inflightMessages = inflightMessages
        self.inflightBytes = inflightBytes
        self.recentBytes = recentBytes
        self.uncommittedBytes = uncommittedBytes
        self.priorities = priorities
    }
}
