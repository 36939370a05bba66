import Consensus
import Models
import Registry

/// What simulated clients ask for.
enum Clients {
    /// Command number `number`: a founding, or a project; a refused command is as good a write as an accepted one.
    static func envelope(_ number: UInt64, members: [MemberID], isFounding: Bool) throws -> CommandEnvelope {
        let bytes = (0..<16).map { $0 < 8 ? UInt8(0) : UInt8(truncatingIfNeeded: number >> UInt64(8 * (15 - $0))) }
        guard let id = UniqueID(bytes: bytes) else { throw Violation("a command id has 16 bytes") }
        return CommandEnvelope(
            id: id, principal: try PrincipalName("administrator"), site: try SiteName("simulated"),
            at: Timestamp(milliseconds: Int64(number)),
            command: isFounding ? try founding(members, id) : .createProject(try project(number)))
    }

    private static func founding(_ members: [MemberID], _ id: UniqueID) throws -> Command {
        .establish(
            Establish(
                cluster: id,
                members: try members.map {
                    ClusterMember(
                        member: $0.rawValue, node: try NodeName("node-\($0)"), site: try SiteName("simulated"),
                        endpoint: "", isVoter: true)
                }, administrator: try PrincipalName("administrator"), tokenDigest: nil))
    }

    private static func project(_ number: UInt64) throws -> CreateProject {
        CreateProject(
            name: try ProjectName("project-\(number)"), description: String(repeating: "x", count: Int(number % 300)))
    }
}
