import Models
import Testing

@testable import Registry

@Suite struct RegisterVersionTests {
    @Test func aVersionKeepsWhatWasRegistered() throws {
        var machine = try Machine.founded()
        let files: [FileEntry] = [try .at("b/weights.bin", size: 7), try .at("a.json", size: 0)]
        let metadata = JSONValue.object(["framework": .string("torch"), "loss": .number(0.25)])
        let applied = try machine.apply(
            .register(files: files, metadata: metadata, tags: ["team": "red"], message: "first"), at: 99, site: "west")
        let version = try #require(try machine.catalog.resolve(.latest))
        #expect(version.number == 1)
        #expect(version.files.map(\.path.text) == ["a.json", "b/weights.bin"])
        #expect(version.digest == Version.digest(of: files))
        #expect(version.metadata == metadata)
        #expect(version.tags == ["team": "red"])
        #expect(version.message == "first")
        #expect(version.createdAt == Timestamp(milliseconds: 99))
        #expect(version.createdBy.text == "ann")
        #expect(version.site.text == "west")
        #expect(
            applied.outcome
                == .accepted(
                    .version(project: version.project, model: version.model, number: 1, digest: version.digest)))
    }

    @Test func projectAndModelAreCreatedWhenMissingAndNotWhenThere() throws {
        var machine = try Machine.founded()
        let (vision, ranker) = (try ProjectName("vision"), try ModelName("ranker"))
        let moved = Event.aliasMoved(project: vision, model: ranker, alias: .main, to: 1)
        let registered = Event.versionRegistered(project: vision, model: ranker, number: 1)
        #expect(
            try machine.apply(.register()).events
                == [.projectCreated(vision), .modelCreated(project: vision, model: ranker), registered, moved])
        try machine.apply(.createModel("vision", "tagger", "kept"))
        try machine.apply(.register("vision", "tagger"))
        let tagger = try #require(try machine.catalog.model(project: vision, name: ModelName("tagger")))
        #expect(tagger.description == "kept")
        #expect(tagger.latestVersion == 1)
    }

    @Test func versionsAreNumberedFromOneWithoutGapsWhateverIsRefusedBetween() throws {
        var machine = try Machine.founded()
        var numbers: [UInt64?] = []
        for holders in [[1, 2], [1], [2, 3], [], [1, 2, 3]] as [[UInt64]] {
            numbers.append(try machine.run(.register(holders: holders)).registeredNumber)
        }
        #expect(numbers == [1, nil, 2, nil, 3])
        #expect(try machine.run(.register("vision", "other")).registeredNumber == 1)
        let versions = try machine.catalog.versions(
            project: ProjectName("vision"), model: ModelName("ranker"), before: nil, limit: 9)
        #expect(versions.map(\.number) == [3, 2, 1])
        let older = try machine.catalog.versions(
            project: ProjectName("vision"), model: ModelName("ranker"), before: 3, limit: 1)
        #expect(older.map(\.number) == [2])
    }

    @Test(
        arguments: [
            ([1, 2], true), ([1, 3], true), ([1, 2, 3], true), ([2, 3, 4], true), ([], false), ([2], false),
            ([1, 1, 1], false), ([1, 4], false), ([1, 9], false), ([4, 8, 9], false), ([0, 1], false),
        ] as [([UInt64], Bool)])
    func aVersionNeedsReceiptsOfAMajorityOfVoters(holders: [UInt64], isEnough: Bool) throws {
        var machine = try Machine.founded()
        #expect(try machine.refusal(.register(holders: holders)) == (isEnough ? nil : .bytesNotReplicated))
        #expect((try machine.catalog.resolve(.latest) != nil) == isEnough)
        #expect((try machine.catalog.project(ProjectName("vision")) != nil) == isEnough)
    }

    @Test func mainFollowsTheNewestVersionAlways() throws {
        var machine = try Machine.founded()
        try machine.apply(.register())
        try machine.apply(.register())
        #expect(try machine.catalog.alias("main")?.version == 2)
        try machine.apply(.set("main", to: 1, because: "rollback"))
        #expect(try machine.catalog.alias("main")?.version == 1)
        try machine.apply(.register())
        #expect(try machine.catalog.alias("main")?.version == 3)
        #expect(try machine.catalog.history("main").map(\.to) == [1, 2, 1, 3])
        #expect(try machine.catalog.history("main").map(\.from) == [nil, 1, 2, 1])
    }

    @Test func listedAliasesMoveEachOnceWithTheMessageAsReason() throws {
        var machine = try Machine.founded()
        try machine.apply(.register(aliases: ["best"]))
        let applied = try machine.apply(.register(message: "better", aliases: ["best", "main", "new", "best"]))
        let moved = applied.events.compactMap { event -> String? in
            guard case .aliasMoved(_, _, let alias, _) = event else { return nil }
            return alias.text
        }
        #expect(moved == ["main", "best", "new"])
        let last = try #require(try machine.catalog.history("best").last)
        #expect(last.from == 1 && last.to == 2 && last.reason == "better")
        #expect(
            try machine.catalog.aliases(project: ProjectName("vision"), model: ModelName("ranker"), naming: 2)
                .map(\.text) == ["best", "main", "new"])
    }

    @Test(arguments: [["ma1n"], ["Best", "b-est"], ["go0d", "good"]])
    func aliasesOfOneVersionMustNotLookAlike(aliases: [String]) throws {
        var machine = try Machine.founded()
        #expect(try machine.refusal(.register(aliases: aliases)) == .confusableName)
        #expect(try machine.catalog.project(ProjectName("vision")) == nil)
    }

    @Test func namesThatLookLikeExistingOnesAreRefused() throws {
        var machine = try Machine.founded()
        try machine.apply(.register(aliases: ["best"]))
        #expect(try machine.refusal(.register("V1sion", "ranker")) == .confusableName)
        #expect(try machine.refusal(.register("vision", "rank-er")) == .confusableName)
        #expect(try machine.refusal(.register(aliases: ["BEST"])) == .confusableName)
        #expect(try machine.catalog.resolve(.latest)?.number == 1)
    }

    @Test(arguments: Refused.all)
    func whatIsOutsideTheLimitsIsRefused(_ refused: Refused) throws {
        var machine = try Machine.founded()
        let refusal = try #require(try machine.run(refused.command()).refusal)
        #expect(refusal.code == .invalid)
        #expect(refusal.detail.contains(refused.detail), "\(refusal.detail)")
        #expect(try machine.catalog.project(ProjectName("vision")) == nil)
    }

    @Test(arguments: Accepted.all)
    func whatIsJustWithinTheLimitsIsAccepted(_ accepted: Accepted) throws {
        var machine = try Machine.founded()
        #expect(try machine.refusal(accepted.command()) == nil)
        #expect(try StateHash.recomputed(from: machine.store) == machine.catalog.applied().hash)
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        let detail: String
        let command: @Sendable () throws -> Command
        var testDescription: String { detail }

        init(_ detail: String, _ command: @escaping @Sendable () throws -> Command) {
            self.detail = detail
            self.command = command
        }

        static let all: [Refused] = [
            Refused("at least one file") { try .register(files: []) },
            Refused("at most 10000 files") { try .register(files: files(10_001)) },
            Refused("larger than") { try .register(files: [.at("a", size: (8 << 40) + 1)]) },
            Refused("do not add up") {
                let file = try FileEntry.at("a", size: 5)
                return try .register(
                    files: [FileEntry(path: file.path, size: 6, sha256: file.sha256, pages: file.pages)])
            },
            Refused("do not add up") {
                let file = try FileEntry.at("a", size: 5)
                let page = PageReference(id: file.pages[0].id, size: .max)
                return try .register(
                    files: [FileEntry(path: file.path, size: 5, sha256: file.sha256, pages: [page, page, page])])
            },
            Refused("occurs twice") { try .register(files: [.at("a"), .at("a")]) },
            Refused("occurs twice") { try .register(files: [.at("caf\u{E9}"), .at("cafe\u{301}")]) },
            Refused("both a file and a directory") { try .register(files: [.at("a/b"), .at("a"), .at("a-b")]) },
            Refused("must be a JSON object") { try .register(metadata: .array([])) },
            Refused("must be a JSON object") { try .register(metadata: .null) },
            Refused("nests deeper") { try .register(metadata: nested(33)) },
            Refused("JSON nests too deep") { try .register(metadata: nested(65)) },
            Refused("in canonical form") { try .register(metadata: text(bytes: (64 << 10) + 1)) },
            Refused("at most 64 tags") { try .register(tags: tags(65)) },
            Refused("key is empty") { try .register(tags: ["": "x"]) },
            Refused("key is longer") { try .register(tags: [String(repeating: "k", count: 129): ""]) },
            Refused("value of the tag “k”") { try .register(tags: ["k": String(repeating: "v", count: 1_025)]) },
            Refused("message is longer") { try .register(message: String(repeating: "m", count: 4_097)) },
            Refused("at most 256 aliases") { try .register(aliases: aliases(257)) },
        ]
    }

    struct Accepted: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let command: @Sendable () throws -> Command

        static let all: [Accepted] = [
            Accepted(testDescription: "10,000 files") { try .register(files: files(10_000)) },
            Accepted(testDescription: "a file of 8 TiB") { try .register(files: [.at("a", size: 8 << 40)]) },
            Accepted(testDescription: "32 levels") { try .register(metadata: nested(32)) },
            Accepted(testDescription: "64 KiB of metadata") { try .register(metadata: text(bytes: 64 << 10)) },
            Accepted(testDescription: "64 tags") { try .register(tags: tags(64)) },
            Accepted(testDescription: "the longest tag") {
                try .register(
                    tags: [String(repeating: "k", count: 128): String(repeating: "v", count: 1_024)])
            },
            Accepted(testDescription: "4,096 bytes of message") {
                try .register(message: String(repeating: "m", count: 4_096))
            },
            Accepted(testDescription: "255 aliases and main") { try .register(aliases: aliases(255)) },
        ]
    }

    private static func files(_ count: Int) throws -> [FileEntry] {
        try (0..<count).map { try .at("layer-\($0)/part.bin") }
    }

    private static func tags(_ count: Int) -> [String: String] {
        Dictionary(uniqueKeysWithValues: (0..<count).map { ("tag-\($0)", "value") })
    }

    private static func aliases(_ count: Int) -> [String] { (0..<count).map { "\(alphabetic($0))x" } }

    /// Letters that no skeleton confuses.
    private static func alphabetic(_ number: Int) -> String {
        let letters = ["a", "b", "c", "d", "e", "f", "g", "h"]
        return [number / 64, number / 8 % 8, number % 8].map { letters[$0] }.joined()
    }

    private static func nested(_ depth: Int) -> JSONValue {
        var value = JSONValue.null
        for _ in 0..<depth { value = .object(["a": value]) }
        return value
    }

    /// An object whose canonical form has so many bytes.
    private static func text(bytes: Int) -> JSONValue {
        let overhead = JSONValue.object(["a": .string("")]).canonicalBytes.count
        return .object(["a": .string(String(repeating: "x", count: bytes - overhead))])
    }
}
