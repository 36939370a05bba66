import Models
import Testing

@testable import Registry

@Suite("Who sees a project")
struct VisibilityTests {
    /// Beside `AccessTests.prepared`: the private project `secret` of `contributor`, with the version `secret/model:1`,
    /// which `vision/ranker:2` is made of by the word of `ann`.
    private static func prepared() throws -> Machine {
        var machine = try AccessTests.prepared()
        for (command, name) in [
            (try create("secret", .private), "contributor"), (try .register("secret", "model"), "contributor"),
            (try .register(metadata: madeOf("secret/model:1")), "ann"),
        ] {
            let outcome = try machine.apply(command, by: name).outcome
            #expect(outcome.refusal == nil)
        }
        return machine
    }

    private static func create(_ name: String, _ visibility: Visibility?) throws -> Command {
        .createProject(CreateProject(name: try ProjectName(name), description: "", visibility: visibility))
    }

    private static func show(_ visibility: Setting<Visibility>) throws -> Command {
        .changeProject(ChangeProject(name: try ProjectName("secret"), visibility: visibility))
    }

    private static func grant(_ name: String, _ role: Role?) throws -> Command {
        .access(.grant(try ProjectName("secret"), try PrincipalName(name), role))
    }

    private static func madeOf(_ version: String) -> JSONValue {
        let base: JSONValue = .object(["version": .string(version), "relation": .string("finetune")])
        return .object(["lineage": .object(["base_models": .array([base])])])
    }

    private func catalog(_ machine: Machine, of name: String) throws -> Catalog {
        let found = try machine.catalog.principal(PrincipalName(name))
        let viewer: Principal = try #require(found)
        return Catalog(machine.store, seenBy: viewer)
    }

    private func names(_ machine: Machine, of name: String) throws -> [String] {
        try catalog(machine, of: name).projects(after: nil, limit: 10).map(\.name.text)
    }

    @Test("A private project is there for those who have a role in it, administrators and auditors")
    func seeing() throws {
        var machine = try Self.prepared()
        let secret = try ProjectName("secret")
        let seers = try ["ann", "steward", "contributor", "reader", "auditor"].filter {
            try names(machine, of: $0) == ["secret", "vision"]
        }
        #expect(seers == ["ann", "contributor", "auditor"])
        #expect(try names(machine, of: "reader") == ["vision"])
        #expect(try catalog(machine, of: "reader").project(secret) == nil)
        #expect(try catalog(machine, of: "reader").unseenProjects() == [secret])
        #expect(try catalog(machine, of: "auditor").unseenProjects() == [])
        #expect(try machine.apply(Self.grant("reader", .reader), by: "contributor").outcome.refusal == nil)
        #expect(try names(machine, of: "reader") == ["secret", "vision"])
        #expect(try catalog(machine, of: "reader").unseenProjects() == [])
        #expect(try machine.apply(Self.grant("reader", nil), by: "contributor").outcome.refusal == nil)
        #expect(try names(machine, of: "reader") == ["vision"])
        #expect(try machine.apply(Self.show(.value(.internal)), by: "contributor").outcome.refusal == nil)
        #expect(try names(machine, of: "steward") == ["secret", "vision"])
        #expect(try machine.catalog.project(secret)?.visibility == nil)
    }

    @Test("Pages of projects are full, whatever lies between")
    func pages() throws {
        var machine = try AccessTests.prepared()
        for number in 10..<40 {
            try machine.apply(Self.create("p\(number)", number % 3 == 0 ? nil : .private))
        }
        let catalog = try catalog(machine, of: "reader")
        var (all, after): ([String], ProjectName?) = ([], nil)
        while true {
            let page = try catalog.projects(after: after, limit: 4)
            all += page.map(\.name.text)
            guard page.count == 4 else { break }
            after = page.last?.name
        }
        #expect(all == (10..<40).filter { $0 % 3 == 0 }.map { "p\($0)" } + ["vision"])
    }

