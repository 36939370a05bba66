import Models
import Storage
import Testing

@testable import Registry

@Suite("Versions go, come back, or stay")
struct RetentionTests {
    private static let day: Int64 = 86_400_000

    /// Three versions of `vision/tagger`, with files of their own and one in common.
    private static func prepared() throws -> Machine {
        var machine = try AccessTests.prepared()
        for number in 1...3 {
            try machine.apply(
                .register("vision", "tagger", files: [.at("own-\(number)", size: 10), .at("common", size: 100)]))
        }
        return machine
    }

    private static func key(_ number: UInt64) throws -> VersionKey {
        VersionKey(project: try ProjectName("vision"), model: try ModelName("tagger"), number: number)
    }

    private static func delete(_ number: UInt64, because reason: String = "leaks", days: UInt32 = 30) throws -> Command
    {
        .retention(.delete(try key(number), reason: reason, graceDays: days))
    }

    private static func purge(_ numbers: UInt64...) throws -> Command {
        .retention(.purge(try ProjectName("vision"), try numbers.map { try key($0) }))
    }

    private func numbers(_ machine: Machine) throws -> [UInt64] {
        try machine.catalog.versions(
            project: ProjectName("vision"), model: ModelName("tagger"), before: nil, limit: 9
        ).map(\.number)
    }

    private func used(_ machine: Machine) throws -> UInt64? {
        try machine.catalog.project(ProjectName("vision"))?.usedBytes
    }

    @Test("A deleted version is nowhere, and its number is nobody's")
    func gone() throws {
        var machine = try Self.prepared()
        #expect(try machine.refusal(Self.delete(3)) == nil)
        #expect(try numbers(machine) == [2, 1])
        #expect(try machine.catalog.resolve(.latest, model: "tagger")?.number == 2)
        #expect(try machine.catalog.alias("main", model: "tagger")?.version == 2)
        #expect(try machine.refusal(.set("best", to: 3, model: "tagger")) == .notFound)
        #expect(try machine.refusal(Self.delete(3)) == .notFound)
        #expect(try machine.run(.register("vision", "tagger")).registeredNumber == 4)
        let deleted = try machine.catalog.deletedVersion(Self.key(3))
        #expect((deleted?.reason, deleted?.isPurged) == ("leaks", false))
    }

