import Consensus
import Registry

/// The way from the membership that the cluster has to the one that its state says it shall have, in steps that the
/// consensus can take (`Membership.isOneStep`).
///
/// Commands change the state at once; the leader, whoever that is, takes the steps. So a change outlives the leader
/// that began it, and a node that shall vote does not before it has caught up.
struct MembershipPlan: Equatable {
    /// How many entries a learner may lack when it becomes a voter: what a busy leader sends in less than a second.
    /// With more the cluster could stand still until it has them.
    static let promotionLag: LogIndex = 1_000

    private let voters: Set<MemberID>
    private let learners: Set<MemberID>

    /// The way to what `members` say.
    init(_ members: [ClusterMember]) {
        let staying = members.filter { !$0.isLeaving }
        voters = Set(staying.filter(\.isVoter).map { MemberID($0.member) })
        learners = Set(staying.filter { !$0.isVoter }.map { MemberID($0.member) })
    }

    /// The next step from `current`; nil when there is none, or none yet. Nodes that have caught up come in before
    /// others go out; one that has not keeps nobody, for it may never. The leader goes last.
    func step(from current: Membership, leader: MemberID, isCaughtUp: (MemberID) -> Bool) -> Membership? {
        let everyone = voters.union(learners)
        let arriving = everyone.subtracting(current.members)
        let staying = current.learners.filter { everyone.contains($0) }
        if !arriving.isEmpty || staying != current.learners {
            return Membership(voters: current.voters, learners: staying + arriving)
        }
        if let promoted = current.learners.first(where: { voters.contains($0) && isCaughtUp($0) }) {
            return Membership(
                voters: current.voters + [promoted], learners: current.learners.filter { $0 != promoted })
        }
        let leaving = current.voters.filter { !voters.contains($0) }
        guard let next = leaving.first(where: { $0 != leader }) ?? leaving.first, current.voters.count > 1 else {
            return nil
        }
        return Membership(
            voters: current.voters.filter { $0 != next },
            learners: current.learners + (learners.contains(next) ? [next] : []))
    }
}