    @Test("In a private project the role in the cluster counts for nothing but to administer and to audit")
    func roles() throws {
        var machine = try Self.prepared()
        let register = try Command.register("secret", "model")
        let refusal = try machine.apply(register, by: "steward").outcome.refusal
        #expect(refusal == .missing(try ProjectName("secret")))
        #expect(try machine.apply(register, by: "reader").outcome.refusal?.code == .forbidden)
        #expect(try machine.apply(register, by: "auditor").outcome.refusal?.code == .forbidden)
        #expect(try machine.apply(register, by: "ann").outcome.refusal == nil)
        try machine.apply(Self.grant("steward", .reader))
        #expect(try machine.apply(register, by: "steward").outcome.refusal?.code == .forbidden)
        try machine.apply(Self.grant("reader", .contributor))
        #expect(try machine.apply(register, by: "reader").outcome.refusal == nil)
        #expect(try machine.apply(Self.show(.none), by: "reader").outcome.refusal?.code == .forbidden)
    }

    @Test("What lies beside tells nothing of it")
    func neighbours() throws {
        var machine = try Self.prepared()
        let nothing = try machine.apply(.register(metadata: Self.madeOf("other/model:1")), by: "steward").outcome
            .refusal
        let hidden = try machine.apply(.register(metadata: Self.madeOf("secret/model:1")), by: "steward").outcome
            .refusal
        #expect(nothing?.code == .notFound)
        #expect(hidden?.detail == nothing?.detail.replacing("other/model", with: "secret/model"))
        try machine.apply(Self.create("solo", .private), by: "contributor")
        let twin = try machine.apply(Self.create("s0lo", nil), by: "steward").outcome.refusal
        let own = try machine.apply(Self.create("s0lo", nil), by: "contributor").outcome.refusal
        #expect(twin?.code == .confusableName && twin?.detail.contains("solo") == false)
        #expect(own?.code == .confusableName && own?.detail.contains("solo") == true)
        let recall = try machine.apply(
            .recall(RecallThing(thing: "version:secret/model:1", isRecalled: true, reason: "r")), by: "steward")
        #expect(recall.outcome.refusal == .missing(try ProjectName("secret")))
        #expect(try machine.apply(.register("vision", "mine"), by: "steward").outcome.refusal == nil)
        let key = VersionKey(project: try ProjectName("vision"), model: try ModelName("mine"), number: 1)
        for successor in ["secret/model:1", "other/model:1"] {
            let move = LifecycleCommand.Move(
                version: key, to: try StageName("candidate"), expected: nil, reason: "", successor: successor,
                effectiveAt: nil)
            let refusal = try machine.apply(.lifecycle(.move(move)), by: "steward").outcome.refusal
            #expect(refusal?.detail.contains("there is no version \(successor)") == true)
        }
    }

    @Test("Whatever is asked of it, what is not seen and what is not there are refused alike, to each role")
    func alike() throws {
        func commands(_ name: String) throws -> [Command] {
            let project = try ProjectName(name)
            let (model, stage) = (try ModelName("model"), try StageName("candidate"))
            let key = VersionKey(project: project, model: model, number: 1)
            return [
                .changeProject(ChangeProject(name: project, description: .value("x"))),
                .changeProject(ChangeProject(name: project, quotaBytes: .value(1))),
                try .createModel(name, "other"), try .set("best", to: 1, model: "model", project: name),
                try .remove("best", model: "model", project: name),
                .access(.grant(project, try PrincipalName("reader"), .reader)),
                .lifecycle(.setLifecycle(project, nil)), .lifecycle(.withdrawApproval(key, to: stage)),
                .lifecycle(.evaluate(key, [], evidence: "", note: "n")), .policy(.setRetention(project, nil)),
                .retention(.delete(key, reason: "r", graceDays: 1)), .retention(.undelete(key, reason: "r")),
                .retention(.hold(key, reason: "r")), .retention(.deleteModel(project, model, reason: "r")),
                .retention(.deleteProject(project, reason: "r")),
                .recall(RecallThing(thing: "version:\(name)/model:1", isRecalled: true, reason: "r")),
                .recall(RecallThing(thing: "version:\(name)/model:1", isRecalled: false, reason: "r")),
            ]
        }
        var machine = try Self.prepared()
        for name in ["steward", "reader"] {
            for (hidden, absent) in zip(try commands("secret"), try commands("nowhere")) {
                let first = try machine.apply(hidden, by: name).outcome.refusal
                let second = try machine.apply(absent, by: name).outcome.refusal
                #expect(first != nil && first?.code == second?.code, "\(hidden)")
                #expect(first?.detail.replacing("secret", with: "nowhere") == second?.detail, "\(hidden)")
            }
        }
        let first = try machine.apply(.register("secret", "m"), by: "reader").outcome.refusal
        let second = try machine.apply(.register("nowhere", "m"), by: "reader").outcome.refusal
        #expect(first?.code == .forbidden && first == second)
    }