    @Test("The last version's alias goes with it")
    func last() throws {
        var machine = try Self.prepared()
        for number in 1...3 { #expect(try machine.refusal(Self.delete(UInt64(number))) == nil) }
        #expect(try machine.catalog.alias("main", model: "tagger") == nil)
        #expect(try machine.catalog.resolve(.latest, model: "tagger") == nil)
        #expect(try machine.run(.register("vision", "tagger")).registeredNumber == 4)
        #expect(try machine.catalog.alias("main", model: "tagger")?.version == 4)
    }

    @Test("It comes back as it was, with its stage, until it is purged")
    func undelete() throws {
        var machine = try Self.prepared()
        let before = try machine.catalog.version(project: ProjectName("vision"), model: ModelName("tagger"), number: 2)
        let move = LifecycleCommand.Move(
            version: try Self.key(2), to: try StageName("candidate"), expected: nil, reason: "", successor: nil,
            effectiveAt: nil)
        try machine.apply(.lifecycle(.move(move)))
        try machine.apply(Self.delete(2))
        let model = ModelKey(try ProjectName("vision"), try ModelName("tagger"))
        #expect(try machine.catalog.newest(of: model, in: StageName("candidate")) == nil)
        #expect(try machine.refusal(.retention(.undelete(Self.key(2), reason: ""))) == .invalid)
        #expect(try machine.refusal(.retention(.undelete(Self.key(2), reason: "it was the wrong one"))) == nil)
        #expect(try numbers(machine) == [3, 2, 1])
        #expect(try machine.catalog.newest(of: model, in: StageName("candidate")) == 2)
        #expect(try machine.catalog.version(project: model.project, model: model.name, number: 2) == before)
        #expect(try machine.refusal(.retention(.undelete(Self.key(2), reason: "again"))) == .notFound)
        try machine.apply(Self.delete(2, days: 0), at: Self.day)
        #expect(try machine.apply(Self.purge(2), by: "peerage", at: Self.day).outcome.refusal == nil)
        #expect(try machine.refusal(.retention(.undelete(Self.key(2), reason: "too late"))) == .conflict)
        #expect(try machine.catalog.deletedVersion(Self.key(2))?.isPurged == true)
    }

    @Test("Nothing is purged before its time, by whoever asks")
    func tooEarly() throws {
        var machine = try Self.prepared()
        try machine.apply(Self.delete(1, days: 2), at: Self.day)
        #expect(try machine.apply(Self.purge(1), at: 3 * Self.day - 1).outcome.refusal?.code == .notFound)
        let due = { (time: Int64) throws in
            try machine.catalog.versionsToPurge(at: Timestamp(milliseconds: time))?.versions
        }
        #expect(try due(3 * Self.day - 1) == nil)
        #expect(try due(3 * Self.day) == [Self.key(1)])
        #expect(try machine.apply(Self.purge(1), by: "steward", at: 3 * Self.day).outcome.refusal?.code == .forbidden)
        #expect(try machine.apply(Self.purge(1, 2), by: "peerage", at: 3 * Self.day).outcome.refusal == nil)
        #expect(try numbers(machine) == [3, 2])
    }

    @Test("Bytes count until nothing that can come back has them")
    func bytes() throws {
        var machine = try Self.prepared()
        let before = try #require(try used(machine))
        try machine.apply(Self.delete(1, days: 0), at: Self.day)
        #expect(try used(machine) == before)
        try machine.apply(Self.purge(1), by: "peerage", at: Self.day)
        #expect(try used(machine) == before - 10)
        for number in [2, 3] as [UInt64] { try machine.apply(Self.delete(number, days: 0), at: Self.day) }
        try machine.apply(Self.purge(2), by: "peerage", at: Self.day)
        #expect(try used(machine) == before - 20, "the third can still come back")
        try machine.apply(Self.purge(3), by: "peerage", at: Self.day)
        #expect(try used(machine) == before - 130)
    }

    @Test("Pages are named while a version can come back")
    func pages() throws {
        var machine = try Self.prepared()
        func named() throws -> Int {
            let all = KeyRange(lower: [0x10], upper: nil)
            return try machine.store.records(in: all, of: .state, limit: 10_000, reversed: false)
                .reduce(0) { $0 + (try Catalog.pages(namedBy: $1)).count }
        }
        let before = try named()
        try machine.apply(Self.delete(1, days: 0), at: Self.day)
        #expect(try named() == before)
        try machine.apply(Self.purge(1), by: "peerage", at: Self.day)
        #expect(try named() == before - 2)
    }

    @Test("What is used or held stays, and says by whom")
    func kept() throws {
        var machine = try Self.prepared()
        try machine.apply(.set("live", to: 1, model: "tagger"))
        #expect(try #require(try machine.run(Self.delete(1)).refusal).detail.contains("@live"))
        #expect(
            try machine.apply(.retention(.hold(Self.key(2), reason: "case 7")), by: "steward").outcome.refusal?.code
                == .forbidden)
        #expect(try machine.refusal(.retention(.hold(Self.key(2), reason: "case 7"))) == nil)
        #expect(try machine.refusal(.retention(.hold(Self.key(2), reason: "case 8"))) == .conflict)
        #expect(try #require(try machine.run(Self.delete(2)).refusal).detail.contains("case 7"))
        #expect(try machine.refusal(.retention(.release(Self.key(2), reason: "closed"))) == nil)
        #expect(try machine.refusal(Self.delete(2)) == nil)
        #expect(try machine.refusal(.retention(.release(Self.key(2), reason: "closed"))) == .notFound)
    }

    @Test("A hold on a deleted version keeps it from being purged")
    func heldWhileDeleted() throws {
        var machine = try Self.prepared()
        try machine.apply(Self.delete(1, days: 0), at: Self.day)
        #expect(try machine.refusal(.retention(.hold(Self.key(1), reason: "case 7"))) == nil)
        #expect(try machine.catalog.versionsToPurge(at: Timestamp(milliseconds: Self.day)) == nil)
        #expect(try machine.apply(Self.purge(1), by: "peerage", at: Self.day).outcome.refusal?.code == .notFound)
        #expect(try machine.refusal(.retention(.release(Self.key(1), reason: "closed"))) == nil)
        #expect(try machine.apply(Self.purge(1), by: "peerage", at: Self.day).outcome.refusal == nil)
        #expect(try machine.refusal(.retention(.hold(Self.key(1), reason: "late"))) == .notFound)
    }

    @Test(
        "Who may delete, and how",
        arguments: [
            ("contributor", 1, "r", 30, .forbidden), ("steward", 1, "r", 30, nil), ("ann", 1, "", 30, .invalid),
            ("ann", 9, "r", 30, .notFound), ("ann", 1, "r", 3_650, nil), ("ann", 1, "r", 3_651, .invalid),
        ] as [(String, UInt64, String, UInt32, Rejection.Code?)])
    func deleting(by: String, number: UInt64, reason: String, days: UInt32, code: Rejection.Code?) throws {
        var machine = try Self.prepared()
        let outcome = try machine.apply(Self.delete(number, because: reason, days: days), by: by).outcome
        #expect(outcome.refusal?.code == code)
    }

