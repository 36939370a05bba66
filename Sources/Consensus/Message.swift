/// What members tell one another.
package struct Message: Hashable, Sendable {
    /// The cluster it is meant for.
    package let cluster: ClusterStamp
    /// Who says it.
    package let from: MemberID
    /// Who shall hear it.
    package let to: MemberID
    /// The sender's term; in a pre-vote and its granting, the term that would begin.
    package let term: Term
    /// What is said.
    package let body: Body

    /// A message.
    package init(cluster: ClusterStamp, from: MemberID, to: MemberID, term: Term, body: Body) {
        self.cluster = cluster
        self.from = from
        self.to = to
        self.term = term
        self.body = body
    }

    /// The kinds of messages.
    package enum Body: Hashable, Sendable {
        /// Would you vote for me? (Raft §9.6, pre-vote)
        case preVoteRequest(lastIndex: LogIndex, lastTerm: Term)
        /// Whether I would.
        case preVoteReply(granted: Bool)
        /// Vote for me. `isTransfer`: the leader asked me to, so it is no disturbance.
        case voteRequest(lastIndex: LogIndex, lastTerm: Term, isTransfer: Bool)
        /// Whether I did.
        case voteReply(granted: Bool)
        /// These entries follow the one at `previousIndex`; everything through `commit` is committed.
        case append(previousIndex: LogIndex, previousTerm: Term, entries: [Entry], commit: LogIndex)
        /// My log equals yours through `matched`.
        case appendAccepted(matched: LogIndex)
        /// I have no entry of that term at `previousIndex`; look no later than `hintIndex`, where I have `hintTerm`.
        case appendRejected(previousIndex: LogIndex, hintIndex: LogIndex, hintTerm: Term)
        /// You acknowledged entries through `through`: if your log ends before it, your disk has lost some.
        case acknowledged(through: LogIndex)
        /// Entries through `through` are gone here: fetch a state that is applied at least so far.
        case snapshotOffer(through: LogIndex)
        /// I lead; everything through `commit` is committed; acknowledge `round`.
        case heartbeat(commit: LogIndex, round: UInt64)
        /// I heard `round`.
        case heartbeatReply(round: UInt64)
        /// Your term is over. It carries no index that could be taken for an acknowledgement.
        case staleTerm
        /// Begin an election now: I hand leadership to you.
        case timeoutNow
        /// What index must I have applied to answer a read? (Raft §6.4)
        case readRequest(id: UInt64)
        /// This one.
        case readReply(id: UInt64, index: LogIndex)
    }
}

extension Message {
    /// Whether a member that follows the protocol can have said it: entries follow one another from `previousIndex` on,
    /// their terms do not fall and are not newer than the message's, and no number is near its end.
    var isPlausible: Bool {
        let highest = UInt64.max / 2
        guard term < highest else { return false }
        switch body {
        case .snapshotOffer(let index), .acknowledged(let index): return index < highest
        default: break
        }
        guard case .append(let previousIndex, let previousTerm, let entries, let commit) = body else { return true }
        guard previousIndex < highest, previousTerm <= term, commit < highest else { return false }
        var last = (index: previousIndex, term: previousTerm)
        for entry in entries {
            guard entry.index == last.index + 1, entry.term >= last.term, entry.term <= term else { return false }
            last = (entry.index, entry.term)
        }
        return true
    }
}
