/// What a leader knows of one follower, and how it feeds it.
package struct Progress: Sendable {
    /// How entries are sent.
    package enum State: Hashable, Sendable {
        /// Where the logs agree is not known: one message, then its answer is waited for. Becomes `replicate` with the
        /// first acknowledgement.
        case probe(isWaiting: Bool)
        /// The logs agree through `matched`: messages follow one another without waiting. Becomes `probe` with a
        /// rejection, and `snapshot` when it is so far behind that its next entries are gone.
        case replicate
        /// It needs entries that are gone, and has been told to fetch a state. Becomes `replicate` with the
        /// acknowledgement that the state is there.
        case snapshot
    }

    /// The follower's log equals the leader's through here; what counts for commitment.
    package internal(set) var matched: LogIndex = 0
    /// The next entry to send; always beyond `matched`.
    package internal(set) var next: LogIndex
    /// How entries are sent now.
    package internal(set) var state = State.probe(isWaiting: false)
    /// Whether it was heard from since the last check of the quorum.
    package internal(set) var isActive = false
    /// Whether it answered before the leader last counted.
    private var wasActive = false
    /// The newest read round it acknowledged.
    var round: UInt64 = 0
    /// What is on its way.
    var inflight = InflightWindow()

    init(next: LogIndex) { self.next = next }

    /// Whether it answered since the leader counted last, or before that.
    var hasAnsweredLately: Bool { isActive || wasActive }

    /// The leader has counted, and begins anew.
    mutating func beginCount() { (wasActive, isActive) = (isActive, false) }

    /// The follower's log matches through `index`. Returns whether that is news.
    mutating func accepted(_ index: LogIndex) -> Bool {
        isActive = true
        inflight.settle(through: index)
        let isNews = index > matched
        if isNews { matched = index }
        next = max(next, matched + 1)
        state = .replicate
        return isNews
    }

    /// Entries through `index` are on their way.
    mutating func sent(through index: LogIndex, bytes: Int) {
        next = index + 1
        inflight.add(last: index, bytes: bytes)
    }

    /// The follower lives, and a message that is waited for may have been lost.
    mutating func answered(round: UInt64) {
        isActive = true
        self.round = max(self.round, round)
        if state != .replicate { state = .probe(isWaiting: false) }
    }

    /// The follower has nothing to match at `previousIndex`. Returns false when the rejection is stale.
    ///
    /// > raft.md, scenario 6: a stale rejection does not move a follower's next index to or below its match index.
    mutating func rejected(_ previousIndex: LogIndex, retryAfter index: LogIndex) -> Bool {
        isActive = true
        // Either stale, or from a member that has lost what it acknowledged: asking again at once would never end.
        guard previousIndex > matched else { return false }
        switch state {
        case .replicate: next = matched + 1
        case .probe:
            guard next == previousIndex + 1 else { return false }
            next = max(matched + 1, min(previousIndex, index + 1))
        case .snapshot: return false
        }
        state = .probe(isWaiting: false)
        inflight = InflightWindow()
        return true
    }
}

/// A leader's followers in the order of their ids. There are few, and every message looks one up: an array that is
/// searched and changed in place costs a fraction of a dictionary.
struct Followers: Sendable {
    private(set) var members: [MemberID] = []
    private var progress: [Progress] = []

    /// What is known of `member`; nil when it is not a follower.
    subscript(member: MemberID) -> Progress? {
        get { position(of: member).map { progress[$0] } }
        set {
            switch (position(of: member), newValue) {
            case (let position?, let new?): progress[position] = new
            case (let position?, nil):
                members.remove(at: position)
                progress.remove(at: position)
            case (nil, let new?):
                let position = members.firstIndex { $0 > member } ?? members.count
                members.insert(member, at: position)
                progress.insert(new, at: position)
            case (nil, nil): break
            }
        }
    }

    /// The follower at a position that `position(of:)` gave.
    subscript(position: Int) -> Progress {
        get { progress[position] }
        _modify { yield &progress[position] }
    }

    /// Where `member` stands, until the next one comes or goes.
    func position(of member: MemberID) -> Int? { members.firstIndex(of: member) }
}

/// What is on its way: to a follower, or to being committed. The last index and the size of each batch.
struct InflightWindow: Sendable {
    private var messages: [(last: LogIndex, bytes: Int)] = []
    private(set) var bytes = 0

    var count: Int { messages.count }

    mutating func add(last: LogIndex, bytes: Int) {
        messages.append((last, bytes))
        self.bytes += bytes
    }

    /// Counts one message less as on its way.
    mutating func dropOldest() {
        guard let oldest = messages.first else { return }
        bytes -= oldest.bytes
        messages.removeFirst()
    }

    /// Everything through `index` has arrived.
    mutating func settle(through index: LogIndex) {
        var settled = 0
        while settled < messages.count, messages[settled].last <= index {
            bytes -= messages[settled].bytes
            settled += 1
        }
        messages.removeFirst(settled)
    }
}
