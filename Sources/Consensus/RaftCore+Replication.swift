/// The leader's log and its way to the others.
extension RaftCore {
    /// A leader's tick: heartbeats, and from time to time whether a majority still answers.
    mutating func tickLeader() throws(LogReadError) {
        heartbeatElapsed += 1
        if transferTarget != nil {
            transferTicks -= 1
            if transferTicks <= 0 { transferTarget = nil }
        }
        if electionElapsed >= countTicks {
            electionElapsed = 0
            // > Raft §6.2: a leader steps down if an election timeout elapses without a round to a majority.
            let hasMajority = membership.isQuorum { $0 == id || followers[$0]?.isActive == true }
            countsInVain = hasMajority ? 0 : countsInVain + 1
            guard countsInVain < (patience > 1 ? 8 : 1) else { return becomeFollower(term: term, leader: nil) }
            if !hasMajority { steadyTicks = 0 }
            dismissDeparted()
            for follower in followers.members.indices { followers[follower].beginCount() }
        }
        if heartbeatElapsed >= settings.heartbeatTicks {
            heartbeatElapsed = 0
            broadcastHeartbeat()
        }
    }

    /// Tells everyone that this leader lives, and asks for an acknowledgement of the newest read round.
    mutating func broadcastHeartbeat() {
        for (follower, member) in followers.members.enumerated() {
            // Never beyond what is known to match: the follower may hold other entries there.
            let commit = min(commitIndex, followers[follower].matched)
            send(to: member, .heartbeat(commit: commit, round: reads.newestRound))
        }
    }

    /// Appends entries of this term to the leader's own log.
    mutating func appendOwn(_ records: [(Entry.Kind, [UInt8])]) {
        var entries: [Entry] = []
        entries.reserveCapacity(records.count)
        for (offset, (kind, data)) in records.enumerated() {
            entries.append(
                Entry(term: term, index: log.lastIndex + 1 + LogIndex(offset), kind: kind, data: data))
        }
        uncommitted.add(last: log.lastIndex + LogIndex(entries.count), bytes: entries.reduce(0) { $0 + $1.data.count })
        log.append(entries)
        effects.entries.append(contentsOf: entries)
    }

    /// After how many ticks a leader counts who answered. Over a slow line one lost segment holds answers up for longer than
    /// a round trip: a patient leader may count eight times in vain, so that it waits as long as its followers do. When it
    /// never did for long, half the patience leaves room enough.
    private var countTicks: Int {
        patience > 1 ? max(1, settings.electionTicks * patience / 4) : settings.electionTicks
    }

    /// Sends everyone what it lacks.
    /// - Parameter alsoEmpty: also to who lacks nothing, to tell what is committed.
    mutating func broadcastAppend(alsoEmpty: Bool = false) throws(LogReadError) {
        for member in followers.members { try sendAppend(to: member, alsoEmpty: alsoEmpty) }
    }

    /// Something was committed: everyone hears of it, and a leader that is not a member any more gives up.
    mutating func tellCommit() throws(LogReadError) {
        try broadcastAppend(alsoEmpty: true)
        resignIfRemoved()
    }

    /// Sends a follower entries until it has all, or its window is full.
    mutating func sendAppend(to member: MemberID, alsoEmpty: Bool) throws(LogReadError) {
        guard let follower = followers.position(of: member) else { return }
        var mayBeEmpty = alsoEmpty
        while canSend(followers[follower]) {
            let next = followers[follower].next
            let previous = next - 1
            guard let previousTerm = try log.term(at: previous) else { return offerSnapshot(to: member) }
            let entries = try log.entries(from: next, maximumBytes: settings.maximumMessageBytes)
            let isProbe = followers[follower].state != .replicate
            guard !entries.isEmpty || mayBeEmpty || isProbe else { break }
            send(
                to: member,
                .append(previousIndex: previous, previousTerm: previousTerm, entries: entries, commit: commitIndex))
            mayBeEmpty = false
            if isProbe {
                followers[follower].state = .probe(isWaiting: true)
            } else if let last = entries.last {
                followers[follower].sent(through: last.index, bytes: entries.reduce(0) { $0 + $1.data.count })
            } else {
                break
            }
        }
    }

    private func canSend(_ progress: Progress) -> Bool {
        switch progress.state {
        case .probe(let isWaiting): !isWaiting
        case .snapshot: false
        case .replicate:
            progress.inflight.count < settings.inflightMessages && progress.inflight.bytes < settings.inflightBytes
        }
    }

