import Consensus
import Registry
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
        case 5, 6: try changeMembers()
        default:
            figures.transfers += 1
            let target = random.percent(50) ? members[random.below(members.count)] : nil
            for member in members where nodes[member]?.role == .leader {
                try give(.transferLeadership(to: target), to: member)
            }
        }
    }

    /// Somebody asks for a node more, or for another role or the removal of one there is.
    private mutating func changeMembers() throws {
        guard let asked = members.first(where: { nodes[$0]?.role == .leader }) ?? members.first,
            let known = try nodes[asked]?.listed, !known.isEmpty
        else { return }
        let node = known[random.below(known.count)].node
        let commands: [Command]
        switch random.below(10) {
        case 0...2 where nodes.count < Self.mostNodes: commands = try Clients.arrival(nextCommand)
        case 0...5: commands = [.changeMemberRole(ChangeMemberRole(node: node, isVoter: true))]
        case 6, 7: commands = [.changeMemberRole(ChangeMemberRole(node: node, isVoter: false))]
        default: commands = [.removeMember(RemoveMember(node: node))]
        }
        for command in commands { try propose(command, at: asked) }
    }

    /// A node that was admitted starts with an empty disk.
    mutating func arrive(_ member: MemberID) throws {
        guard nodes[member] == nil else { return }
        var node = SimulatedNode(id: member, founders: founders, mutation: mutation)
        try node.start(seed: random.next())
        nodes[member] = node
        members.append(member)
        agenda.add(.tick(member), at: now + 1)
    }

    /// Enough for quorums of every size up to four, removed nodes that go on talking among them.
    private static let mostNodes = 9

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
