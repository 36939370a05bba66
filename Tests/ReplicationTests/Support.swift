import Consensus
import Models
import Registry
import Replication
import Storage

let stamp = ClusterStamp(high: 1, low: 2)

func replica(_ store: any KeyValueStore, id: UInt64 = 1, of count: UInt64 = 1) throws -> Replica {
    try Replica(
        id: MemberID(id), cluster: stamp, membership: Membership(voters: (1...count).map { MemberID($0) }),
        store: store,
        settings: Settings(electionTicks: 5, heartbeatTicks: 1), seed: id)
}

func commandID(_ number: UInt8) -> UniqueID { UniqueID(bytes: [UInt8](repeating: number, count: 16))! }

func founding(_ number: UInt8 = 1) throws -> CommandEnvelope {
    try envelope(
        number,
        .establish(
            Establish(
                cluster: commandID(9),
                members: [
                    ClusterMember(
                        member: 1, node: try NodeName("north-1"), site: try SiteName("north"), endpoint: "",
                        isVoter: true)
                ], administrator: try PrincipalName("administrator"), tokenDigest: nil)))
}

func project(_ number: UInt8, _ name: String) throws -> CommandEnvelope {
    try envelope(number, .createProject(CreateProject(name: try ProjectName(name), description: "")))
}

func envelope(_ number: UInt8, _ command: Command) throws -> CommandEnvelope {
    CommandEnvelope(
        id: commandID(number), principal: try PrincipalName("administrator"), site: try SiteName("north"),
        at: Timestamp(milliseconds: 1), command: command)
}

extension Replica {
    /// Takes in an input and applies what it committed.
    mutating func carry(_ input: Replica.Input) throws -> [Output] { try turn([input]) + applyCommitted() }

    mutating func propose(_ envelope: CommandEnvelope, patience: UInt64 = 50) throws -> [Output] {
        try carry(.propose(envelope.id, envelope: envelope.canonicalBytes, patienceTicks: patience))
    }

    mutating func becomeLeader() throws {
        for _ in 0..<20 where status.role != .leader { _ = try carry(.tick) }
    }
}

extension [Replica.Output] {
    var settled: [UniqueID] { compactMap { if case .settled(let id, _, _) = $0 { id } else { nil } } }
    var failures: [ProposalFailure] { compactMap { if case .failed(_, let failure) = $0 { failure } else { nil } } }
    var messages: [(PeerMessage, MemberID)] {
        compactMap { if case .send(let message, let to) = $0 { (message, to) } else { nil } }
    }
}