    @Test("Every model with a version has main, also when the only one comes back")
    func main() throws {
        var machine = try Self.prepared()
        for number in 1...3 as ClosedRange<UInt64> { try machine.apply(Self.delete(number)) }
        #expect(try machine.catalog.alias("main", model: "tagger") == nil)
        try machine.apply(.retention(.undelete(Self.key(2), reason: "r")))
        #expect(try machine.catalog.alias("main", model: "tagger")?.version == 2)
        try machine.apply(.retention(.undelete(Self.key(3), reason: "r")))
        #expect(try machine.catalog.alias("main", model: "tagger")?.version == 2, "it is where it was put")
        try machine.apply(.set("main", to: 3, model: "tagger"))
        try machine.apply(Self.delete(3))
        #expect(try machine.catalog.alias("main", model: "tagger")?.version == 2)
        try machine.apply(.retention(.undelete(Self.key(3), reason: "it was the wrong one")))
        #expect(try machine.catalog.alias("main", model: "tagger")?.version == 3, "as if nothing had been")
    }

    @Test("Nothing comes back into a stage that is no more")
    func stageGone() throws {
        var machine = try Self.prepared()
        let candidate = try StageName("candidate")
        try machine.apply(Self.move(1, to: candidate))
        try machine.apply(Self.delete(1))
        let draft = Lifecycle.standard.stages[0]
        let short = Lifecycle(stages: [draft], transitions: [])
        #expect(try machine.refusal(.lifecycle(.setLifecycle(ProjectName("vision"), short))) == nil)
        let back = Command.retention(.undelete(try Self.key(1), reason: "r"))
        #expect(try machine.run(back).refusal?.detail.contains("“candidate”, which is no more") == true)
        try machine.apply(.lifecycle(.setLifecycle(ProjectName("vision"), nil)))
        #expect(try machine.refusal(back) == nil)
    }

    private static func move(_ number: UInt64, to stage: StageName) throws -> Command {
        .lifecycle(
            .move(
                .init(
                    version: try key(number), to: stage, expected: nil, reason: "", successor: nil, effectiveAt: nil)))
    }

    private static func madeOf(_ version: String) -> JSONValue {
        let base: JSONValue = .object(["version": .string(version), "relation": .string("finetune")])
        return .object(["base_models": .array([base])])
    }

