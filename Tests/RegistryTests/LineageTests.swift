import Models
import Testing

@testable import Registry

@Suite("What versions are made of")
struct LineageTests {
    private static let squad: JSONValue = .object([
        "name": .string("squad"), "digest": .string(String(repeating: "a", count: 64)), "role": .string("training"),
    ])

    private static func lineage(
        bases: [JSONValue] = [], datasets: [JSONValue] = [], run: JSONValue? = nil
    ) -> JSONValue {
        var members: [String: JSONValue] = [:]
        if !bases.isEmpty { members["base_models"] = .array(bases) }
        if !datasets.isEmpty { members["datasets"] = .array(datasets) }
        members["training_run"] = run
        return .object(members)
    }

    private static func from(_ version: String, _ relation: String = "finetune") -> JSONValue {
        .object(["version": .string(version), "relation": .string(relation)])
    }

    private static func register(_ model: String, _ lineage: JSONValue) throws -> Command {
        try .register("vision", model, metadata: .object(["lineage": lineage]))
    }

    /// `base` is trained on squad; `tuned` comes from it, `small` from `tuned` and from a model of another registry.
    private static func family() throws -> Machine {
        var machine = try Machine.founded()
        try machine.apply(.raiseLevel(RaiseLevel(level: Command.knownLevel)), by: "peerage")
        for command in [
            try register("base", lineage(datasets: [squad], run: .object(["id": .string("run-7")]))),
            try register("tuned", lineage(bases: [from("vision/base:1")])),
            try register(
                "small",
                lineage(bases: [
                    from("vision/tuned:1", "quantized"),
                    .object(["uri": .string("https://hub.example/x"), "relation": .string("merge")]),
                ])),
            try report("small", "canary-1"),
        ] {
            let outcome = try machine.run(command)
            #expect(outcome.refusal == nil)
        }
        return machine
    }

    private static func report(_ model: String, _ name: String, isServing: Bool = true) throws -> Command {
        .reportDeployment(
            ReportDeployment(
                project: try ProjectName("vision"), model: try ModelName(model), version: 1,
                name: try DeploymentName(name), environment: "canary", uri: "", isServing: isServing))
    }

    private static func recall(_ thing: String, _ isRecalled: Bool = true, because reason: String = "it leaks")
        -> Command
    {
        .recall(RecallThing(thing: thing, isRecalled: isRecalled, reason: reason))
    }

    private static func append(_ lineage: JSONValue, to model: String) throws -> Command {
        .appendLineage(
            AppendLineage(
                project: try ProjectName("vision"), model: try ModelName(model), version: 1, lineage: lineage,
                note: "found in the logs"))
    }

    private func graph(_ machine: Machine, _ thing: String, _ direction: LineageDirection, depth: Int = 64) throws
        -> LineageGraph
    {
        try machine.catalog.lineage(of: #require(LineageThing(id: thing)), direction, depth: depth)
    }

    @Test(
        "A lineage is followed both ways, to any depth",
        arguments: [
            ("version:vision/small:1", .up, 64, 6, false), ("version:vision/small:1", .up, 1, 3, true),
            ("version:vision/base:1", .down, 64, 4, false), ("version:vision/base:1", .up, 64, 3, false),
            ("dataset:name:squad", .down, 64, 5, false), ("dataset:name:squad", .down, 2, 3, true),
            ("version:vision/tuned:1", .both, 64, 6, false), ("run:name:run-7", .down, 1, 2, true),
            ("model:uri:https://hub.example/x", .down, 64, 3, false), ("dataset:name:other", .both, 64, 1, false),
        ] as [(String, LineageDirection, Int, Int, Bool)])
    func follow(thing: String, direction: LineageDirection, depth: Int, nodes: Int, isTruncated: Bool) throws {
        let found = try graph(Self.family(), thing, direction, depth: depth)
        #expect(found.nodes.count == nodes, "\(found.nodes.map(\.id))")
        #expect(found.nodes.first?.id == thing)
        #expect(found.truncated == isTruncated)
    }

    @Test("A data set is found by its name and by its digest")
    func identities() throws {
        let machine = try Self.family()
        for thing in ["dataset:name:squad", "dataset:digest:" + String(repeating: "a", count: 64)] {
            let edges = try graph(machine, thing, .down, depth: 1).edges
            #expect(edges.map(\.to) == ["version:vision/base:1"])
            #expect(edges.map(\.relation) == ["training"])
        }
    }

    @Test("A recall names what is affected, and is seen on all of it, until it is taken back")
    func recalls() throws {
        var machine = try Self.family()
        #expect(try machine.refusal(Self.recall("dataset:name:squad")) == nil)
        let affected = try graph(machine, "dataset:name:squad", .down)
        #expect(affected.nodes.map(\.id).contains("deployment:name:vision/small:1/canary-1"))
        let small = try #require(
            try machine.catalog.version(project: ProjectName("vision"), model: ModelName("small"), number: 1))
        #expect(try machine.catalog.recalls(of: small).map(\.reason) == ["it leaks"])
        #expect(try machine.refusal(Self.recall("dataset:name:squad")) == .conflict)
        #expect(try machine.refusal(Self.recall("dataset:name:squad", false)) == nil)
        #expect(try machine.catalog.recalls(of: small) == [])
        #expect(try machine.refusal(Self.recall("dataset:name:squad", false)) == .notFound)
    }

