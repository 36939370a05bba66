import Consensus
import Models
import Registry

/// What simulated clients ask for. A refused command is as good a write as an accepted one.
enum Clients {
    /// Command number `number`, which decides its id.
    static func envelope(_ number: UInt64, _ command: Command) throws -> CommandEnvelope {
        let ofNodes = if case .raiseLevel = command { true } else { false }
        return CommandEnvelope(
            id: try id(number), principal: ofNodes ? .peerage : try administrator, site: try SiteName("simulated"),
            at: Timestamp(milliseconds: Int64(number)), command: command)
    }

    /// The founding of a cluster of `members`, its rise to all commands, or a project.
    static func command(_ number: UInt64, members: [MemberID], using random: inout SplitMix64) throws -> Command {
        switch random.below(20) {
        case 0, 1: try founding(members)
        case 2: .raiseLevel(RaiseLevel(level: Command.knownLevel))
        default: .createProject(try project(number))
        }
    }

    /// An invitation of a node, and its use.
    static func arrival(_ number: UInt64) throws -> [Command] {
        let token = Digest(of: Array("token \(number)".utf8))
        return [
            .inviteMember(
                InviteMember(
                    node: try NodeName("guest-\(number)"), site: try SiteName("simulated"), tokenDigest: token,
                    expiresAt: Timestamp(milliseconds: .init(Int32.max)))),
            .admitMember(AdmitMember(tokenDigest: token, keyDigest: token, endpoint: "https://guest", peer: "guest:1")),
        ]
    }

    private static func id(_ number: UInt64) throws -> UniqueID {
        let bytes = (0..<16).map { $0 < 8 ? UInt8(0) : UInt8(truncatingIfNeeded: number >> UInt64(8 * (15 - $0))) }
        guard let id = UniqueID(bytes: bytes) else { throw Violation("a command id has 16 bytes") }
        return id
    }

    private static var administrator: PrincipalName { get throws { try PrincipalName("administrator") } }

    private static func founding(_ members: [MemberID]) throws -> Command {
        .establish(
            Establish(
                cluster: try id(1),
                members: try members.map {
                    ClusterMember(
                        member: $0.rawValue, node: try NodeName("founder-\($0)"), site: try SiteName("simulated"),
                        endpoint: "", isVoter: true)
                }, administrator: try administrator, tokenDigest: nil))
    }

    private static func project(_ number: UInt64) throws -> CreateProject {
        CreateProject(
            name: try ProjectName("project-\(number)"), description: String(repeating: "x", count: Int(number % 300)))
    }
}
