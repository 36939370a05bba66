/// A state that takes the place of a log's beginning: everything through `index` is applied in it.
package struct Snapshot: Hashable, Sendable {
    /// The newest entry that is applied in the state.
    package let index: LogIndex
    /// That entry's term.
    package let term: Term
    /// Who belongs to the cluster by that state.
    package let membership: Membership

    /// A state applied through the entry of `term` at `index`.
    package init(index: LogIndex, term: Term, membership: Membership) {
        self.index = index
        self.term = term
        self.membership = membership
    }
}

/// A state that this member lacks.
package struct SnapshotNeed: Hashable, Sendable {
    /// A member that can give it.
    package let source: MemberID
    /// The least index it must be applied through.
    package let index: LogIndex

    /// A state that `source` has, applied at least through `index`.
    package init(source: MemberID, index: LogIndex) {
        self.source = source
        self.index = index
    }
}

/// Snapshots by reference (Raft §5, with the transfer left to the caller): the leader says that entries are gone, the
/// follower asks its caller for a state, the caller fetches one beside the log and hands its reference in, and only
/// then the log gives way to it.
///
/// Any state that any member applied will do, because only what is committed is applied.
extension RaftCore {
    /// A follower needs entries that are gone: it hears from where on there are any. Said again with every heartbeat it
    /// answers, so that a fetch that failed is begun anew; nothing else is sent meanwhile.
    mutating func offerSnapshot(to member: MemberID) {
        guard let follower = followers.position(of: member) else { return }
        followers[follower].state = .snapshot
        send(to: member, .snapshotOffer(through: log.firstIndex - 1))
    }

    /// The leader has no entries at or before `index` any more.
    ///
    /// raft.md, scenario 5: a second offer while a state is being fetched changes nothing, nor does one for what is
    /// here.
    mutating func consider(offerThrough index: LogIndex, from leader: MemberID) {
        guard index > commitIndex else { return send(to: leader, .appendAccepted(matched: commitIndex)) }
        guard !isFetchingSnapshot else { return }
        isFetchingSnapshot = true
        effects.snapshotNeed = SnapshotNeed(source: leader, index: index)
    }

    /// The state that `Effects.snapshotNeed` asked for is here, whole and verified: it takes effect when
    /// `Effects.snapshot` says so, which it does not when the log has overtaken it.
    package mutating func snapshotFetched(_ snapshot: Snapshot) throws(LogReadError) -> Effects {
        isFetchingSnapshot = false
        guard snapshot.index > commitIndex, role != .leader else { return takeEffects() }
        if try log.term(at: snapshot.index) == snapshot.term {
            // > Raft §5, figure 5.3: if an existing entry has the same index and term as the snapshot's last, what follows is kept.
            //
            // It was acknowledged, and may be committed by that.
            commitIndex = snapshot.index
        } else {
            log.reset(to: snapshot.index, term: snapshot.term)
            memberships = MembershipHistory(snapshot.membership, at: snapshot.index)
            announceSnapshot(snapshot)
        }
        if let leader { send(to: leader, .appendAccepted(matched: snapshot.index)) }
        return takeEffects()
    }

    /// The state could not be had: the leader's next offer begins another attempt.
    package mutating func snapshotFailed() -> Effects {
        isFetchingSnapshot = false
        return takeEffects()
    }
}