    @Test("A change that is refused leaves a project as private as it was")
    func refused() throws {
        var machine = try Self.prepared()
        let change = ChangeProject(
            name: try ProjectName("secret"), sites: .value([try SiteName("nowhere")]), visibility: .none)
        #expect(try machine.run(.changeProject(change)).refusal != nil)
        #expect(try !catalog(machine, of: "reader").sees(ProjectName("secret")))
    }

    @Test("What is not seen takes no room from what is")
    func crowded() throws {
        var machine = try Self.prepared()
        let data: JSONValue = .object([
            "datasets": .array([.object(["name": .string("pool"), "role": .string("training")])])
        ])
        for number in 0..<1_001 {
            try machine.apply(
                .register("secret", "m\(number)", metadata: .object(["lineage": data])), by: "contributor")
        }
        #expect(try machine.refusal(.register("vision", "open", metadata: .object(["lineage": data]))) == nil)
        let pool = try #require(LineageThing(id: "dataset:name:pool"))
        let seen = try catalog(machine, of: "reader").lineage(of: pool, .down, depth: 1)
        #expect(seen.nodes.map(\.id) == [pool.id, "version:vision/open:1"])
        #expect(!seen.truncated)
    }

    @Test("A lineage ends where something unseen is named, and leaves it out elsewhere; recalls arrive all the same")
    func lineages() throws {
        var machine = try Self.prepared()
        try machine.apply(.register("secret", "child", metadata: Self.madeOf("vision/ranker:2")), by: "contributor")
        let ranker = try #require(LineageThing(id: "version:vision/ranker:2"))
        let secret = try #require(LineageThing(id: "version:secret/model:1"))
        func ids(_ thing: LineageThing, of name: String) throws -> [String] {
            try catalog(machine, of: name).lineage(of: thing, .both, depth: 9).nodes.map(\.id)
        }
        #expect(try ids(ranker, of: "contributor") == [ranker.id, secret.id, "version:secret/child:1"])
        #expect(try ids(ranker, of: "reader") == [ranker.id, secret.id])
        #expect(try ids(secret, of: "reader") == [secret.id, ranker.id])
        try machine.apply(.recall(RecallThing(thing: secret.id, isRecalled: true, reason: "it leaks")))
        let seen = try catalog(machine, of: "reader")
        #expect(try seen.recalls(limit: 9) == [])
        #expect(try seen.lineage(of: secret, .down, depth: 9).nodes[0].recall == nil)
        let version = try seen.version(project: ProjectName("vision"), model: ModelName("ranker"), number: 2)
        #expect(try seen.recalls(of: #require(version)).map(\.reason) == ["it leaks"])
    }

    @Test("A project that was private is unseen after its end, too")
    func ended() throws {
        var machine = try AccessTests.prepared()
        try machine.apply(Self.create("secret", .private), by: "contributor")
        #expect(try machine.refusal(.retention(.deleteProject(ProjectName("secret"), reason: "over"))) == nil)
        #expect(try !catalog(machine, of: "contributor").sees(ProjectName("secret")))
        #expect(try catalog(machine, of: "auditor").sees(ProjectName("secret")))
    }

    @Test("Commands of older levels are written as they always were, and clusters of older levels take no others")
    func levels() throws {
        #expect(try Self.create("p", .internal) == Self.create("p", nil))
        #expect(try Self.create("p", .private).level == Command.levelOfVisibility)
        #expect(try Self.show(.none).level == Command.levelOfVisibility)
        var machine = try Machine.founded()
        #expect(try machine.refusal(Self.create("p", .private)) != nil)
        #expect(try machine.refusal(Self.create("p", nil)) == nil)
    }

    @Test("An event is of the project that its object names")
    func objects() throws {
        var machine = try Self.prepared()
        try machine.apply(.recall(RecallThing(thing: "version:secret/model:1", isRecalled: true, reason: "r")))
        try machine.apply(.recall(RecallThing(thing: "dataset:name:secret", isRecalled: true, reason: "r")))
        let records = try machine.catalog.auditRecords(after: 0, limit: 100)
        let named = records.suffix(5).map { "\($0.action) \($0.project?.text ?? "-")" }
        #expect(
            named == [
                "project.create secret", "version.register secret", "version.register vision", "recall.add secret",
                "recall.add -",
            ])
    }
}
