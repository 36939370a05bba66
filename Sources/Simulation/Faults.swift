import Consensus
import Replication

/// The troubles of a run.
extension Simulation {
    /// Lets one thing go wrong, and plans when it is mended.
    mutating func causeTrouble() throws {
        let member = members[random.below(members.count)]
        let duration = 50 + UInt64(random.below(4_000))
        switch random.below(8) {
        case 0, 1: crash(member, for: duration)
        case 2: partition(for: duration)
        case 3: fillDisk(of: member, for: duration)
        case 4: disturbClock(of: member, for: duration)
        case 5, 6: try changeMembership(of: member)
        default:
            figures.transfers += 1
            let target = random.percent(50) ? members[random.below(members.count)] : nil
            for member in members where nodes[member]?.role == .leader {
                try give(.transferLeadership(to: target), to: member)
            }
        }
    }

    /// Takes `member` one step up or down: outsider, learner, voter. The last voter stays.
    private mutating func changeMembership(of member: MemberID) throws {
        for leader in members where nodes[leader]?.role == .leader {
            guard let now = nodes[leader]?.membership else { continue }
            let isUp = random.percent(60)
            let others = (voters: now.voters.filter { $0 != member }, learners: now.learners.filter { $0 != member })
            let next: Membership
            switch (now.voters.contains(member), now.learners.contains(member)) {
            case (true, _) where isUp || others.voters.isEmpty: continue
            case (true, _): next = Membership(voters: others.voters, learners: others.learners + [member])
            case (_, true) where isUp: next = Membership(voters: others.voters + [member], learners: others.learners)
            case (_, true): next = Membership(voters: others.voters, learners: others.learners)
            default: next = Membership(voters: others.voters, learners: others.learners + [member])
            }
            try give(.changeMembership(to: next), to: leader)
            if nodes[leader]?.membership == next { figures.membershipChanges += 1 }
        }
    }

    private mutating func crash(_ member: MemberID, for duration: UInt64) {
        figures.crashes += 1
        let all = random.percent(10)
        for member in all ? members : [member] {
            nodes[member]?.crash()
            agenda.add(.restart(member), at: now + duration)
        }
    }

    /// Two halves, a bridge between them, or a link that carries one way only.
    private mutating func partition(for duration: UInt64) {
        figures.partitions += 1
        let side = Set(members.filter { _ in random.percent(50) })
        let oneWay = random.percent(33)
        let bridge = random.percent(33) ? members[random.below(members.count)] : nil
        for from in members {
            for to in members where side.contains(from) != side.contains(to) && from != bridge && to != bridge {
                if oneWay, side.contains(from) { continue }
                network.blocked.insert(.init(from: from, to: to))
            }
        }
        agenda.add(.heal, at: now + duration)
    }

    private mutating func fillDisk(of member: MemberID, for duration: UInt64) {
        figures.fullDisks += 1
        nodes[member]?.fillDisk()
        agenda.add(.repairDisk(member), at: now + duration)
    }

    private mutating func disturbClock(of member: MemberID, for duration: UInt64) {
        figures.clocks += 1
        nodes[member]?.tickInterval = [1, 3, 40, 5_000][random.below(4)]
        agenda.add(.clock(member, interval: 10), at: now + duration)
    }
}
