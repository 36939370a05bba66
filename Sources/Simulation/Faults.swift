import Consensus
import Registry
import Replication

/// The troubles of a run.
extension Simulation {
    /// Lets one thing go wrong, and plans when it is mended. What is left out is drawn all the same, so that the rest
    /// stays as it was.
    mutating func causeTrouble() throws {
        faults += 1
        let member = members[random.below(members.count)]
        let duration = 50 + UInt64(random.below(4_000))
        let kind = random.below(21)
        var aside = SplitMix64(seed: random.next())
        swap(&random, &aside)
        if !leftOut.contains(faults) { try cause(kind, member, for: duration) }
        swap(&random, &aside)
    }

    private mutating func cause(_ kind: Int, _ member: MemberID, for duration: UInt64) throws {
        switch kind {
        case 0...4: crash(member, for: duration)
        case 5...7: partition(for: duration)
        case 8, 9: fillDisk(of: member, for: duration)
        case 10: breakDisk(of: member, for: duration)
        case 11: damageDisk(of: member)
        case 12, 13: disturbClock(of: member, for: duration)
        case 14...17: try changeMembers()
        case 18: slowDisk(of: member, for: duration)
        default: try transferLeadership()
        }
    }

    private mutating func transferLeadership() throws {
        figures.transfers += 1
        let target = random.percent(50) ? members[random.below(members.count)] : nil
        note("whoever leads hands over to \(target.map { "\($0)" } ?? "the best")")
        for member in members where nodes[member]?.role == .leader {
            try give(.transferLeadership(to: target), to: member)
        }
    }

    /// Somebody asks for a node more, or for another role or the removal of one or two there are.
    private mutating func changeMembers() throws {
        guard let asked = members.first(where: { nodes[$0]?.role == .leader }) ?? members.first,
            let known = try nodes[asked]?.listed, !known.isEmpty
        else { return }
        let kind = random.below(10)
        // Half of the time two nodes at once.
        let chosen = known.shuffled(using: &random).prefix(1 + random.below(2)).map(\.node)
        let commands: [Command]
        switch kind {
        case 0...2 where nodes.count < Self.mostNodes: commands = try Clients.arrival(nextCommand)
        case 0...7: commands = chosen.map { .changeMemberRole(ChangeMemberRole(node: $0, isVoter: kind < 6)) }
        default: commands = chosen.map { .removeMember(RemoveMember(node: $0)) }
        }
        note("\(asked) is asked for \(commands.map { "\($0)" }.joined(separator: ", "))")
        for command in commands { try propose(command, at: asked) }
    }

    /// A node that was admitted starts with an empty disk.
    mutating func arrive(_ member: MemberID) throws {
        guard nodes[member] == nil else { return }
        try startNew(member, at: now + 1)
        members.append(member)
    }

    /// Enough for quorums of every size up to four, removed nodes that go on talking among them.
    private static let mostNodes = 9

    private mutating func crash(_ member: MemberID, for duration: UInt64) {
        figures.crashes += 1
        let all = random.percent(10)
        note("\(all ? "everyone" : "\(member)") crashes for \(duration) ms")
        for member in all ? members : [member] {
            lose(member)
            agenda.add(.restart(member), at: now + duration)
        }
    }

    /// The node loses what it had not synced, or all but the oldest of it; half of the time also what it had just sent.
    private mutating func lose(_ member: MemberID) {
        fallsOnCommit.remove(member)
        nodes[member]?.crash(keeping: random.below(3))
        if random.percent(50) { nodes[member]?.silencedAt = now }
    }

    /// A new leader crashes, and soon comes back.
    mutating func fall(_ member: MemberID) {
        guard now < Self.troubled, nodes[member]?.isUp == true else { return }
        figures.falls += 1
        note("\(member), elected a moment ago, crashes")
        lose(member)
        agenda.add(.restart(member), at: now + 50 + UInt64(random.below(1_000)))
    }

    /// A new leader that will fall reaches nobody until then, or one other node.
    mutating func muffle(_ leader: MemberID, for duration: UInt64) {
        let reached = random.percent(50) ? leader : members[random.below(members.count)]
        note("\(leader) reaches \(reached == leader ? "nobody" : "only \(reached)") for \(duration) ms")
        for to in members where to != reached { network.blocked.insert(.init(from: leader, to: to)) }
        agenda.add(.heal, at: now + duration)
    }

    /// A leader that is about to change the members is cut off, with some of the others: what it begins, they do not
    /// hear of.
    mutating func cutOff(_ leader: MemberID) {
        guard now < Self.troubled else { return }
        figures.cuts += 1
        partition([leader], for: 50 + UInt64(random.below(4_000)))
    }

    /// Two halves, a bridge between them, or a link that carries one way only. Who is `together` is on one side.
    private mutating func partition(_ together: [MemberID] = [], for duration: UInt64) {
        figures.partitions += 1
        let side = Set(members.filter { _ in random.percent(50) } + together)
        let oneWay = random.percent(33)
        let bridge = random.percent(33) ? members[random.below(members.count)] : nil
        for from in members {
            for to in members where side.contains(from) != side.contains(to) && from != bridge && to != bridge {
                if oneWay, side.contains(from) { continue }
                network.blocked.insert(.init(from: from, to: to))
            }
        }
        let cut = network.blocked.map { "\($0.from)→\($0.to)" }.sorted().joined(separator: " ")
        note("cut for \(duration) ms: \(cut)")
        agenda.add(.heal, at: now + duration)
    }

    private mutating func fillDisk(of member: MemberID, for duration: UInt64) {
        figures.fullDisks += 1
        note("the disk of \(member) is full for \(duration) ms")
        nodes[member]?.fillDisk()
        agenda.add(.repairDisk(member), at: now + duration)
    }

    private mutating func slowDisk(of member: MemberID, for duration: UInt64) {
        figures.slowDisks += 1
        let writeTime = [2, 30, 300, 2_000][random.below(4)] as UInt64
        note("a write of \(member) takes \(writeTime) ms, for \(duration) ms")
        nodes[member]?.writeTime = writeTime
        agenda.add(.disk(member, writeTime: 0), at: now + duration)
    }

    private mutating func disturbClock(of member: MemberID, for duration: UInt64) {
        figures.clocks += 1
        note("the clock of \(member) goes wrong for \(duration) ms")
        nodes[member]?.tickInterval = [1, 3, 40, 5_000][random.below(4)]
        agenda.add(.clock(member, interval: 10), at: now + duration)
    }

    private mutating func breakDisk(of member: MemberID, for duration: UInt64) {
        figures.brokenDisks += 1
        note("writes of \(member) fail for \(duration) ms")
        nodes[member]?.breakDisk()
        agenda.add(.repairDisk(member), at: now + duration)
    }

    /// One node at most: two damaged copies of three are more than any of this promises to survive.
    private mutating func damageDisk(of member: MemberID) {
        guard !nodes.values.contains(where: \.isDamaged) else { return }
        figures.damagedDisks += 1
        note("a record on the disk of \(member) is damaged")
        let number = random.below(10_000)
        nodes[member]?.damageDisk(number)
    }
}
