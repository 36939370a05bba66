/// Terms, votes and leaders.
extension RaftCore {
    /// Compares the message's term with this member's. Returns whether the message is to be acted upon.
    mutating func followTerm(of message: Message) throws(LogReadError) -> Bool {
        if message.term > term { return followNewerTerm(of: message) }
        if message.term < term {
            answerOlderTerm(message)
            return false
        }
        return true
    }

    private mutating func followNewerTerm(of message: Message) -> Bool {
        switch message.body {
        case .preVoteRequest:
            return !hasLivelyLeader
        case .preVoteReply(granted: true):
            // The term in it has not begun: it only would.
            return true
        case .voteRequest(_, _, let isTransfer):
            // > Raft §4.2.3: a server that hears from a current leader does not grant its vote, nor adopt the term.
            guard isTransfer || !hasLivelyLeader else { return false }
            becomeFollower(term: message.term, leader: nil)
        case .append, .heartbeat, .snapshotOffer, .acknowledged:
            becomeFollower(term: message.term, leader: message.from)
        case .preVoteReply, .voteReply, .appendAccepted, .appendRejected, .heartbeatReply, .staleTerm, .timeoutNow,
            .readRequest, .readReply:
            becomeFollower(term: message.term, leader: nil)
        }
        return true
    }

    /// The sender is behind: it hears so, in words that acknowledge nothing (raft.md, scenario 2).
    private mutating func answerOlderTerm(_ message: Message) {
        switch message.body {
        case .append, .heartbeat, .snapshotOffer, .acknowledged: send(to: message.from, .staleTerm)
        // raft.md, scenario 9: the true term, or a long log at a low term would ask for ever.
        case .preVoteRequest: send(to: message.from, .preVoteReply(granted: false))
        case .voteRequest: send(to: message.from, .voteReply(granted: false))
        case .preVoteReply, .voteReply, .appendAccepted, .appendRejected, .heartbeatReply, .staleTerm, .timeoutNow,
            .readRequest, .readReply:
            break
        }
    }

    /// Whether a leader was heard from within the shortest election timeout.
    private var hasLivelyLeader: Bool {
        role == .leader || (leader != nil && electionElapsed < settings.electionTicks * patience)
    }

    /// Stands for election: first asks whether it could win, then for votes.
    mutating func campaign(isTransfer: Bool, isPreVote: Bool) throws(LogReadError) {
        // The last election has not ended yet.
        if isPreVote, role == .preCandidate || role == .candidate { becomePatient() }
        if isPreVote {
            // > Raft §9.6: a candidate only increments its term if a majority would vote for it.
            become(.preCandidate)
        } else {
            hardState = HardState(term: term + 1, vote: id)
            become(.candidate)
        }
        leader = nil
        electionElapsed = 0
        drawElectionTimeout()
        votes = [id: true]
        loseReads()
        if membership.isQuorum({ $0 == id }) { return try won(isPreVote: isPreVote) }
        for voter in membership.voters where voter != id {
            let (index, lastTerm) = (log.lastIndex, log.lastTerm)
            effects.messages.append(
                isPreVote
                    ? message(to: voter, term: term + 1, .preVoteRequest(lastIndex: index, lastTerm: lastTerm))
                    : message(
                        to: voter, term: term,
                        .voteRequest(lastIndex: index, lastTerm: lastTerm, isTransfer: isTransfer)))
        }
    }

    /// An answer to this member's election came in.
    mutating func count(_ voter: MemberID, _ granted: Bool, for election: Role) throws(LogReadError) {
        guard role == election else { return }
        votes[voter] = votes[voter] ?? granted
        if membership.isQuorum({ votes[$0] == true }) {
            try won(isPreVote: election == .preCandidate)
        } else if membership.isQuorum({ votes[$0] == false }) {
            becomeFollower(term: term, leader: nil)
        }
    }

    private mutating func won(isPreVote: Bool) throws(LogReadError) {
        if isPreVote { return try campaign(isTransfer: false, isPreVote: false) }
        try becomeLeader()
    }

    /// Would this member vote for the sender? It promises nothing by saying so.
    ///
    /// raft.md, scenario 7: a voter answers whatever its own latest configuration says of itself or the candidate.
    mutating func answerPreVote(_ message: Message, _ lastIndex: LogIndex, _ lastTerm: Term) {
        let granted = (message.term > term || canVote(for: message.from)) && isUpToDate(lastIndex, lastTerm)
        let answerTerm = granted ? message.term : term
        effects.messages.append(
            self.message(to: message.from, term: answerTerm, .preVoteReply(granted: granted)))
    }

    /// > Raft §5.2: each server votes for at most one candidate in a term, first come, first served.
    mutating func answerVote(_ message: Message, _ lastIndex: LogIndex, _ lastTerm: Term) {
        let granted = canVote(for: message.from) && isUpToDate(lastIndex, lastTerm)
        if granted {
            hardState.vote = message.from
            electionElapsed = 0
        }
        send(to: message.from, .voteReply(granted: granted))
    }

    private func canVote(for candidate: MemberID) -> Bool {
        hardState.vote == candidate || (hardState.vote == nil && leader == nil)
    }

    /// > Raft §5.4.1: the log with the later last term, or of equal terms the longer one, is more up to date.
    private func isUpToDate(_ index: LogIndex, _ lastTerm: Term) -> Bool {
        lastTerm > log.lastTerm || (lastTerm == log.lastTerm && index >= log.lastIndex)
    }

    /// The leader of this term was heard from.
    mutating func heard(from member: MemberID) {
        precondition(role != .leader, "member \(id) leads term \(term), and so does \(member)")
        if role == .preCandidate { becomePatient() }
        if role != .follower || leader != member { becomeFollower(term: term, leader: member) }
        electionElapsed = 0
    }

    /// Follows; in a new term nobody has its vote yet.
    mutating func becomeFollower(term newTerm: Term, leader newLeader: MemberID?) {
        precondition(newTerm >= term, "member \(id) of term \(term) cannot follow in term \(newTerm)")
        if newTerm > term { hardState = HardState(term: newTerm, vote: nil) }
        become(.follower)
        if leader != newLeader { loseReads() }
        leader = newLeader
        electionElapsed = 0
        drawElectionTimeout()
    }

    private mutating func becomeLeader() throws(LogReadError) {
        precondition(role == .candidate, "member \(id) is a \(role) of term \(term) and cannot lead")
        become(.leader)
        leader = id
        electionElapsed = 0
        heartbeatElapsed = 0
        (steadyTicks, countsInVain) = (0, 0)
        uncommitted = InflightWindow()
        for member in membership.members where member != id { followers[member] = Progress(next: log.lastIndex + 1) }
        // > Raft §6.4: a leader commits a no-op at the start of its term, to learn what is committed.
        appendOwn([(.noOperation, [])])
        try broadcastAppend()
    }

    private mutating func become(_ newRole: Role) {
        if role == .leader, newRole != .leader {
            reads.resignLeadership(&effects)
            transferTarget = nil
        }
        role = newRole
        votes = [:]
        followers = Followers()
    }
}
