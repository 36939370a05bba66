/// One member's part in the Raft consensus algorithm, after Ongaro's dissertation (*Consensus: Bridging Theory and
/// Practice*, 2014) and etcd's raft.
///
/// A value: no clock, thread, disk or network. Each input is a method that returns what the caller must do. Whoever
/// owns it writes before it sends (see `Effects`), and that is the only thing safety asks of it.
///
/// What it does: elections with pre-vote, check-quorum and sticky leaders; replication with windows in messages and
/// bytes; commitment of own-term entries by counting; linearizable reads by read index; transfer of leadership;
/// learners; changes of the membership, one voter at a time; snapshots by reference.
///
/// Invariants: at most one leader a term; a leader never changes its own log but by appending; an entry once committed
/// is in the log of every later leader; nothing is acknowledged before `Effects` was carried out.
///
/// Why not lease reads: they trust clocks (raft.md, scenario 16). Why not send before the write: it breaks when a
/// cluster of two shrinks to one (scenario 14).
package struct RaftCore: Sendable {
    /// This member.
    package let id: MemberID
    /// Its cluster.
    package let cluster: ClusterStamp
    /// Timeouts and windows.
    package let settings: Settings
    /// Who belongs to the cluster, by the newest entry of this member's log that says so, committed or not.
    package var membership: Membership { memberships.current }
    /// What this member is.
    package internal(set) var role = Role.follower
    /// Who leads, as far as it knows.
    package internal(set) var leader: MemberID?
    /// The newest entry known to be committed.
    package internal(set) var commitIndex: LogIndex

    var hardState: HardState
    var log: LogWindow
    var memberships: MembershipHistory
    var generator: SeededGenerator

    /// Ticks since the leader was heard from; for a leader, since it last counted its followers.
    var electionElapsed = 0
    var heartbeatElapsed = 0
    /// After how many ticks of silence this member stands for election: drawn anew each time.
    var electionTimeout = 0
    /// By how much everything waits longer than the settings say: twice as long with each election that came to
    /// nothing, up to eight times. On a line that takes longer than an election timeout nobody would ever win one
    /// otherwise.
    var patience = 1
    /// Ticks that a follower has followed one leader without doubting it, or that a leader has not counted in vain.
    var steadyTicks = 0
    /// For a leader: how often in a row it counted its followers and found no majority.
    var countsInVain = 0
    /// Answers to the election that is going on.
    var votes: [MemberID: Bool] = [:]
    /// For a leader: everyone else.
    var followers = Followers()
    var reads = ReadQueue()
    /// Whether the caller was asked for a state and has not answered.
    var isFetchingSnapshot = false
    /// For a leader: who shall take over, and for how many more ticks that is waited for.
    var transferTarget: MemberID?
    var transferTicks = 0
    /// For a leader: its own entries that are not committed.
    var uncommitted = InflightWindow()

    /// What this input asks for; handed out by `takeEffects`.
    var effects = Effects()
    private var announcedHardState: HardState
    private var announcedLeadership: Leadership
    private var announcedCommit: LogIndex

    /// The member as its disk left it: a follower, whatever it was before.
    /// - Parameters:
    ///   - membership: who belongs to the cluster, by the state.
    ///   - appliedIndex: through where the state machine has applied; entries after it are handed out again.
    package init(
        id: MemberID, cluster: ClusterStamp, membership: Membership, hardState: HardState, log: any LogReader,
        appliedIndex: LogIndex, settings: Settings, seed: UInt64
    ) throws(LogReadError) {
        self.id = id
        self.cluster = cluster
        memberships = MembershipHistory(membership, at: appliedIndex)
        self.settings = settings
        self.hardState = hardState
        self.log = try LogWindow(reader: log, recentBytes: settings.recentBytes)
        generator = SeededGenerator(seed: seed)
        commitIndex = appliedIndex
        announcedCommit = appliedIndex
        announcedHardState = hardState
        announcedLeadership = Leadership(role: .follower, term: hardState.term, leader: nil)
        drawElectionTimeout()
        try recallMemberships()
    }

    /// The highest term this member has seen.
    package var term: Term { hardState.term }

    /// The newest entry of its log, on disk or on its way there.
    package var lastIndex: LogIndex { log.lastIndex }

    /// What a leader knows of `member`; nil for itself, for strangers and when it does not lead.
    package func progress(of member: MemberID) -> Progress? { followers[member] }

    /// Time passed.
    package mutating func tick() throws(LogReadError) -> Effects {
        electionElapsed += 1
        expireReads()
        becomeImpatient()
        if role == .leader {
            try tickLeader()
        } else if electionElapsed >= electionTimeout {
            if memberships.mayLead(id) {
                try campaign(isTransfer: false, isPreVote: true)
            } else if leader != nil {
                // A learner asks nobody for votes, but must not go on saying that it is led.
                becomeFollower(term: term, leader: nil)
            }
        }
        return takeEffects()
    }

    /// A message came in. One of another cluster, or for another member, is not heard.
    package mutating func receive(_ message: Message) throws(LogReadError) -> Effects {
        guard message.cluster == cluster, message.to == id, message.from != id, message.isPlausible else {
            return Effects()
        }
        if try followTerm(of: message) { try dispatch(message) }
        return takeEffects()
    }

    /// Puts commands at the end of the leader's log.
    package mutating func propose(_ commands: [[UInt8]]) throws(LogReadError) -> Proposal {
        guard role == .leader else { return .notLeader(leader: leader) }
        guard !commands.isEmpty, transferTarget == nil, uncommitted.bytes <= settings.uncommittedBytes else {
            return .overloaded
        }
        let first = log.lastIndex + 1
        appendOwn(commands.map { (.command, $0) })
        try broadcastAppend()
        return .appended(first...log.lastIndex, term: term, takeEffects())
    }

    /// The write that held the entry of `term` at `index` is durable. A leader counts itself only now.
    package mutating func persisted(through index: LogIndex, term: Term) throws(LogReadError) -> Effects {
        try log.persisted(through: index, term: term)
        if role == .leader, try advanceCommit() { try tellCommit() }
        return takeEffects()
    }

    // MARK: What every role needs

    /// `snapshot` takes the place of everything before it: what was committed before is not handed out any more.
    mutating func announceSnapshot(_ snapshot: Snapshot) {
        commitIndex = snapshot.index
        announcedCommit = snapshot.index
        effects.snapshot = snapshot
    }

    func message(to member: MemberID, term: Term, _ body: Message.Body) -> Message {
        Message(cluster: cluster, from: id, to: member, term: term, body: body)
    }

    mutating func send(to member: MemberID, _ body: Message.Body) {
        effects.messages.append(message(to: member, term: term, body))
    }

    /// Hands out what the input asked for. Hard state, leadership and commitment are told when they changed.
    mutating func takeEffects() -> Effects {
        if hardState != announcedHardState {
            effects.hardState = hardState
            announcedHardState = hardState
        }
        let leadership = Leadership(role: role, term: term, leader: leader)
        if leadership != announcedLeadership {
            effects.leadership = leadership
            announcedLeadership = leadership
        }
        if commitIndex > announcedCommit {
            effects.committed = [announcedCommit + 1...commitIndex]
            announcedCommit = commitIndex
            memberships.committed(through: commitIndex)
        }
        defer { effects = Effects() }
        return effects
    }

    /// This member acknowledged entries through `index` to the leader of its term. It drops such entries only for a
    /// later leader, so when they are not here its disk has lost them (raft.md, scenario 18).
    private mutating func mustHold(through index: LogIndex) {
        if index > log.lastIndex { effects.lostThrough = index }
    }

    /// > Raft §9.3: election timeouts are chosen randomly from a fixed interval, so that split votes are rare.
    mutating func drawElectionTimeout() {
        let behind = (settings.priorities.values.max() ?? 0) - (settings.priorities[id] ?? 0)
        let deference = max(0, behind) * settings.electionTicks / 2
        electionTimeout =
            deference
            + Int.random(
                in: settings.electionTicks * patience..<settings.electionTicks * patience * 2, using: &generator)
    }

    /// An election came to nothing, or a leader was doubted that lives: the line is slower than the settings expect.
    mutating func becomePatient() {
        patience = min(patience * 2, 8)
        steadyTicks = 0
    }

    /// A follower that follows one leader for long halves its patience, and so does a leader whose followers have
    /// answered for long without a gap.
    private mutating func becomeImpatient() {
        guard role == .leader || (role == .follower && leader != nil), patience > 1 else { return }
        steadyTicks += 1
        guard steadyTicks >= settings.electionTicks * 32 else { return }
        patience /= 2
        (steadyTicks, countsInVain) = (0, 0)
    }

    private mutating func dispatch(_ message: Message) throws(LogReadError) {
        switch message.body {
        case .preVoteRequest(let lastIndex, let lastTerm):
            answerPreVote(message, lastIndex, lastTerm)
        case .voteRequest(let lastIndex, let lastTerm, _): answerVote(message, lastIndex, lastTerm)
        case .preVoteReply(let granted): try count(message.from, granted, for: .preCandidate)
        case .voteReply(let granted): try count(message.from, granted, for: .candidate)
        case .append(let previousIndex, let previousTerm, let entries, let commit):
            heard(from: message.from)
            try append(entries, after: previousIndex, previousTerm, commit: commit, from: message.from)
        case .appendAccepted(let matched): try appendAccepted(matched, by: message.from)
        case .appendRejected(let previousIndex, let hintIndex, let hintTerm):
            try appendRejected(previousIndex, hintIndex, hintTerm, by: message.from)
        case .snapshotOffer(let index):
            heard(from: message.from)
            consider(offerThrough: index, from: message.from)
        case .acknowledged(let index):
            heard(from: message.from)
            mustHold(through: index)
        case .heartbeat(let commit, let round):
            heard(from: message.from)
            // Never beyond what this member acknowledged: see `broadcastHeartbeat`.
            mustHold(through: commit)
            commitIndex = max(commitIndex, min(commit, log.lastIndex))
            send(to: message.from, .heartbeatReply(round: round))
        case .heartbeatReply(let round): try heartbeatAnswered(round, by: message.from)
        case .staleTerm: break
        case .timeoutNow:
            if memberships.mayLead(id), role != .leader { try campaign(isTransfer: true, isPreVote: false) }
        case .readRequest(let id): try readRequested(id, by: message.from)
        case .readReply(let id, let index): readAnswered(id, index)
        }
    }
}
