import Consensus
import Models
import Registry
import Replication
import Storage
import Testing

@Suite("Replica")
struct ReplicaTests {
    @Test("A command is settled once it is applied, and is there after a restart")
    func settles() throws {
        let store = MemoryStore()
        var node = try replica(store)
        try node.becomeLeader()
        #expect(try node.propose(founding()).settled == [commandID(1)])
        #expect(try node.propose(project(2, "acme")).settled == [commandID(2)])
        let hash = node.stateHash
        let again = try replica(store)
        #expect(again.stateHash == hash)
        #expect(try Catalog(store).project(ProjectName("acme")) != nil)
    }

    @Test("A crash that loses the state's last writes applies the log again, to the same state")
    func appliesAgain() throws {
        let store = MemoryStore()
        var node = try replica(store)
        try node.becomeLeader()
        _ = try node.propose(founding())
        _ = try node.propose(project(2, "acme"))
        let (index, hash) = (node.appliedIndex, node.stateHash)
        store.crash()
        var again = try replica(store)
        #expect(again.appliedIndex < index)
        try again.becomeLeader()
        #expect(again.appliedIndex > index)
        // The new leader's no-op changes no record.
        #expect(again.stateHash == hash)
    }

    @Test("Entries and term are on disk before any message that depends on them is handed out")
    func writesBeforeItSends() throws {
        let store = MemoryStore()
        var node = try replica(store, of: 3)
        var outputs: [Replica.Output] = []
        for _ in 0..<20 where outputs.messages.isEmpty { outputs = try node.carry(.tick) }
        store.fail(with: .failed("the disk is gone"))
        let vote = Message(
            cluster: stamp, from: MemberID(2), to: MemberID(1), term: 99,
            body: .voteRequest(lastIndex: 0, lastTerm: 0, isTransfer: true))
        #expect(throws: ReplicaError.self) { try node.carry(.message(.consensus(vote), from: MemberID(2))) }
    }

    @Test("Without a leader a command fails as such, and never left the node")
    func noLeader() throws {
        var node = try replica(MemoryStore(), of: 3)
        var outputs = try node.propose(founding(), patience: 2)
        for _ in 0..<3 { outputs += try node.carry(.tick) }
        #expect(outputs.failures == [.noLeader])
    }

    @Test(
        "A command handed to a leader that is not heard of again has an unknown outcome, and is handed over again meanwhile"
    )
    func unknownOutcome() throws {
        var node = try replica(MemoryStore(), of: 3)
        let heartbeat = Message(
            cluster: stamp, from: MemberID(2), to: MemberID(1), term: 3, body: .heartbeat(commit: 0, round: 0))
        _ = try node.carry(.message(.consensus(heartbeat), from: MemberID(2)))
        var outputs = try node.propose(founding(), patience: 350)
        for _ in 0..<351 {
            outputs += try node.carry(.message(.consensus(heartbeat), from: MemberID(2)))
            outputs += try node.carry(.tick)
        }
        let handedOver = outputs.messages.filter { message, to in
            if case .proposals = message { to == MemberID(2) } else { false }
        }
        #expect(handedOver.count == 3)
        #expect(outputs.failures == [.unknownOutcome])
    }

    @Test("A message whose link does not vouch for its sender is not heard")
    func senderMustBeTheLink() throws {
        var node = try replica(MemoryStore(), of: 3)
        let forged = Message(
            cluster: stamp, from: MemberID(2), to: MemberID(1), term: 9, body: .heartbeat(commit: 0, round: 0))
        _ = try node.carry(.message(.consensus(forged), from: MemberID(3)))
        #expect(node.status.term == 0)
    }

    @Test("A node whose state differs says so to everyone, and stops when a majority has another")
    func divergence() throws {
        var node = try replica(MemoryStore(), of: 3)
        let entry = Entry(term: 1, index: 1, kind: .command, data: try founding().canonicalBytes)
        let append = Message(
            cluster: stamp, from: MemberID(2), to: MemberID(1), term: 1,
            body: .append(previousIndex: 0, previousTerm: 0, entries: [entry], commit: 1))
        _ = try node.carry(.message(.consensus(append), from: MemberID(2)))
        try #require(node.appliedIndex == 1)
        #expect(try claim(node.stateHash, of: 2, to: &node).isEmpty)
        let other = try StateHash(canonicalBytes: [UInt8](repeating: 0, count: 32))
        let announced = try claim(other, of: 2, to: &node).compactMap { output -> MemberID? in
            guard case .send(.stateClaim(index: 1, let hash), let member) = output else { return nil }
            return hash == node.stateHash ? member : nil
        }
        #expect(announced == [MemberID(2), MemberID(3)])
        #expect(node.status.diverged == nil)
        let outputs = try claim(other, of: 3, to: &node)
        #expect(outputs.contains { if case .diverged(1, _, other) = $0 { true } else { false } })
        #expect(node.status.diverged == 1)
    }

    private func claim(_ hash: StateHash, of member: UInt64, to node: inout Replica) throws -> [Replica.Output] {
        let claim = PeerMessage.stateClaim(index: 1, hash)
        return try node.carry(.message(claim, from: MemberID(member)))
    }
}
