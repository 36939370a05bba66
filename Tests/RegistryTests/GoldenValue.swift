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

    static let all =
        commands + accessCommands + lifecycleCommands + policyCommands + outcomes + records + lifecycleRecords
        + policyRecords + privateRecords

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
        GoldenValue("command create-project unseen") {
            Command.createProject(
                CreateProject(name: try ProjectName("vision"), description: "sees", visibility: .private))
        },
        GoldenValue("command change-project's visibility") {
            Command.changeProject(
                ChangeProject(name: try ProjectName("vision"), refuses: .none, visibility: .value(.private)))
        },
        GoldenValue("command change-project's refusals") {
            Command.changeProject(
                ChangeProject(name: try ProjectName("vision"), refuses: .value([.unknown, .malformed])))
        },
        GoldenValue("command register-version with findings") {
            Command.registerVersion(
                RegisterVersion(
                    project: try ProjectName("vision"), model: try ModelName("ranker"), files: [try .at("w.bin")],
                    metadata: .object([:]), tags: [:], message: "", aliases: [], holders: [1],
                    inspection: try inspection))
        },
        GoldenValue("command roll-back-alias") {
            Command.rollBackAlias(
                RollBackAlias(
                    project: try ProjectName("vision"), model: try ModelName("ranker"), alias: try AliasName("best"),
                    to: 2, expectation: .version(3), reason: "slow"))
        },
        GoldenValue("command append-lineage") {
            Command.appendLineage(
                AppendLineage(
                    project: try ProjectName("vision"), model: try ModelName("ranker"), version: 3,
                    lineage: .object(["training_run": .object(["id": .string("7")])]), note: "seen"))
        },
        GoldenValue("command report-deployment") {
            Command.reportDeployment(
                ReportDeployment(
                    project: try ProjectName("vision"), model: try ModelName("ranker"), version: 3,
                    name: try DeploymentName("canary-1"), environment: "canary", uri: "https://c", isServing: true))
        },
        GoldenValue("command recall") {
            Command.recall(RecallThing(thing: "dataset:name:squad", isRecalled: true, reason: "leaks"))
        },
        GoldenValue("command raise-level") { Command.raiseLevel(RaiseLevel(level: 2)) },
        GoldenValue("envelope") {
            CommandEnvelope(
                id: try .numbered(9), principal: try PrincipalName("ann"), site: try SiteName("north"), at: time,
                command: try .createProject("vision"))
        },
    ]

    private static let accessCommands: [GoldenValue] = [
        GoldenValue("command create-principal") {
            Command.access(.createPrincipal(try PrincipalName("bob"), .steward, description: "bakes"))
        },
        GoldenValue("command change-principal") { Command.access(.changePrincipal(try PrincipalName("bob"), .reader)) },
        GoldenValue("command remove-principal") { Command.access(.removePrincipal(try PrincipalName("bob"))) },
        GoldenValue("command grant") {
            Command.access(.grant(try ProjectName("vision"), try PrincipalName("bob"), .contributor))
        },
        GoldenValue("command grant nothing") {
            Command.access(.grant(try ProjectName("vision"), try PrincipalName("bob"), nil))
        },
        GoldenValue("command issue-token") {
            Command.access(.issueToken(try PrincipalName("bob"), digest, label: "ci", expiresAt: time))
        },
        GoldenValue("command revoke-token") {
            Command.access(.revokeToken(try .numbered(9), of: try PrincipalName("bob")))
        },
    ]

    private static let lifecycleCommands: [GoldenValue] = [
        GoldenValue("command set-lifecycle") {
            Command.lifecycle(.setLifecycle(try ProjectName("vision"), try lifecycle))
        },
        GoldenValue("command set-lifecycle standard") {
            Command.lifecycle(.setLifecycle(try ProjectName("vision"), nil))
        },
        GoldenValue("command move") {
            Command.lifecycle(
                .move(
                    .init(
                        version: try key, to: try StageName("live"), expected: try StageName("draft"), reason: "good",
                        successor: "vision/ranker:4", effectiveAt: time)))
        },
        GoldenValue("command approve") {
            Command.lifecycle(.approve(try key, digest, to: try StageName("live"), reason: "seen", expiresAt: time))
        },
        GoldenValue("command withdraw-approval") {
            Command.lifecycle(.withdrawApproval(try key, to: try StageName("live")))
        },
        GoldenValue("command delete") { Command.retention(.delete(try key, reason: "leaks", graceDays: 30)) },
        GoldenValue("command delete by rule") {
            Command.retention(
                .deleteByRule(try key, reason: "rule a", graceDays: 30, policy: Digest(of: [1]), moves: 2))
        },
        GoldenValue("command undelete") { Command.retention(.undelete(try key, reason: "not it")) },
        GoldenValue("command purge") { Command.retention(.purge(try ProjectName("vision"), [try key])) },
        GoldenValue("command hold") { Command.retention(.hold(try key, reason: "case 7")) },
        GoldenValue("command release") { Command.retention(.release(try key, reason: "closed")) },
        GoldenValue("command evaluate") {
            Command.lifecycle(.evaluate(try key, [metric], evidence: "https://run", note: "slow"))
        },
    ]

    private static let policyCommands: [GoldenValue] = [
        GoldenValue("command set-schema") {
            Command.policy(.setSchema(try ProjectName("vision"), try StageName("live"), schema))
        },
        GoldenValue("command set-schema away") { Command.policy(.setSchema(try ProjectName("vision"), nil, nil)) },
        GoldenValue("command set-retention") { Command.policy(.setRetention(try ProjectName("vision"), try policy)) },
        GoldenValue("command assess") {
            Command.policy(.assess(try ProjectName("vision"), try ModelName("ranker"), .high, reason: "hires"))
        },
        GoldenValue("command delete-model") {
            Command.retention(.deleteModel(try ProjectName("vision"), try ModelName("ranker"), reason: "old"))
        },
        GoldenValue("command delete-project") {
            Command.retention(.deleteProject(try ProjectName("vision"), reason: "old"))
        },
        GoldenValue("command register-version checked") {
            Command.registerVersion(
                RegisterVersion(
                    project: try ProjectName("vision"), model: try ModelName("ranker"), files: [try .at("w.bin")],
                    metadata: .object([:]), tags: [:], message: "", aliases: [], holders: [1],
                    inspection: try inspection, check: SchemaCheck(schema: digest, problem: "“license” is missing")))
        },
        GoldenValue("command register-version checked without findings") {
            Command.registerVersion(
                RegisterVersion(
                    project: try ProjectName("vision"), model: try ModelName("ranker"), files: [try .at("w.bin")],
                    metadata: .object([:]), tags: [:], message: "", aliases: [], holders: [1],
                    check: SchemaCheck(schema: digest, problem: nil)))
        },
        GoldenValue("command move checked") {
            Command.lifecycle(
                .move(
                    .init(
                        version: try key, to: try StageName("live"), expected: nil, reason: "good", successor: nil,
                        effectiveAt: nil, check: SchemaCheck(schema: digest, problem: nil))))
        },
        GoldenValue("command set-lifecycle by risk") {
            Command.lifecycle(.setLifecycle(try ProjectName("vision"), try lifecycleByRisk))
        },
        GoldenValue("command announce-audit-key") {
            Command.announceAuditKey(
                AnnounceAuditKey(node: try NodeName("north-1"), key: "peerage/x+0+A"))
        },
        GoldenValue("command set-lifecycle with an archive") {
            Command.lifecycle(.setLifecycle(try ProjectName("vision"), try lifecycleWithArchive))
        },
    ]

    private static let policyRecords: [GoldenValue] = [
        GoldenValue("record project's schema") {
            ProjectSchema(stage: try StageName("live"), schema: schema, at: time, by: try PrincipalName("ann"))
        },
        GoldenValue("record retention policy") { try policy },
        GoldenValue("record risk assessment") {
            RiskAssessment(tier: .high, reason: "hires", at: time, by: try PrincipalName("ann"))
        },
        GoldenValue("record lifecycle by risk") { try lifecycleByRisk },
        GoldenValue("record lifecycle with an archive") { try lifecycleWithArchive },
        GoldenValue("record audit key") {
            AuditKey(node: try NodeName("north-1"), site: try SiteName("north"), key: "peerage/x+0+A", at: time)
        },
        GoldenValue("record tombstone") { Tombstone(reason: "old", at: time, by: try PrincipalName("ann")) },
    ]

    private static let schema = JSONValue.object(["required": .array([.string("license")])])

    private static var policy: RetentionPolicy {
        get throws {
            RetentionPolicy(rules: [
                .init(
                    name: "drafts", stages: [try StageName("draft")], olderThanDays: 90, keepNewest: 3, graceDays: 7)
            ])
        }
    }

    private static var lifecycleByRisk: Lifecycle {
        get throws {
            let (draft, live) = (try StageName("draft"), try StageName("live"))
            return Lifecycle(
                stages: [.init(name: draft), .init(name: live)],
                transitions: [
                    .init(
                        from: draft, to: live,
                        risk: [.high: .init(approvals: 2, gates: [.metadata("limitations")]), .limited: .init()])
                ])
        }
    }

    private static var lifecycleWithArchive: Lifecycle {
        get throws {
            let (draft, gone) = (try StageName("draft"), try StageName("gone"))
            return Lifecycle(
                stages: [
                    .init(name: draft),
                    .init(name: gone, serves: false, sites: [try SiteName("west"), try SiteName("north")]),
                ],
                transitions: [.init(from: draft, to: gone)])
        }
    }

    private static let lifecycleRecords: [GoldenValue] = [
        GoldenValue("record principal with more") {
            var principal = Principal(
                name: try PrincipalName("bob"), role: .steward, description: "bakes", createdAt: time)
            principal.removedAt = time
            return principal
        },
        GoldenValue("record grant") {
            Grant(
                project: try ProjectName("vision"), principal: try PrincipalName("bob"), role: .reader, at: time,
                by: try PrincipalName("ann"))
        },
        GoldenValue("record token with more") {
            TokenRecord(try PrincipalName("bob"), label: "ci", createdAt: time, expiresAt: time)
        },
        GoldenValue("record lifecycle") { try lifecycle },
        GoldenValue("record version's stage") {
            VersionStage(
                stage: try StageName("live"), since: time, by: try PrincipalName("ann"), reason: "good",
                successor: "vision/ranker:4", effectiveAt: time, moves: 2)
        },
        GoldenValue("record stage move") {
            StageMove(
                from: try StageName("draft"), to: try StageName("live"), at: time, by: try PrincipalName("ann"),
                reason: "good", approvedBy: [try PrincipalName("bob")])
        },
        GoldenValue("record approval") {
            Approval(
                digest: digest, from: try StageName("draft"), to: try StageName("live"), by: try PrincipalName("bob"),
                at: time, expiresAt: time, reason: "seen", moves: 1)
        },
        GoldenValue("record deleted version") { try deleted },
        GoldenValue("record purged version") { try deleted.purged },
        GoldenValue("record hold") { Hold(reason: "case 7", at: time, by: try PrincipalName("ann")) },
        GoldenValue("record evaluation") {
            Evaluation(metrics: [metric], evidence: "https://run", note: "slow", at: time, by: try PrincipalName("ann"))
        },
    ]

    private static var deleted: DeletedVersion {
        get throws {
            let version = Version(
                project: try ProjectName("vision"), model: try ModelName("ranker"), number: 3,
                files: [try .at("weights.bin")], metadata: .object([:]), tags: [:], message: "first", createdAt: time,
                createdBy: try PrincipalName("ann"), site: try SiteName("north"))
            return DeletedVersion(version, at: time, by: try PrincipalName("ann"), reason: "leaks", purgeAt: time)
        }
    }

    private static var key: VersionKey {
        get throws { VersionKey(project: try ProjectName("vision"), model: try ModelName("ranker"), number: 3) }
    }

    private static var metric: Metric {
        Metric(
            name: "f1", value: 0.75, unit: "%", dataset: "squad", split: "test", higherIsBetter: true,
            confidenceInterval: [0.5, 1])
    }

    private static var lifecycle: Lifecycle {
        get throws {
            let (draft, live) = (try StageName("draft"), try StageName("live"))
            return Lifecycle(
                stages: [.init(name: draft), .init(name: live, serves: false)],
                transitions: [
                    .init(
                        from: draft, to: live, role: .steward, approvals: 2, authorMayApprove: true, approvalDays: 3,
                        gates: [
                            .verdicts([.safe]), .metric(name: "f1", comparison: .atLeast, value: 0.5),
                            .incumbent(metric: "f1"), .metadata("license"), .tag("reviewed"),
                        ])
                ])
        }
    }

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
        GoldenValue("record project with refusals") {
            var ruled = try project
            ruled.refuses = []
            return ruled
        },
        GoldenValue("record project unseen") {
            var ruled = try project
            (ruled.refuses, ruled.visibility) = ([.unknown], .private)
            return ruled
        },
        GoldenValue("record version with findings") {
            Version(
                project: try ProjectName("vision"), model: try ModelName("ranker"), number: 3,
                files: [try .at("weights.bin")], metadata: .object([:]), tags: [:], message: "", createdAt: time,
                createdBy: try PrincipalName("ann"), site: try SiteName("north"), inspection: try inspection)
        },
        GoldenValue("record alias") { try alias },
        GoldenValue("record alias change") {
            AliasChange(from: 1, to: 2, at: time, by: try PrincipalName("ann"), reason: "better")
        },
        GoldenValue("record alias change from and to nothing") {
            AliasChange(from: nil, to: nil, at: time, by: try PrincipalName("ann"), reason: "")
        },
        GoldenValue("record recall") {
            Recall(thing: "dataset:name:squad", reason: "leaks", at: time, by: try PrincipalName("ann"))
        },
        GoldenValue("record deployment") {
            Deployment(
                name: try DeploymentName("canary-1"), project: try ProjectName("vision"),
                model: try ModelName("ranker"), version: 3, environment: "canary", uri: "https://c", since: time,
                reportedAt: time, reportedBy: try PrincipalName("ann"))
        },
        GoldenValue("record lineage addition") {
            LineageAddition(lineage: .object([:]), note: "seen", at: time, by: try PrincipalName("ann"))
        },
        GoldenValue("record lineage edge") {
            LineageEdgeRecord(
                relation: "training", thing: LineageThing(.dataset, name: "squad", digest: digest, uri: "s3://squad"))
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
        GoldenValue("record content") { ContentRecord(size: 258, versions: nil) },
        GoldenValue("record content counted") { ContentRecord(size: 258, versions: 3) },
        GoldenValue("record version key") {
            VersionKey(project: try ProjectName("vision"), model: try ModelName("ranker"), number: 258)
        },
        GoldenValue("record count") { CountRecord(258) },
        GoldenValue("record outcome") { OutcomeRecord(request: digest, outcome: .accepted(.none)) },
        GoldenValue("record remembered") { RememberedRecord(try .numbered(9)) },
        GoldenValue("record explanation") { Explanation("read it again") },
    ]

    private static var inspection: Inspection {
        get throws {
            Inspection(
                files: [
                    .init(
                        path: try FilePath("w.bin"), format: "pickle", verdict: .dangerous,
                        reasons: ["it imports os.system"])
                ], secrets: [.init(path: try FilePath("a.md"), line: 3, rule: "github-token")], parameters: 7,
                elements: ["F32": 5, "BF16": 2], attributes: ["format": "pt"])
        }
    }

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
