import Consensus
import Models
import Registry
import Testing

@testable import Replication

@Suite("The way to the membership that shall be")
struct MembershipPlanTests {
    private func plan(voters: [UInt64], learners: [UInt64] = []) throws -> MembershipPlan {
        func member(_ number: UInt64, _ isVoter: Bool) throws -> ClusterMember {
            ClusterMember(
                member: number, node: try NodeName("node-\(number)"), site: try SiteName("north"), endpoint: "",
                isVoter: isVoter)
        }
        return MembershipPlan(try voters.map { try member($0, true) } + learners.map { try member($0, false) })
    }

    private func membership(_ voters: [UInt64], _ learners: [UInt64] = []) -> Membership {
        Membership(voters: voters.map { MemberID($0) }, learners: learners.map { MemberID($0) })
    }

    /// All steps, as the leader 1 takes them.
    private func steps(_ plan: MembershipPlan, from start: Membership, caughtUp: Set<UInt64> = []) -> [Membership] {
        var steps: [Membership] = []
        while let next = plan.step(
            from: steps.last ?? start, leader: MemberID(1), isCaughtUp: { caughtUp.contains($0.rawValue) }),
            steps.count < 20
        {
            #expect((steps.last ?? start).isOneStep(to: next))
            steps.append(next)
        }
        return steps
    }

    @Test("There is no step where nothing is to change")
    func nothing() throws {
        #expect(steps(try plan(voters: [1, 2, 3], learners: [4]), from: membership([1, 2, 3], [4])).isEmpty)
    }

    @Test("A node comes in as a learner, and votes only once it has caught up")
    func arrival() throws {
        let plan = try plan(voters: [1, 2, 3, 4])
        #expect(steps(plan, from: membership([1, 2, 3])) == [membership([1, 2, 3], [4])])
        let all = steps(plan, from: membership([1, 2, 3]), caughtUp: [4])
        #expect(all == [membership([1, 2, 3], [4]), membership([1, 2, 3, 4])])
    }

    @Test("A node is replaced by one more voter first, then one less")
    func replacement() throws {
        let all = steps(try plan(voters: [1, 2, 4]), from: membership([1, 2, 3]), caughtUp: [4])
        #expect(all == [membership([1, 2, 3], [4]), membership([1, 2, 3, 4]), membership([1, 2, 4])])
    }

    @Test("The leader goes last, and a demoted voter stays as a learner")
    func departure() throws {
        let all = steps(try plan(voters: [3], learners: [2]), from: membership([1, 2, 3]))
        #expect(all == [membership([1, 3], [2]), membership([3], [2])])
    }

    @Test("A dead voter can be removed while a learner that shall vote has not caught up")
    func removalDoesNotWait() throws {
        let all = steps(try plan(voters: [1, 2, 4]), from: membership([1, 2, 3], [4]))
        #expect(all == [membership([1, 2], [4])])
    }
}
