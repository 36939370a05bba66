/// Handing leadership over on purpose (Raft §3.10).
extension RaftCore {
    /// Lets `target`, or the best other voter, take over as soon as it has the whole log. Proposals are turned away
    /// until then, or until an election timeout passes; nothing happens when this member does not lead.
    package mutating func transferLeadership(to target: MemberID?) throws(LogReadError) -> Effects {
        guard role == .leader, let target = target ?? bestSuccessor, target != id, membership.voters.contains(target)
        else { return takeEffects() }
        transferTarget = target
        transferTicks = settings.electionTicks * patience
        try sendAppend(to: target, alsoEmpty: false)
        handOverIfReady(to: target)
        return takeEffects()
    }

    /// Once the successor has the whole log it is told to stand for election without waiting.
    mutating func handOverIfReady(to member: MemberID) {
        guard transferTarget == member, followers[member]?.matched == log.lastIndex else { return }
        send(to: member, .timeoutNow)
    }

    private var bestSuccessor: MemberID? {
        membership.voters.filter { $0 != id && followers[$0]?.hasAnsweredLately == true }.max { left, right in
            rank(left) < rank(right)
        }
    }

    func rank(_ member: MemberID) -> (Int, LogIndex, UInt64) {
        (settings.priorities[member] ?? 0, followers[member]?.matched ?? 0, .max - member.rawValue)
    }
}
