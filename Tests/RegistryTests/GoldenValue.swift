import Models
import Testing

@testable import Registry

/// A value whose canonical bytes are pinned in `GoldenBytes`.
struct GoldenValue: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: @Sendable () throws -> [UInt8]
    /// Decodes bytes and encodes them again.
    let roundTrip: @Sendable ([UInt8]) throws -> [UInt8]

    var testDescription: String { name }

    private init<Value: CanonicalCodable>(_ name: String, _ value: @escaping @Sendable () throws -> Value) {
        self.name = name
        bytes = { try value().canonicalBytes }
        roundTrip = { try Value(canonicalBytes: $0).canonicalBytes }
    }

    static let all = commands + outcomes + records + privateRecords

    private static let time = Timestamp(milliseconds: 1_700_000_000_123)
    private static let digest = Digest(of: Array("abc".utf8))

    private static let commands: [GoldenValue] = [
        GoldenValue("command establish") { try Command.establish(.three) },
        GoldenValue("command establish without token") {
            Command.establish(
                Establish(
                    cluster: try .numbered(7), members: [], administrator: try PrincipalName("ann"), tokenDigest: nil))
        },
        GoldenValue("command create-project") { try Command.createProject("vision", "sees") },
        GoldenValue("command create-model") { try Command.createModel("vision", "ranker", "ranks") },
        GoldenValue("command register-version") {
            let metadata = JSONValue.object([
                "n": .null, "b": .bool(true), "i": .integer(-1), "d": .number(0.1), "s": .string("é"),
                "a": .array([.integer(1), .object([:])]),
            ])
            return try Command.register(
                files: [.at("weights.bin"), .at("empty", size: 0)], metadata: metadata, tags: ["b": "2", "a": "1"],
                message: "first", aliases: ["best"], holders: [1, 3])
        },
        GoldenValue("command set-alias") { try Command.set("best", to: 3, because: "better") },
        GoldenValue("command set-alias if absent") { try Command.set("best", to: 3, if: .absent) },
        GoldenValue("command remove-alias if version") { try Command.remove("best", if: .version(2), because: "old") },
        GoldenValue("command invite-member") { try Command.invite("east-2") },
        GoldenValue("command admit-member") { try Command.admit("east-2") },
        GoldenValue("command change-member-role") { try Command.role(of: "east-2", isVoter: true) },
        GoldenValue("command remove-member") { try Command.remove(node: "east-2") },
        GoldenValue("command describe-member") {
            Command.describeMember(
                DescribeMember(member: 4, incarnation: 7, endpoint: "https://east", peer: "east:7442"))
        },
        GoldenValue("command change-project") {
            try Command.change(
                "vision", description: .value("hears"), sites: .value(["north", "south"]), quotaBytes: .none)
        },
        GoldenValue("command change-project's quota") {
            try Command.change("vision", sites: .none, quotaBytes: .value(9))
        },
        GoldenValue("command raise-level") { Command.raiseLevel(RaiseLevel(level: 2)) },
        GoldenValue("envelope") {
            CommandEnvelope(
                id: try .numbered(9), principal: try PrincipalName("ann"), site: try SiteName("north"), at: time,
                command: try .createProject("vision"))
        },
    ]

    private static let outcomes: [GoldenValue] = [
        GoldenValue("outcome none") { Outcome.accepted(.none) },
        GoldenValue("outcome project") { Outcome.accepted(.project(try project)) },
        GoldenValue("outcome model") { Outcome.accepted(.model(try model)) },
        GoldenValue("outcome version") {
            Outcome.accepted(
                .version(
                    project: try ProjectName("vision"), model: try ModelName("ranker"), number: 3, digest: digest))
        },
        GoldenValue("outcome alias") { Outcome.accepted(.alias(try alias)) },
        GoldenValue("outcome member") {
            Outcome.accepted(.member(try described))
        },
        GoldenValue("outcome rejected") { Outcome.rejected(Rejection(.conflict, "read it again")) },
    ]

    private static let records: [GoldenValue] = [
        GoldenValue("record project") { try project },
        GoldenValue("record project with rules") {
            var ruled = try project
            (ruled.sites, ruled.sitesSince) = ([try SiteName("north")], 258)
            (ruled.quotaBytes, ruled.usedBytes) = (9, 5)
            return ruled
        },
        GoldenValue("record model") { try model },
        GoldenValue("record version") {
            Version(
                project: try ProjectName("vision"), model: try ModelName("ranker"), number: 3,
                files: [try .at("weights.bin")], metadata: .object(["k": .integer(1)]), tags: ["a": "1"],
                message: "first", createdAt: time, createdBy: try PrincipalName("ann"), site: try SiteName("north"))
        },
        GoldenValue("record alias") { try alias },
        GoldenValue("record alias change") {
            AliasChange(from: 1, to: 2, at: time, by: try PrincipalName("ann"), reason: "better")
        },
        GoldenValue("record alias change from and to nothing") {
            AliasChange(from: nil, to: nil, at: time, by: try PrincipalName("ann"), reason: "")
        },
        GoldenValue("record principal") { Principal(name: try PrincipalName("ann"), role: .administrator) },
        GoldenValue("record audit") {
            AuditRecord(
                sequence: 5, index: 8, at: time, by: try PrincipalName("ann"), site: try SiteName("north"),
                action: "alias.set", object: "vision/ranker@best", outcome: "accepted")
        },
    ]

    private static let privateRecords: [GoldenValue] = [
        GoldenValue("record applied") {
            var record = AppliedRecord()
            (record.index, record.term, record.auditRecords, record.outcomes) = (9, 2, 8, 7)
            record.hash = StateHash(key: [1], value: [2])
            return record
        },
        GoldenValue("record cluster") {
            ClusterRecord(cluster: try .numbered(7), members: Array(try Establish.three.members.suffix(2)))
        },
        GoldenValue("record cluster of level 2") {
            var record = ClusterRecord(cluster: try .numbered(7), members: [try described])
            (record.level, record.nextMember) = (2, 9)
            return record
        },
        GoldenValue("record membership") { MembershipRecord(voters: [1, 2, 3], learners: [4]) },
        GoldenValue("record invitation") {
            InvitationRecord(
                node: try NodeName("east-2"), site: try SiteName("east"), expiresAt: time, by: try PrincipalName("ann"),
                use: nil)
        },
        GoldenValue("record invitation used") {
            InvitationRecord(
                node: try NodeName("east-2"), site: try SiteName("east"), expiresAt: time, by: try PrincipalName("ann"),
                use: nil
            ).used(by: digest, as: 5)
        },
        GoldenValue("record token") { TokenRecord(try PrincipalName("ann")) },
        GoldenValue("record name") { NameRecord("ranker") },
        GoldenValue("record content") { ContentRecord(size: 258) },
        GoldenValue("record count") { CountRecord(258) },
        GoldenValue("record outcome") { OutcomeRecord(request: digest, outcome: .accepted(.none)) },
        GoldenValue("record remembered") { RememberedRecord(try .numbered(9)) },
        GoldenValue("record explanation") { Explanation("read it again") },
    ]

    private static var described: ClusterMember {
        get throws {
            var member = ClusterMember(
                member: 5, node: try NodeName("east-2"), site: try SiteName("east"), endpoint: "https://east",
                isVoter: true, peer: "east:7442")
            member.incarnation = 7
            return member
        }
    }

    private static var project: Project {
        get throws {
            Project(
                name: try ProjectName("vision"), description: "sees", createdAt: time,
                createdBy: try PrincipalName("ann"))
        }
    }

    private static var model: Model {
        get throws {
            Model(
                project: try ProjectName("vision"), name: try ModelName("ranker"), description: "ranks",
                latestVersion: 3, createdAt: time, createdBy: try PrincipalName("ann"))
        }
    }

    private static var alias: Alias {
        get throws {
            Alias(name: try AliasName("best"), version: 3, updatedAt: time, updatedBy: try PrincipalName("ann"))
        }
    }
}