    /// > Raft §5.3: if the logs agree at the previous entry, what conflicts with the new ones is cut off and they are appended.
    mutating func append(
        _ entries: [Entry], after previousIndex: LogIndex, _ previousTerm: Term, commit: LogIndex, from leader: MemberID
    ) throws(LogReadError) {
        // What is committed here equals what the leader has there, however late the message (raft.md, scenario 10).
        if previousIndex < commitIndex, entries.last?.index ?? previousIndex <= commitIndex {
            return send(to: leader, .appendAccepted(matched: commitIndex))
        }
        let ownTerm = try log.term(at: previousIndex)
        guard previousIndex <= commitIndex || ownTerm == previousTerm else {
            return try reject(previousIndex, previousTerm, to: leader)
        }
        let matched = previousIndex + LogIndex(entries.count)
        if let conflict = try firstConflict(entries) {
            let fresh = Array(entries[conflict...])
            precondition(
                fresh[0].index > commitIndex,
                "member \(id): leader \(leader) of term \(term) would replace committed entry \(fresh[0].index)")
            log.append(fresh)
            try memberships.append(fresh)
            effects.merge(Effects(entries: fresh))
        }
        commitIndex = max(commitIndex, min(commit, matched))
        // raft.md, scenario 12: what matched, never the log's end: entries after it may be of another leader.
        send(to: leader, .appendAccepted(matched: matched))
    }

    /// The first entry that this log does not hold already, if any.
    private func firstConflict(_ entries: [Entry]) throws(LogReadError) -> Int? {
        for (offset, entry) in entries.enumerated() where entry.index > commitIndex {
            if try log.term(at: entry.index) != entry.term { return offset }
        }
        return nil
    }

    private mutating func reject(_ previousIndex: LogIndex, _ previousTerm: Term, to leader: MemberID)
        throws(LogReadError)
    {
        let hint = try lastIndex(notAfter: min(previousIndex, log.lastIndex), ofTermAtMost: previousTerm)
        let hintTerm = try log.term(at: hint) ?? 0
        send(
            to: leader, .appendRejected(previousIndex: previousIndex, hintIndex: hint, hintTerm: hintTerm))
    }

    /// The newest entry at or before `index` whose term is at most `limit`: both sides skip whole terms that cannot
    /// match.
    ///
    /// > Raft §5.3: the protocol can be optimised to reduce the number of rejected AppendEntries.
    private func lastIndex(notAfter index: LogIndex, ofTermAtMost limit: Term) throws(LogReadError) -> LogIndex {
        var index = index
        while index > 0, let found = try log.term(at: index), found > limit { index -= 1 }
        return index
    }

    /// A follower's log matches through `matched`.
    mutating func appendAccepted(_ matched: LogIndex, by member: MemberID) throws(LogReadError) {
        // What the leader does not have, nobody can have of it: such an answer is not believed.
        guard role == .leader, let follower = followers.position(of: member), matched <= log.lastIndex else { return }
        if followers[follower].accepted(matched), try advanceCommit() {
            try tellCommit()
        } else {
            try sendAppend(to: member, alsoEmpty: false)
        }
        handOverIfReady(to: member)
    }

    /// A follower's log does not match at `previousIndex`.
    mutating func appendRejected(
        _ previousIndex: LogIndex, _ hintIndex: LogIndex, _ hintTerm: Term, by member: MemberID
    ) throws(LogReadError) {
        guard role == .leader, let follower = followers.position(of: member) else { return }
        let matched = followers[follower].matched
        if previousIndex <= matched, hintIndex < matched {
            // Late, or from a member whose disk has forgotten (raft.md, scenario 18): it knows which.
            return send(to: member, .acknowledged(through: matched))
        }
        let retry = try lastIndex(notAfter: min(hintIndex, log.lastIndex), ofTermAtMost: hintTerm)
        if followers[follower].rejected(previousIndex, retryAfter: retry) {
            try sendAppend(to: member, alsoEmpty: true)
        }
    }

    /// A follower answered a heartbeat: it lives, and a message that it waits for may have been lost.
    mutating func heartbeatAnswered(_ round: UInt64, by member: MemberID) throws(LogReadError) {
        guard role == .leader, let follower = followers.position(of: member) else { return }
        followers[follower].answered(round: round)
        // A window whose messages were all lost would stay full for ever: each answer makes room for one question.
        if !canSend(followers[follower]) { followers[follower].inflight.dropOldest() }
        // Even an empty message shows whether what was sent has arrived: it is rejected if it has not.
        if followers[follower].matched < log.lastIndex { try sendAppend(to: member, alsoEmpty: true) }
        try confirmReads()
    }

    /// Commits what a majority has on disk. Returns whether that is news.
    ///
    /// > Raft §5.4.2: only log entries from the leader's current term are committed by counting replicas.
    mutating func advanceCommit() throws(LogReadError) -> Bool {
        let matched = membership.voters.map { $0 == id ? log.persistedIndex : followers[$0]?.matched ?? 0 }
        let index = matched.sorted(by: >)[membership.quorum - 1]
        guard index > commitIndex, try log.term(at: index) == term else { return false }
        uncommitted.settle(through: index)
        commitIndex = index
        try startReads()
        return true
    }
}
