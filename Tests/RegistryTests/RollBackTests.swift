import Models
import Testing

@testable import Registry

@Suite("Aliases go back, and are seen as they were")
struct RollBackTests {
    /// Four versions of `vision/ranker`, registered at 1, 2, 3 and 4 hours; `best` went 1 → 2 → 3 at 11, 12 and 13.
    private static func prepared() throws -> Machine {
        var machine = try Machine.founded()
        try machine.apply(.raiseLevel(RaiseLevel(level: Command.knownLevel)), by: "peerage")
        for hour in 1...4 { try machine.apply(.register(), at: hours(hour)) }
        for version in 1...3 { try machine.apply(.set("best", to: UInt64(version)), at: hours(10 + version)) }
        return machine
    }

    private static func hours(_ count: Int) -> Int64 { Int64(count) * 3_600_000 }

    private static func back(
        to version: UInt64? = nil, if expectation: AliasExpectation = .none, because reason: String = "it fails",
        alias: String = "best", model: String = "ranker"
    ) throws -> Command {
        .rollBackAlias(
            RollBackAlias(
                project: try ProjectName("vision"), model: try ModelName(model), alias: try AliasName(alias),
                to: version, expectation: expectation, reason: reason))
    }

    @Test("A rollback restores what was named before, and another undoes it")
    func undo() throws {
        var machine = try Self.prepared()
        for expected in [2, 3, 2] as [UInt64] {
            try machine.apply(Self.back())
            #expect(try machine.catalog.alias("best")?.version == expected)
        }
        let last = try #require(try machine.catalog.history("best").last)
        #expect((last.from, last.to, last.reason) == (3, 2, "it fails"))
        let record = try #require(try machine.catalog.auditRecords(after: 0, limit: 100).last)
        #expect((record.action, record.object, record.outcome) == ("alias.rollback", "vision/ranker@best", "accepted"))
    }

    @Test("An alias that was removed comes back")
    func removed() throws {
        var machine = try Self.prepared()
        try machine.apply(.remove("best"))
        try machine.apply(Self.back())
        #expect(try machine.catalog.alias("best")?.version == 3)
        #expect(try machine.catalog.history("best").count == 5)
    }

    @Test(
        "A rollback goes where the alias was, and nowhere else",
        arguments: [
            (1, .none, "r", "best", "ranker", nil), (2, .version(3), "r", "best", "ranker", nil),
            (4, .none, "r", "best", "ranker", .conflict), (3, .none, "r", "best", "ranker", .conflict),
            (9, .none, "r", "best", "ranker", .conflict), (nil, .version(1), "r", "best", "ranker", .conflict),
            (nil, .none, "", "best", "ranker", .invalid), (nil, .none, "r", "other", "ranker", .notFound),
            (nil, .none, "r", "best", "tagger", .notFound),
            (nil, .none, String(repeating: "x", count: 5_000), "best", "ranker", .invalid),
        ] as [(UInt64?, AliasExpectation, String, String, String, Rejection.Code?)])
    func targets(
        to version: UInt64?, expectation: AliasExpectation, reason: String, alias: String, model: String,
        code: Rejection.Code?
    ) throws {
        var machine = try Self.prepared()
        let command = try Self.back(to: version, if: expectation, because: reason, alias: alias, model: model)
        #expect(try machine.refusal(command) == code)
        #expect(try machine.catalog.alias("best")?.version == (code == nil ? version : 3))
    }

    @Test("An alias that named nothing before is not rolled back")
    func first() throws {
        var machine = try Self.prepared()
        try machine.apply(.set("fresh", to: 1))
        #expect(try machine.refusal(Self.back(alias: "fresh")) == .conflict)
    }

    @Test("A cluster of an older level knows no rollbacks")
    func level() throws {
        var machine = try Machine.founded()
        try machine.apply(.register(aliases: ["best"]))
        #expect(try machine.refusal(Self.back()) == .invalid)
    }

    @Test(
        "A reference is understood as it was",
        arguments: [
            ("latest", 0, nil), ("latest", 1, 1), ("latest", 3, 3), ("latest", 99, 4),
            ("best", 10, nil), ("best", 11, 1), ("best", 12, 2), ("best", 99, nil),
            ("2", 1, nil), ("2", 2, 2), ("9", 99, nil), ("never", 99, nil),
        ] as [(String, Int, UInt64?)])
    func moments(selector: String, hour: Int, expected: UInt64?) throws {
        var machine = try Self.prepared()
        try machine.apply(.remove("best"), at: Self.hours(14))
        let version = try machine.catalog.resolve(
            project: ProjectName("vision"), model: ModelName("ranker"), selector: VersionSelector(selector),
            at: Timestamp(milliseconds: Self.hours(hour)))
        #expect(version?.number == expected)
    }

    @Test("Aliases of then are told, removed ones too")
    func aliases() throws {
        var machine = try Self.prepared()
        try machine.apply(.remove("best"), at: Self.hours(14))
        func names(_ number: UInt64, _ hour: Int) throws -> [String] {
            try machine.catalog.aliases(
                project: ProjectName("vision"), model: ModelName("ranker"), naming: number,
                at: Timestamp(milliseconds: Self.hours(hour))
            ).map(\.text)
        }
        #expect(try names(3, 13) == ["best"])
        #expect(try names(3, 14) == [])
        #expect(try names(3, 3) == ["main"])
        #expect(try names(4, 14) == ["main"])
    }

    @Test("Where clocks disagree the log decides: its last move of that time or before")
    func clocks() throws {
        var machine = try Self.prepared()
        try machine.apply(.set("best", to: 4), at: Self.hours(12))
        let version = try machine.catalog.resolve(
            project: ProjectName("vision"), model: ModelName("ranker"), selector: .alias(AliasName("best")),
            at: Timestamp(milliseconds: Self.hours(13)))
        #expect(version?.number == 4)
    }
}