    @Test(
        "What cannot be recalled is refused",
        arguments: [
            ("nonsense", "r", .invalid), ("dataset:name:", "r", .invalid), ("dataset:digest:xyz", "r", .invalid),
            ("version:vision/never:1", "r", .notFound), ("version:vision/base", "r", .invalid),
            ("dataset:name:squad", "", .invalid), ("version:vision/base:1", "r", nil),
        ] as [(String, String, Rejection.Code?)])
    func badRecalls(thing: String, reason: String, code: Rejection.Code?) throws {
        var machine = try Self.family()
        #expect(try machine.refusal(Self.recall(thing, because: reason)) == code)
    }

    @Test(
        "A lineage that is not as it should be is refused, with the member's name",
        arguments: [
            (lineage(bases: [from("vision/never:1")]), "vision/never:1"),
            (lineage(bases: [from("vision/fresh:1")]), "of itself"),
            (lineage(bases: [from("vision/base")]), "lineage.base_models[0].version"),
            (lineage(bases: [from("vision/base:1", "copied")]), "lineage.base_models[0].relation"),
            (lineage(datasets: [.object(["role": .string("training")])]), "lineage.datasets[0]"),
            (lineage(datasets: [squad, .string("x")]), "lineage.datasets[1]"),
            (lineage(run: .object([:])), "lineage.training_run.id"),
            (.object(["datasets": .object([:])]), "lineage.datasets"),
            (.object(["parents": .array([])]), "lineage.parents"), (.string("x"), "lineage"),
            (lineage(datasets: Array(repeating: squad, count: 257)), "256"),
        ] as [(JSONValue, String)])
    func badLineages(lineage: JSONValue, word: String) throws {
        var machine = try Self.family()
        let refusal = try #require(try machine.run(Self.register("fresh", lineage)).refusal)
        #expect(refusal.detail.contains(word), "\(refusal.detail)")
        #expect(try machine.catalog.model(project: ProjectName("vision"), name: ModelName("fresh")) == nil)
    }

    @Test("An older cluster takes any metadata, and knows no lineage")
    func level() throws {
        var machine = try Machine.founded()
        #expect(try machine.refusal(Self.register("old", .string("x"))) == nil)
        #expect(try machine.refusal(Self.recall("dataset:name:squad")) == .invalid)
        #expect(try graph(machine, "version:vision/old:1", .both).nodes.count == 1)
    }

    @Test("What is learnt later is added, with its note, and a circle is walked once")
    func additions() throws {
        var machine = try Self.family()
        let command = try Self.append(Self.lineage(bases: [Self.from("vision/small:1", "distilled")]), to: "base")
        #expect(try machine.refusal(command) == nil)
        let circle = try graph(machine, "version:vision/base:1", .up)
        #expect(circle.nodes.filter { $0.thing.kind == .version }.count == 3)
        let added = try machine.catalog.lineageAdditions(
            project: ProjectName("vision"), model: ModelName("base"), version: 1)
        #expect(added.map(\.note) == ["found in the logs"])
        #expect(
            try machine.refusal(Self.append(Self.lineage(bases: [Self.from("vision/base:1")]), to: "base")) == .invalid)
        #expect(try machine.refusal(Self.append(.object([:]), to: "base")) == .invalid)
        #expect(try machine.refusal(Self.append(Self.lineage(datasets: [Self.squad]), to: "never")) == .notFound)
    }

    @Test("Additions have a limit")
    func mostAdditions() throws {
        var machine = try Self.family()
        for number in 1...Limits.standard.lineageAdditions + 1 {
            let run = JSONValue.object(["id": .string("run-\(number)")])
            let code = try machine.refusal(Self.append(Self.lineage(run: run), to: "base"))
            #expect(code == (number > Limits.standard.lineageAdditions ? .limitExceeded : nil))
        }
    }

    @Test("Deployments are reported again and again, and ended once")
    func deployments() throws {
        var machine = try Self.family()
        let before = try machine.catalog.deployments(
            project: ProjectName("vision"), model: ModelName("small"), version: 1)
        try machine.apply(Self.report("small", "canary-1"))
        let after = try machine.catalog.deployments(
            project: ProjectName("vision"), model: ModelName("small"), version: 1)
        #expect(after.map(\.since) == before.map(\.since))
        #expect(after.map(\.reportedAt) != before.map(\.reportedAt))
        #expect(try machine.refusal(Self.report("small", "canary-1", isServing: false)) == nil)
        #expect(try machine.refusal(Self.report("small", "canary-1", isServing: false)) == .notFound)
        #expect(try machine.refusal(Self.report("never", "canary-1")) == .notFound)
        #expect(try graph(machine, "version:vision/small:1", .down).nodes.count == 1)
    }

    @Test("A version has so many deployments and no more")
    func mostDeployments() throws {
        var machine = try Self.family()
        for number in 2...Limits.standard.deployments + 1 {
            let code = try machine.refusal(Self.report("small", "d\(number)"))
            #expect(code == (number > Limits.standard.deployments ? .limitExceeded : nil))
        }
        #expect(try machine.refusal(Self.report("small", "canary-1")) == nil)
    }

    @Test("A graph has so many things and says that there are more")
    func mostNodes() throws {
        var machine = try Self.family()
        for number in 1...Limits.standard.lineageNodes {
            try machine.apply(Self.register("m\(number)", Self.lineage(bases: [Self.from("vision/small:1")])))
        }
        let found = try graph(machine, "version:vision/small:1", .down)
        #expect(found.nodes.count == Limits.standard.lineageNodes)
        #expect(found.truncated)
    }
}
