/// What became of a change of the membership.
package enum MembershipChange: Sendable {
    /// It is in the leader's log at this place, and holds from now on; committed when `Effects.committed` says so.
    case appended(LogIndex, Effects)
    /// This member does not lead.
    case notLeader(leader: MemberID?)
    /// It cannot be now, for this reason: later.
    case notYet(String)
}

/// Who belongs to the cluster, changed one voter at a time (Raft §4.1; decision 7 says why not by joint consensus).
extension RaftCore {
    /// Puts a change of the membership at the end of the leader's log; it holds at once. `next` must be one step away:
    /// see `Membership.isOneStep`.
    package mutating func changeMembership(to next: Membership) throws(LogReadError) -> MembershipChange {
        precondition(membership.isOneStep(to: next), "from \(membership) to \(next) is more than one step")
        guard role == .leader else { return .notLeader(leader: leader) }
        guard transferTarget == nil else { return .notYet("leadership is being handed over") }
        guard memberships.currentIndex <= commitIndex else { return .notYet("the change before is not committed yet") }
        // > Ongaro, raft-dev, 10 July 2015: a leader may not append a configuration before it committed an entry of its term.
        guard try log.term(at: commitIndex) == term else { return .notYet("the leader has committed nothing yet") }
        appendOwn([(.membership, next.bytes)])
        memberships.append(next, at: log.lastIndex)
        for member in next.members where member != id && followers[member] == nil {
            followers[member] = Progress(next: log.lastIndex)
        }
        // Who is removed still hears of it: `dismissDeparted` ends that.
        try broadcastAppend()
        return .appended(log.lastIndex, takeEffects())
    }

    /// Memberships that the log brings after the state that this member starts with.
    mutating func recallMemberships() throws(LogReadError) {
        var index = memberships.currentIndex + 1
        while index <= log.lastIndex {
            let entries = try log.entries(from: index, maximumBytes: 1 << 20)
            guard let last = entries.last else { throw .unavailable(index: index, reason: "it is missing") }
            try memberships.append(entries)
            index = last.index + 1
        }
    }

    /// Stops feeding members whose removal is committed: by now they have heard of it, or are not there to hear.
    mutating func dismissDeparted() {
        guard memberships.currentIndex <= commitIndex else { return }
        for member in followers.members where !membership.members.contains(member) { followers[member] = nil }
    }

    /// > Raft §4.2.2: a leader that is removed steps down once the new configuration is committed.
    ///
    /// Until then it leads without counting itself (raft.md, scenario 4).
    mutating func resignIfRemoved() {
        guard role == .leader, !membership.voters.contains(id), memberships.currentIndex <= commitIndex else { return }
        // Somebody takes over at once instead of after an election timeout.
        let successor = membership.voters.filter { followers[$0]?.matched == log.lastIndex }.max {
            rank($0) < rank($1)
        }
        if let successor { send(to: successor, .timeoutNow) }
        becomeFollower(term: term, leader: nil)
    }
}
