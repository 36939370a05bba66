import Models
import Testing

@testable import Registry

@Suite("Versions move through stages")
struct LifecycleTests {
    /// Two versions of `vision/ranker`, the first by `contributor`, the second by `ann`; f1 0.5 and 0.75.
    private static func prepared() throws -> Machine {
        var machine = try AccessTests.prepared()
        try machine.apply(AccessTests.create("bob", .steward))
        for (model, f1, by) in [("tagger", 0.5, "contributor"), ("tagger", 0.75, "ann")] {
            try machine.apply(
                .register(
                    "vision", model, metadata: .object(["metrics": .object(["f1": .number(f1)])]), tags: ["a": "1"]),
                by: by)
        }
        return machine
    }

    private static func key(_ number: UInt64 = 1) throws -> VersionKey {
        VersionKey(project: try ProjectName("vision"), model: try ModelName("tagger"), number: number)
    }

    private static func move(
        _ number: UInt64 = 1, to stage: String, if expected: String? = nil, successor: String? = nil
    ) throws -> Command {
        .lifecycle(
            .move(
                .init(
                    version: try key(number), to: try StageName(stage),
                    expected: try expected.map { try StageName($0) },
                    reason: "because", successor: successor, effectiveAt: nil)))
    }

    private static func approve(
        _ machine: Machine, _ number: UInt64 = 1, to stage: String = "production", digest: Digest? = nil,
        expiresAt: Int64? = nil
    ) throws -> Command {
        let version = try #require(
            try machine.catalog.version(project: ProjectName("vision"), model: ModelName("tagger"), number: number))
        return .lifecycle(
            .approve(
                try key(number), digest ?? version.digest, to: try StageName(stage), reason: "looked at it",
                expiresAt: expiresAt.map { Timestamp(milliseconds: $0) }))
    }

    /// Moves a version through stages by the administrator; the last that is refused, or nil.
    private static func walk(_ machine: inout Machine, _ number: UInt64 = 1, _ stages: String...) throws -> Rejection? {
        for stage in stages {
            if let refusal = try machine.run(move(number, to: stage)).refusal { return refusal }
        }
        return nil
    }

    private static func inProduction() throws -> Machine {
        var machine = try prepared()
        #expect(try walk(&machine, 1, "candidate", "staging") == nil)
        try machine.apply(approve(machine), by: "bob")
        #expect(try walk(&machine, 1, "production") == nil)
        return machine
    }

    @Test("A version begins in the first stage and goes where ways lead")
    func ways() throws {
        var machine = try Self.prepared()
        #expect(try machine.catalog.stage(of: Self.key()) == nil)
        #expect(try Self.walk(&machine, 1, "candidate", "draft", "candidate", "staging") == nil)
        #expect(try machine.catalog.stage(of: Self.key())?.stage.text == "staging")
        let moves = try machine.catalog.stageMoves(of: Self.key(), limit: 10)
        #expect(
            moves.map { "\($0.from) \($0.to)" } == [
                "draft candidate", "candidate draft", "draft candidate", "candidate staging",
            ])
        let refusal = try #require(try Self.walk(&machine, 1, "archived"))
        #expect(refusal.code == .conflict && refusal.detail.contains("“candidate”, “production”, “retired”"))
        #expect(try machine.refusal(Self.move(9, to: "candidate")) == .notFound)
        #expect(try machine.refusal(Self.move(to: "nowhere")) == .conflict)
    }

    @Test("Of two moves at once the second is refused")
    func twice() throws {
        var machine = try Self.prepared()
        #expect(try machine.refusal(Self.move(to: "candidate", if: "draft")) == nil)
        #expect(try machine.refusal(Self.move(to: "candidate", if: "draft")) == .conflict)
    }

    @Test(
        "A way is taken by who may",
        arguments: [
            ("reader", "candidate", .forbidden), ("contributor", "candidate", nil), ("steward", "candidate", nil),
            ("auditor", "candidate", .forbidden), ("contributor", "retired", .forbidden), ("steward", "retired", nil),
            ("nobody", "candidate", .forbidden),
        ] as [(String, String, Rejection.Code?)])
    func roles(by: String, stage: String, code: Rejection.Code?) throws {
        var machine = try Self.prepared()
        #expect(try machine.apply(Self.move(to: stage), by: by).outcome.refusal?.code == code)
    }

    @Test("Production takes an approval of somebody else, for this digest, from here, in time")
    func approvals() throws {
        var machine = try Self.prepared()
        #expect(try Self.walk(&machine, 1, "candidate", "staging") == nil)
        #expect(try machine.refusal(Self.move(to: "production")) == .conflict)
        let other = Digest(of: [1])
        #expect(try machine.apply(Self.approve(machine, digest: other), by: "bob").outcome.refusal?.code == .conflict)
        #expect(try machine.apply(Self.approve(machine), by: "contributor").outcome.refusal?.code == .forbidden)
        #expect(try machine.apply(Self.approve(machine, to: "archived"), by: "bob").outcome.refusal?.code == .conflict)
        #expect(try machine.apply(Self.approve(machine, expiresAt: 1), by: "bob").outcome.refusal?.code == .invalid)
        #expect(try machine.apply(Self.approve(machine), by: "bob").outcome.refusal == nil)
        #expect(try machine.refusal(Self.move(to: "production")) == nil)
        let moved = try machine.catalog.stageMoves(of: Self.key(), limit: 10).last
        #expect(moved?.approvedBy.map(\.text) == ["bob"])
    }

    @Test("Approvals of authors count as long as the project lets them")
    func authorNoMore() throws {
        var machine = try Self.prepared()
        func set(_ mayApprove: Bool) throws {
            let way = Lifecycle.Transition(
                from: try StageName("draft"), to: try StageName("live"), approvals: 1, authorMayApprove: mayApprove)
            let stages = try ["draft", "live"].map { Lifecycle.Stage(name: try StageName($0), serves: true) }
            let lifecycle = Lifecycle(stages: stages, transitions: [way])
            #expect(try machine.refusal(.lifecycle(.setLifecycle(ProjectName("vision"), lifecycle))) == nil)
        }
        try set(true)
        #expect(try machine.apply(Self.approve(machine, 2, to: "live"), by: "ann").outcome.refusal == nil)
        try set(false)
        #expect(try machine.refusal(Self.move(2, to: "live")) == .conflict)
        try set(true)
        #expect(try machine.refusal(Self.move(2, to: "live")) == nil)
    }

    @Test("A stage that versions are in goes on serving")
    func serving() throws {
        var machine = try Self.prepared()
        #expect(try Self.walk(&machine, 1, "candidate") == nil)
        func set(_ idle: String) throws -> Rejection.Code? {
            let stages = Lifecycle.standard.stages.map {
                Lifecycle.Stage(name: $0.name, serves: $0.name.text == idle ? false : $0.serves)
            }
            let lifecycle = Lifecycle(stages: stages, transitions: Lifecycle.standard.transitions)
            return try machine.refusal(.lifecycle(.setLifecycle(ProjectName("vision"), lifecycle)))
        }
        #expect(try set("candidate") == .conflict)
        #expect(try set("draft") == .invalid)
        #expect(try set("staging") == nil)
    }

    @Test("What was never inspected does not pass for safe")
    func uninspected() throws {
        let version = try #require(
            try Self.prepared().catalog.version(
                project: ProjectName("vision"), model: ModelName("tagger"), number: 1))
        #expect(version.inspection == nil)
        #expect(Gate.verdicts([.safe]).failure(of: version, metrics: [], incumbent: nil) != nil)
        #expect(Gate.verdicts([.safe, .unknown]).failure(of: version, metrics: [], incumbent: nil) == nil)
    }

    @Test("The author does not approve, even as a steward")
    func author() throws {
        var machine = try Self.prepared()
        #expect(try Self.walk(&machine, 2, "candidate", "staging") == nil)
        #expect(try machine.apply(Self.approve(machine, 2), by: "ann").outcome.refusal?.code == .forbidden)
    }

    @Test(
        "An approval stops counting when it ends, its giver goes or may no more, it is withdrawn or the version moves")
    func objections() throws {
        let day: Int64 = 86_400_000
        for (change, word) in [
            ("time", "expired"), ("removal", "removed"), ("role", "may not"), ("move", "moved"), ("withdrawal", ""),
        ] {
            var machine = try Self.prepared()
            #expect(try Self.walk(&machine, 1, "candidate", "staging") == nil)
            try machine.apply(Self.approve(machine), by: "bob", at: day)
            let bob = try PrincipalName("bob")
            switch change {
            case "removal": try machine.apply(.access(.removePrincipal(bob)))
            case "role": try machine.apply(.access(.changePrincipal(bob, .contributor)))
            case "move": #expect(try Self.walk(&machine, 1, "candidate", "staging") == nil)
            case "withdrawal":
                try machine.apply(.lifecycle(.withdrawApproval(Self.key(), to: StageName("production"))), by: "bob")
            default: break
            }
            let time = change == "time" ? day * 16 : day * 2
            let states = try machine.catalog.approvals(of: Self.key(), at: Timestamp(milliseconds: time))
            if word.isEmpty {
                #expect(states.isEmpty)
            } else {
                #expect(states.first?.objection?.contains(word) == true, "\(change)")
            }
            #expect(
                try machine.apply(Self.move(to: "production"), at: time).outcome.refusal?.code == .conflict, "\(change)"
            )
        }
    }

    @Test(
        "Gates open to those who pass, and say all that is missing",
        arguments: [
            (.metric(name: "f1", comparison: .atLeast, value: 0.5), nil),
            (.metric(name: "f1", comparison: .greater, value: 0.5), "0.5"),
            (.metric(name: "f1", comparison: .less, value: 0.6), nil),
            (.metric(name: "wer", comparison: .less, value: 1), "no metric"),
            (.incumbent(metric: "f1"), nil), (.metadata("metrics.f1"), nil), (.metadata("license"), "license"),
            (.tag("a"), nil), (.tag("b"), "b"), (.verdicts([.safe, .unknown]), nil),
            (.verdicts([.safe]), "before files were inspected"),
        ] as [(Gate, String?)])
    func gates(gate: Gate, word: String?) throws {
        var machine = try Self.prepared()
        let lifecycle = Lifecycle(
            stages: Lifecycle.standard.stages,
            transitions: [
                .init(from: try StageName("draft"), to: try StageName("production"), gates: [gate, .tag("a")])
            ])
        #expect(try machine.refusal(.lifecycle(.setLifecycle(ProjectName("vision"), lifecycle))) == nil)
        let refusal = try machine.run(Self.move(to: "production")).refusal
        #expect((refusal == nil) == (word == nil), "\(String(describing: refusal))")
        if let word { #expect(refusal?.detail.contains(word) == true) }
    }

    @Test("Who comes after must not be worse; what was measured later counts")
    func incumbent() throws {
        var machine = try Self.prepared()
        let lifecycle = Lifecycle(
            stages: Lifecycle.standard.stages,
            transitions: [
                .init(from: try StageName("draft"), to: try StageName("production"), gates: [.incumbent(metric: "f1")])
            ])
        try machine.apply(.lifecycle(.setLifecycle(ProjectName("vision"), lifecycle)))
        #expect(try machine.refusal(Self.move(2, to: "production")) == nil)
        #expect(try machine.refusal(Self.move(1, to: "production")) == .conflict)
        let better = LifecycleCommand.evaluate(
            try Self.key(), [Metric(name: "f1", value: 0.8)], evidence: "https://run", note: "")
        #expect(try machine.refusal(.lifecycle(better)) == nil)
        #expect(try machine.refusal(Self.move(1, to: "production")) == nil)
    }

    @Test("What is used is not taken away: aliases, deployments, models made of it")
    func retirement() throws {
        var machine = try Self.inProduction()
        #expect(try Self.walk(&machine, 1, "deprecated") == nil)
        try machine.apply(.set("live", to: 1, model: "tagger"))
        #expect(try #require(try Self.walk(&machine, 1, "retired")).detail.contains("@live"))
        try machine.apply(.remove("live", model: "tagger"))
        let report = { (isServing: Bool) throws in
            Command.reportDeployment(
                ReportDeployment(
                    project: try ProjectName("vision"), model: try ModelName("tagger"), version: 1,
                    name: try DeploymentName("edge"), environment: "", uri: "", isServing: isServing))
        }
        try machine.apply(report(true))
        #expect(try #require(try Self.walk(&machine, 1, "retired")).detail.contains("edge"))
        try machine.apply(report(false))
        #expect(try Self.walk(&machine, 1, "retired") == nil)
        #expect(try machine.refusal(.set("live", to: 1, model: "tagger")) == .conflict)
        #expect(try Self.walk(&machine, 1, "archived") == nil)
    }

    @Test(
        "A successor is another version that there is",
        arguments: [
            ("vision/tagger:2", nil), ("vision/tagger:1", .invalid), ("vision/tagger:9", .notFound),
            ("vision/tagger", .invalid),
            ("nonsense", .invalid),
        ] as [(String, Rejection.Code?)])
    func successors(successor: String, code: Rejection.Code?) throws {
        var machine = try Self.inProduction()
        #expect(try machine.refusal(Self.move(to: "deprecated", successor: successor)) == code)
        #expect(try machine.catalog.stage(of: Self.key())?.successor == (code == nil ? successor : nil))
    }

    @Test("A lifecycle is whole, and leaves nobody behind")
    func lifecycles() throws {
        var machine = try Self.prepared()
        let project = try ProjectName("vision")
        func names(_ texts: String...) throws -> [Lifecycle.Stage] { try texts.map { .init(name: try StageName($0)) } }
        let (draft, live) = (try StageName("draft"), try StageName("live"))
        for (lifecycle, code) in [
            (Lifecycle(stages: [], transitions: []), .invalid),
            (Lifecycle(stages: try names("draft", "Draft"), transitions: []), .invalid),
            (Lifecycle(stages: [.init(name: draft, serves: false)], transitions: []), .invalid),
            (Lifecycle(stages: try names("draft"), transitions: [.init(from: draft, to: live)]), .invalid),
            (Lifecycle(stages: try names("draft"), transitions: [.init(from: draft, to: draft)]), .invalid),
            (
                Lifecycle(
                    stages: try names("draft", "live"),
                    transitions: [.init(from: draft, to: live), .init(from: draft, to: live)]), .invalid
            ),
            (Lifecycle(stages: try (1...17).map { .init(name: try StageName("s-\($0)")) }, transitions: []), .invalid),
            (Lifecycle(stages: try names("live"), transitions: []), .conflict),
            (
                Lifecycle(
                    stages: try names("draft", "live"), transitions: [.init(from: draft, to: live, gates: [.tag("")])]),
                .invalid
            ),
            (Lifecycle(stages: try names("draft", "live"), transitions: [.init(from: draft, to: live)]), nil),
        ] as [(Lifecycle, Rejection.Code?)] {
            #expect(try machine.refusal(.lifecycle(.setLifecycle(project, lifecycle))) == code)
        }
        #expect(try machine.refusal(Self.move(to: "live")) == nil)
        #expect(try machine.refusal(.lifecycle(.setLifecycle(project, nil))) == .conflict)
    }

    @Test(
        "Only finite numbers are metrics",
        arguments: [
            ([Metric(name: "f1", value: .nan)], "", .invalid), ([Metric(name: "f1", value: .infinity)], "", .invalid),
            ([Metric(name: "", value: 1)], "", .invalid), ([], "", .invalid), ([], "seen", nil),
            ([Metric(name: "f1", value: 1, confidenceInterval: [2, 1])], "", .invalid),
            ([Metric(name: "f1", value: 1, confidenceInterval: [0, .infinity])], "", .invalid),
            (Array(repeating: Metric(name: "f1", value: 1), count: 256), "", nil),
            (Array(repeating: Metric(name: "f1", value: 1), count: 257), "", .invalid),
        ] as [([Metric], String, Rejection.Code?)])
    func evaluations(metrics: [Metric], note: String, code: Rejection.Code?) throws {
        var machine = try Self.prepared()
        let command = LifecycleCommand.evaluate(try Self.key(), metrics, evidence: "", note: note)
        #expect(try machine.refusal(.lifecycle(command)) == code)
        #expect(try machine.catalog.evaluations(of: Self.key()).count == (code == nil ? 1 : 0))
    }

    @Test("Where a version stood is known for any time")
    func moments() throws {
        var machine = try Self.prepared()
        for (hour, stage) in [(1, "candidate"), (2, "staging"), (3, "candidate")] {
            try machine.apply(Self.move(to: stage), at: Int64(hour) * 3_600_000)
        }
        for (hour, stage) in [(0, nil), (1, "candidate"), (2, "staging"), (9, "candidate")] as [(Int64, String?)] {
            let found = try machine.catalog.stage(of: Self.key(), at: Timestamp(milliseconds: hour * 3_600_000))
            #expect(found?.stage.text == stage)
        }
    }
}