    @Test("Of a purged version nothing stays but that it was there")
    func forgotten() throws {
        var machine = try Self.prepared()
        let (key, vision) = (try Self.key(1), try ProjectName("vision"))
        let version = try #require(
            try machine.catalog.version(project: key.project, model: key.model, number: key.number))
        let production = try StageName("candidate")
        for command in [
            .lifecycle(.evaluate(key, [Metric(name: "f1", value: 1)], evidence: "a customer's", note: "data")),
            .appendLineage(
                AppendLineage(
                    project: vision, model: key.model, version: 1, lineage: Self.madeOf("vision/ranker:1"), note: "n")),
            .lifecycle(.approve(key, version.digest, to: production, reason: "fine", expiresAt: nil)),
            try Self.move(1, to: production), try Self.delete(1, days: 0),
        ] as [Command] {
            #expect(try machine.apply(command, by: "steward", at: Self.day).outcome.refusal == nil)
        }
        #expect(try machine.apply(Self.purge(1), by: "peerage", at: Self.day).outcome.refusal == nil)
        let below = StateKey.below(key)
        let left = try machine.store.records(
            in: KeyRange(lower: [0x10], upper: nil), of: .state, limit: 10_000, reversed: false)
        let kinds = left.filter {
            $0.key.dropFirst().starts(with: below)
                || $0.key.count > 33 + below.count
                    && $0.key.dropFirst(33).starts(with: below)
        }.map { $0.key[0] }
        #expect(kinds == [StateKey.Kind.deletedVersion.rawValue])
        #expect(try machine.catalog.versionsToPurge(at: Timestamp(milliseconds: .max / 2)) == nil)
    }

    @Test("What a version in production is made of stays, whoever sees it, until that one is gone")
    func children() throws {
        var machine = try Self.prepared()
        let secret = try ProjectName("secret")
        try machine.apply(.createProject(CreateProject(name: secret, description: "", visibility: .private)))
        try machine.apply(
            .register("secret", "app", metadata: .object(["lineage": Self.madeOf("vision/tagger:1")])))
        let stages = try ["draft", "production"].map { Lifecycle.Stage(name: try StageName($0)) }
        let way = Lifecycle.Transition(from: try StageName("draft"), to: try StageName("production"))
        try machine.apply(
            .lifecycle(.setLifecycle(secret, Lifecycle(stages: stages, transitions: [way]))))
        let child = VersionKey(project: secret, model: try ModelName("app"), number: 1)
        let move = LifecycleCommand.Move(
            version: child, to: try StageName("production"), expected: nil, reason: "", successor: nil, effectiveAt: nil
        )
        #expect(try machine.refusal(.lifecycle(.move(move))) == nil)
        let seen = try machine.run(Self.delete(1)).refusal
        let unseen = try machine.apply(Self.delete(1), by: "steward").outcome.refusal
        #expect(seen?.detail.contains("secret/app:1") == true)
        #expect(unseen?.code == .conflict && unseen?.detail.contains("a version that you do not see") == true)
        #expect(unseen?.detail.contains("secret") == false)
        try machine.apply(.retention(.delete(child, reason: "r", graceDays: 30)))
        #expect(try machine.refusal(Self.delete(1)) == nil)
    }

    @Test("A hold is released by whoever holds, or an administrator of the cluster")
    func release() throws {
        var machine = try Self.prepared()
        try machine.apply(.register("mine", "m"), by: "contributor")
        let key = VersionKey(project: try ProjectName("mine"), model: try ModelName("m"), number: 1)
        let (hold, release) = (
            Command.retention(.hold(key, reason: "case 7")), Command.retention(.release(key, reason: "r"))
        )
        try machine.apply(hold)
        #expect(try machine.apply(release, by: "contributor").outcome.refusal?.code == .forbidden)
        #expect(try machine.refusal(release) == nil)
        #expect(try machine.apply(hold, by: "contributor").outcome.refusal == nil)
        #expect(try machine.apply(release, by: "contributor").outcome.refusal == nil)
    }

    @Test("What was deleted can be recalled, and a recall lifted")
    func recalled() throws {
        var machine = try Self.prepared()
        try machine.apply(Self.delete(1))
        let recall = { (isRecalled: Bool) in
            Command.recall(RecallThing(thing: "version:vision/tagger:1", isRecalled: isRecalled, reason: "it leaks"))
        }
        #expect(try machine.refusal(recall(true)) == nil)
        #expect(try machine.refusal(recall(false)) == nil)
        #expect(
            try machine.refusal(.recall(RecallThing(thing: "version:vision/tagger:9", isRecalled: true, reason: "r")))
                == .notFound)
    }

    @Test("A model goes when nothing of it is left, a project when it is empty, and their names with them")
    func models() throws {
        var machine = try Self.prepared()
        let (project, model) = (try ProjectName("vision"), try ModelName("tagger"))
        let delete = Command.retention(.deleteModel(project, model, reason: "abandoned"))
        #expect(try machine.run(delete).refusal?.detail.contains("such as 3") == true)
        for number in 1...3 as ClosedRange<UInt64> { try machine.apply(Self.delete(number, days: 1), at: 0) }
        #expect(try machine.run(delete).refusal?.detail.contains("can be taken back until") == true)
        try machine.apply(Self.purge(1, 2, 3), by: "peerage", at: 2 * Self.day)
        #expect(try machine.refusal(.retention(.deleteModel(project, model, reason: ""))) == .invalid)
        #expect(try machine.refusal(delete) == nil)
        #expect(try machine.refusal(delete) == .notFound)
        #expect(try machine.catalog.tombstone(of: project, model)?.reason == "abandoned")
        #expect(try machine.refusal(.register("vision", "tagger")) == .alreadyExists)
        #expect(try machine.refusal(.createModel("vision", "Tagger")) == .confusableName)

        let whole = Command.retention(.deleteProject(project, reason: "done"))
        #expect(try machine.run(whole).refusal?.detail.contains("such as “ranker”") == true)
        let ranker = VersionKey(project: project, model: try ModelName("ranker"), number: 1)
        try machine.apply(.retention(.delete(ranker, reason: "done", graceDays: 0)), at: 0)
        try machine.apply(.retention(.purge(project, [ranker])), by: "peerage", at: 1)
        #expect(try machine.refusal(.retention(.deleteModel(project, ranker.model, reason: "done"))) == nil)
        try machine.apply(.policy(.setSchema(project, try StageName("staging"), .object([:]))))
        #expect(try machine.refusal(whole) == nil)
        #expect(try machine.catalog.schemas(of: project).isEmpty && machine.catalog.grants(in: project).isEmpty)
        #expect(try machine.catalog.project(project) == nil)
        #expect(try machine.refusal(.createProject("vision")) == .alreadyExists)
        #expect(try machine.refusal(.register("vision", "other")) == .alreadyExists)
        #expect(try machine.refusal(whole) == .notFound)
    }
}
