import Models
import Testing

@testable import Registry

@Suite("What projects ask of their versions, and for how long they keep them")
struct PolicyTests {
    private static let day: Int64 = 86_400_000
    private static let schema = JSONValue.object(["required": .array([.string("license")])])

    private static var project: ProjectName { get throws { try ProjectName("vision") } }

    private static func digest(_ schema: JSONValue = schema) -> Digest { Digest(of: schema.canonicalBytes) }

    private static func set(_ schema: JSONValue?, before stage: String? = nil) throws -> Command {
        .policy(.setSchema(try project, try stage.map { try StageName($0) }, schema))
    }

    private static func register(_ check: SchemaCheck?) throws -> Command {
        .registerVersion(
            RegisterVersion(
                project: try project, model: try ModelName("ranker"), files: [try .at("w.bin")],
                metadata: .object([:]), tags: [:], message: "", aliases: [], holders: [1, 2], check: check))
    }

    private static func move(_ stage: String, _ check: SchemaCheck? = nil, model: String = "ranker") throws -> Command {
        .lifecycle(
            .move(
                .init(
                    version: VersionKey(project: try project, model: try ModelName(model), number: 1),
                    to: try StageName(stage), expected: nil, reason: "", successor: nil, effectiveAt: nil, check: check)
            ))
    }

    // MARK: Schemas

    @Test("A registration that was not held against the schema in force is sent back, and may come again")
    func schemas() throws {
        var machine = try AccessTests.prepared()
        try machine.apply(Self.set(Self.schema))
        let id = try UniqueID.numbered(500)
        #expect(try machine.apply(Self.register(nil), id: id).outcome.refusal?.code == .schemaChanged)
        let stale = SchemaCheck(schema: Self.digest(.object([:])), problem: nil)
        #expect(try machine.apply(Self.register(stale), id: id).outcome.refusal?.code == .schemaChanged)
        let lacking = SchemaCheck(schema: Self.digest(), problem: "“license” is missing")
        let refusal = try machine.apply(Self.register(lacking)).outcome.refusal
        #expect(refusal?.code == .invalid && refusal?.detail.hasSuffix("“license” is missing") == true)
        let good = SchemaCheck(schema: Self.digest(), problem: nil)
        #expect(try machine.apply(Self.register(good), id: id).outcome.registeredNumber == 2)
        // A repetition, through a node that brings its own check, gets what the first got.
        #expect(try machine.apply(Self.register(nil), id: id).outcome.registeredNumber == 2)
        try machine.apply(Self.set(nil))
        #expect(try machine.run(Self.register(nil)).registeredNumber == 3)
        #expect(try machine.refusal(Self.set(nil)) == .notFound)
    }

    @Test("A stage's schema is asked there and nowhere else")
    func stages() throws {
        var machine = try AccessTests.prepared()
        try machine.apply(Self.set(Self.schema, before: "candidate"))
        #expect(try machine.run(Self.register(nil)).registeredNumber == 2)
        #expect(try machine.refusal(Self.move("candidate")) == .schemaChanged)
        #expect(try machine.refusal(Self.move("candidate", .init(schema: Self.digest(), problem: "no"))) == .invalid)
        #expect(try machine.refusal(Self.move("candidate", .init(schema: Self.digest(), problem: nil))) == nil)
        #expect(try machine.refusal(Self.move("staging")) == nil)
        #expect(try machine.refusal(Self.set(Self.schema, before: "nowhere")) == .notFound)
        #expect(try machine.catalog.schemas(of: Self.project).map(\.stage?.text) == ["candidate"])
    }

    @Test("A schema has a size")
    func sizes() throws {
        var machine = try AccessTests.prepared()
        func schema(_ bytes: Int) -> JSONValue { .object(["x-a": .string(String(repeating: "a", count: bytes))]) }
        let room = Limits.standard.metadataBytes - schema(0).canonicalBytes.count
        #expect(try machine.refusal(Self.set(schema(room))) == nil)
        #expect(try machine.refusal(Self.set(schema(room + 1))) == .limitExceeded)
        func nested(_ depth: Int) -> JSONValue { (0..<depth).reduce(.null) { value, _ in .array([value]) } }
        #expect(try machine.refusal(Self.set(nested(Limits.standard.metadataDepth))) == nil)
        #expect(try machine.refusal(Self.set(nested(Limits.standard.metadataDepth + 1))) == .limitExceeded)
    }

