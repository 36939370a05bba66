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
            try machine.catalog.versionsToPurge(at: Timestamp(milliseconds: time), limit: 10)?.versions
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
        #expect(try machine.catalog.versionsToPurge(at: Timestamp(milliseconds: Self.day), limit: 10) == nil)
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
