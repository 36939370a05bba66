/// Linearizable reads without a write to the log (Raft §6.4): the leader notes its commit index, makes sure by a round
/// of heartbeats that it still leads, and whoever has applied through that index may answer.
struct ReadQueue: Sendable {
    /// Who asked the leader: this member's own clients, or another member for its.
    struct Asker: Hashable, Sendable {
        let member: MemberID?
        let id: UInt64
    }

    /// For a leader: reads that wait for a round to begin.
    var waiting: [Asker] = []
    /// For a leader: the round that is going on.
    var current: (index: LogIndex, askers: [Asker])?
    /// The number of the newest round.
    var newestRound: UInt64 = 0
    /// For a follower: reads the leader was asked for, and for how many ticks more they are waited for.
    var asked: [UInt64: Int] = [:]

    /// No longer a leader: its own reads are lost, other members' time out there.
    mutating func resignLeadership(_ effects: inout Effects) {
        for asker in waiting + (current?.askers ?? []) where asker.member == nil {
            effects.reads.append(.lost(id: asker.id))
        }
        waiting = []
        current = nil
    }
}

extension RaftCore {
    /// Asks for the index that a read must be answered at. The outcome comes in `Effects.reads`.
    package mutating func requestRead(id readID: UInt64) throws(LogReadError) -> Effects {
        if role == .leader {
            reads.waiting.append(.init(member: nil, id: readID))
            try startReads()
        } else if let leader {
            reads.asked[readID] = settings.electionTicks * 2
            send(to: leader, .readRequest(id: readID))
        } else {
            effects.reads.append(.lost(id: readID))
        }
        return takeEffects()
    }

    /// Another member asks for its client.
    mutating func readRequested(_ readID: UInt64, by member: MemberID) throws(LogReadError) {
        guard role == .leader else { return }
        reads.waiting.append(.init(member: member, id: readID))
        try startReads()
    }

    /// The leader answered.
    mutating func readAnswered(_ readID: UInt64, _ index: LogIndex) {
        guard reads.asked.removeValue(forKey: readID) != nil else { return }
        effects.reads.append(.ready(id: readID, index: index))
    }

    /// Begins a round for all reads that wait; one round at a time, so that many reads share one.
    ///
    /// > Raft §6.4: until an entry of its own term is committed, a leader does not know what is.
    mutating func startReads() throws(LogReadError) {
        guard role == .leader, reads.current == nil, !reads.waiting.isEmpty, try log.term(at: commitIndex) == term
        else {
            return
        }
        reads.current = (commitIndex, reads.waiting)
        reads.waiting = []
        reads.newestRound += 1
        broadcastHeartbeat()
        try confirmReads()
    }

    /// Answers the reads of a round that a majority acknowledged.
    mutating func confirmReads() throws(LogReadError) {
        guard let round = reads.current,
            membership.isQuorum({ $0 == id || (followers[$0]?.round ?? 0) >= reads.newestRound })
        else { return }
        reads.current = nil
        for asker in round.askers {
            if let member = asker.member {
                send(to: member, .readReply(id: asker.id, index: round.index))
            } else {
                effects.reads.append(.ready(id: asker.id, index: round.index))
            }
        }
        try startReads()
    }

    /// The leader these reads were asked of is gone.
    mutating func loseReads() {
        for id in reads.asked.keys.sorted() { effects.reads.append(.lost(id: id)) }
        reads.asked = [:]
    }

    /// A message may have been lost: who waited too long asks again.
    mutating func expireReads() {
        for (id, ticks) in reads.asked { reads.asked[id] = ticks - 1 }
        for id in reads.asked.filter({ $0.value <= 0 }).keys.sorted() {
            reads.asked[id] = nil
            effects.reads.append(.lost(id: id))
        }
    }
}