    @Test("What says more is of a higher level")
    func level() throws {
        let check = SchemaCheck(schema: Self.digest(), problem: nil)
        #expect(try Self.register(check).level == Command.levelOfPolicies)
        #expect(try Self.register(nil).level == 1)
        #expect(try Self.move("staging", check).level == Command.levelOfPolicies)
        #expect(try Self.move("staging").level == Command.levelOfLifecycles)
        #expect(try Self.set(nil).level == Command.levelOfPolicies)
    }

    // MARK: Risk

    private static func assess(_ tier: RiskTier?, because reason: String = "hires people") throws -> Command {
        .policy(.assess(try project, try ModelName("ranker"), tier, reason: reason))
    }

    @Test("A model in a tier meets what is asked there besides")
    func risk() throws {
        var machine = try AccessTests.prepared()
        let (draft, live) = (try StageName("draft"), try StageName("live"))
        let lifecycle = Lifecycle(
            stages: [.init(name: draft), .init(name: live)],
            transitions: [
                .init(
                    from: draft, to: live, risk: [.high: .init(approvals: 1, gates: [.metadata("limitations")])]),
                .init(from: live, to: draft),
            ])
        #expect(try machine.refusal(.lifecycle(.setLifecycle(Self.project, lifecycle))) == nil)
        #expect(try machine.refusal(Self.move("live")) == nil)
        #expect(try machine.refusal(Self.move("draft")) == nil)
        #expect(try machine.refusal(Self.assess(.high)) == nil)
        let refusal = try machine.run(Self.move("live")).refusal
        #expect(refusal?.detail.contains("limitations") == true)
        #expect(try machine.catalog.risk(of: Self.project, ModelName("ranker"))?.tier == .high)
        #expect(try machine.refusal(Self.assess(nil, because: "advises only")) == nil)
        #expect(try machine.refusal(Self.move("live")) == nil)
        #expect(try machine.refusal(Self.assess(.high, because: "")) == .invalid)
        #expect(
            try machine.refusal(.policy(.assess(Self.project, ModelName("nobody"), .high, reason: "r"))) == .notFound)
    }

    @Test("What is prohibited goes nowhere where it serves")
    func prohibited() throws {
        var machine = try AccessTests.prepared()
        #expect(try machine.refusal(Self.assess(.prohibited, because: "scores people")) == nil)
        let refusal = try machine.run(Self.move("candidate")).refusal
        #expect(refusal?.code == .conflict && refusal?.detail.contains("scores people") == true)
        #expect(try machine.refusal(Self.move("retired")) == nil)
    }

    // MARK: Retention

    /// Five versions of `vision/tagger`, registered on days 1 to 5; the third is a candidate since day 6.
    private static func aged() throws -> Machine {
        var machine = try AccessTests.prepared()
        for number in 1...5 as ClosedRange<Int64> { try machine.apply(.register("vision", "tagger"), at: number * day) }
        let key = VersionKey(project: try project, model: try ModelName("tagger"), number: 3)
        try machine.apply(
            .lifecycle(
                .move(
                    .init(
                        version: key, to: try StageName("candidate"), expected: nil, reason: "", successor: nil,
                        effectiveAt: nil))), at: 6 * day)
        return machine
    }

    private static func decisions(_ machine: Machine, _ rules: RetentionPolicy.Rule..., on date: Int64) throws
        -> [RetentionDecision]
    {
        try machine.catalog.decisions(
            of: RetentionPolicy(rules: rules), project: project, model: ModelName("tagger"),
            at: Timestamp(milliseconds: date * day))
    }

    @Test("The first rule that fits decides, and says why")
    func rules() throws {
        let machine = try Self.aged()
        let found = try Self.decisions(
            machine, .init(name: "drafts", stages: [StageName("draft")], olderThanDays: 2, keepNewest: 1, graceDays: 7),
            .init(name: "all", olderThanDays: 100), on: 6)
        #expect(found.map(\.version) == [5, 4, 3, 2, 1])
        #expect(found.map(\.deletes) == [false, true, false, true, true])
        #expect(
            found.map(\.reason) == [
                "“all”: in “draft” for 1 days, not 100", "“drafts”: in “draft” for 2 days",
                "“all”: in “candidate” for 0 days, not 100", "“drafts”: in “draft” for 4 days",
                "“drafts”: in “draft” for 5 days",
            ])
        #expect(found[1].graceDays == 7 && found[0].graceDays == nil)
    }

    @Test("What is used or held stays, whatever the rules say")
    func kept() throws {
        var machine = try Self.aged()
        try machine.apply(.set("best", to: 1, model: "tagger"))
        let second = VersionKey(project: try Self.project, model: try ModelName("tagger"), number: 2)
        try machine.apply(.retention(.hold(second, reason: "case 7")), at: 0)
        let found = try Self.decisions(machine, .init(name: "all", olderThanDays: 1), on: 50)
        #expect(found.map(\.deletes) == [true, true, true, false, false])
        #expect(found[3].reason.contains("case 7") && found[4].reason.contains("@best"))
    }

    @Test("A deletion by rule needs the rules that it went by, and the version where they found it")
    func deletions() throws {
        var machine = try Self.aged()
        let policy = RetentionPolicy(rules: [.init(name: "a", olderThanDays: 1)])
        let digest = Digest(of: policy.canonicalBytes)
        func refusal(_ number: UInt64, moves: UInt64, by name: String = "peerage") throws -> Rejection.Code? {
            let key = VersionKey(project: try Self.project, model: try ModelName("tagger"), number: number)
            let command = RetentionCommand.deleteByRule(
                key, reason: "rule", graceDays: 7, policy: digest, moves: moves)
            return try machine.apply(.retention(command), by: name).outcome.refusal?.code
        }
        #expect(try refusal(1, moves: 0) == .conflict, "there are no rules")
        try machine.apply(.policy(.setRetention(Self.project, policy)))
        #expect(try refusal(1, moves: 0, by: "contributor") == .forbidden)
        #expect(try refusal(3, moves: 0) == .conflict, "it has moved")
        #expect(try refusal(3, moves: 1) == nil)
        try machine.apply(
            .policy(.setRetention(Self.project, RetentionPolicy(rules: [.init(name: "a", olderThanDays: 9)]))))
        #expect(try refusal(1, moves: 0) == .conflict, "they are others")
        let key = VersionKey(project: try Self.project, model: try ModelName("tagger"), number: 1)
        let plain = Command.retention(.delete(key, reason: "r", graceDays: 7))
        #expect(try machine.apply(plain, by: "peerage").outcome.refusal?.code == .forbidden)
    }

    @Test(
        "Rules that would do harm are refused",
        arguments: [
            RetentionPolicy(rules: []), RetentionPolicy(rules: [.init(name: "", olderThanDays: 1)]),
            RetentionPolicy(rules: [.init(name: "a", olderThanDays: 0)]),
            RetentionPolicy(rules: [.init(name: "a", olderThanDays: 1, graceDays: 0)]),
            RetentionPolicy(rules: [.init(name: "a", olderThanDays: 1), .init(name: "a", olderThanDays: 2)]),
            RetentionPolicy(rules: (0...32).map { .init(name: "\($0)", olderThanDays: 1) }),
        ])
    func slips(policy: RetentionPolicy) throws {
        var machine = try AccessTests.prepared()
        #expect(try machine.refusal(.policy(.setRetention(Self.project, policy))) == .invalid)
    }

    @Test("A policy is there until it is taken away")
    func policies() throws {
        var machine = try AccessTests.prepared()
        let policy = RetentionPolicy(rules: (0..<32).map { .init(name: "\($0)", olderThanDays: 1) })
        #expect(try machine.refusal(.policy(.setRetention(Self.project, policy))) == nil)
        #expect(try machine.catalog.retentionPolicies().map(\.1) == [policy])
        try machine.apply(.policy(.setRetention(Self.project, nil)))
        #expect(try machine.catalog.retention(of: Self.project) == nil)
    }
}
