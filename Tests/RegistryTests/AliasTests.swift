import Models
import Testing

@testable import Registry

@Suite struct AliasTests {
    /// Three versions of `vision/ranker`, `best` at 1.
    private static func prepared() throws -> Machine {
        var machine = try Machine.founded()
        try machine.apply(.register(aliases: ["best"]))
        try machine.apply(.register())
        try machine.apply(.register())
        return machine
    }

    @Test func anAliasMovesAndItsHistoryTellsFromWhereToWhereWhenByWhomAndWhy() throws {
        var machine = try Self.prepared()
        let applied = try machine.apply(.set("best", to: 3, because: "won the trial"), at: 777)
        let alias = Alias(
            name: try AliasName("best"), version: 3, updatedAt: Timestamp(milliseconds: 777),
            updatedBy: try PrincipalName("ann"))
        #expect(applied.outcome == .accepted(.alias(alias)))
        #expect(try machine.catalog.alias("best") == alias)
        #expect(
            try machine.catalog.history("best").last
                == AliasChange(
                    from: 1, to: 3, at: alias.updatedAt, by: alias.updatedBy, reason: "won the trial"))
        #expect(try machine.catalog.resolve(.alias(alias.name))?.number == 3)
    }

    @Test func settingAnAliasToWhereItPointsChangesNothing() throws {
        var machine = try Self.prepared()
        let before = try machine.catalog.alias("best")
        let applied = try machine.apply(.set("best", to: 1))
        #expect(applied.outcome == .accepted(.alias(try #require(before))))
        #expect(applied.events.isEmpty)
        #expect(try machine.catalog.alias("best") == before)
        #expect(try machine.catalog.history("best").count == 1)
    }

    @Test(
        arguments: [
            ("best", 4, "ranker", "vision"), ("best", 0, "ranker", "vision"), ("best", 1, "other", "vision"),
            ("best", 1, "ranker", "speech"), ("fresh", 9, "ranker", "vision"),
        ] as [(String, UInt64, String, String)])
    func anAliasOnlyNamesVersionsThatExist(alias: String, version: UInt64, model: String, project: String) throws {
        var machine = try Self.prepared()
        #expect(try machine.refusal(.set(alias, to: version, model: model, project: project)) == .notFound)
    }

    @Test(
        arguments: [
            ("best", AliasExpectation.none, nil), ("best", .version(1), nil), ("best", .version(2), .conflict),
            ("best", .absent, .conflict), ("fresh", .none, nil), ("fresh", .absent, nil),
            ("fresh", .version(1), .conflict),
        ] as [(String, AliasExpectation, Rejection.Code?)])
    func anAliasMovesOnlyWhenItIsAsExpected(
        alias: String, expectation: AliasExpectation, code: Rejection.Code?
    ) throws {
        var machine = try Self.prepared()
        let before = try machine.catalog.alias(alias)
        #expect(try machine.refusal(.set(alias, to: 2, if: expectation)) == code)
        #expect(try machine.catalog.alias(alias)?.version == (code == nil ? 2 : before?.version))
    }

    @Test(
        arguments: [
            ("best", AliasExpectation.none, nil), ("best", .version(1), nil), ("best", .version(2), .conflict),
            ("best", .absent, .conflict), ("fresh", .none, .notFound), ("main", .none, .invalid),
        ] as [(String, AliasExpectation, Rejection.Code?)])
    func anAliasIsRemovedOnlyWhenItIsAsExpected(
        alias: String, expectation: AliasExpectation, code: Rejection.Code?
    ) throws {
        var machine = try Self.prepared()
        let before = try machine.catalog.alias(alias)
        #expect(try machine.refusal(.remove(alias, if: expectation)) == code)
        #expect(try machine.catalog.alias(alias) == (code == nil ? nil : before))
    }

    @Test func aRemovedAliasKeepsItsHistoryAndGoesOnWithItWhenItComesBack() throws {
        var machine = try Self.prepared()
        let before = try #require(try machine.catalog.alias("best"))
        let removal = try machine.apply(.remove("best", because: "retired"))
        #expect(removal.outcome == .accepted(.alias(before)))
        let (vision, ranker) = (try ProjectName("vision"), try ModelName("ranker"))
        #expect(
            removal.events
                == [.aliasMoved(project: vision, model: ranker, alias: try AliasName("best"), to: nil)])
        try machine.apply(.set("best", to: 2))
        let history = try machine.catalog.history("best")
        #expect(history.map(\.from) == [nil, 1, nil])
        #expect(history.map(\.to) == [1, nil, 2])
        #expect(try machine.catalog.history("best", after: 1, limit: 1).map(\.reason) == ["retired"])
        #expect(try machine.catalog.history("best", after: 3).isEmpty)
    }

    @Test func aNewAliasMustNotLookLikeAnotherUntilThatIsRemoved() throws {
        var machine = try Self.prepared()
        let refusal = try #require(try machine.run(.set("b-e-s-t", to: 2)).refusal)
        #expect(refusal.code == .confusableName)
        #expect(refusal.detail.contains("“best”"))
        #expect(try machine.refusal(.set("Main", to: 2)) == .confusableName)
        try machine.apply(.remove("best"))
        #expect(try machine.refusal(.set("b-e-s-t", to: 2)) == nil)
        #expect(try machine.refusal(.set("best", to: 2)) == .confusableName)
    }

    @Test func aModelHasAtMost256Aliases() throws {
        var machine = try Self.prepared()
        let letters = ["a", "b", "c", "d", "e", "f", "g", "h", "j", "k", "m", "n", "p", "q", "r", "s"]
        let names = letters.flatMap { first in letters.map { "\(first)\($0)x" } }
        for name in names.prefix(254) { #expect(try machine.refusal(.set(name, to: 1)) == nil) }
        #expect(try machine.refusal(.set(names[254], to: 1)) == .limitExceeded)
        #expect(try machine.refusal(.register(aliases: [names[254]])) == .limitExceeded)
        #expect(try machine.refusal(.set(names[0], to: 2)) == nil)
        #expect(try machine.catalog.aliases(project: ProjectName("vision"), model: ModelName("ranker")).count == 256)
        try machine.apply(.remove(names[0]))
        #expect(try machine.refusal(.set(names[254], to: 1)) == nil)
    }

    @Test func aReasonHasAtMost4096Bytes() throws {
        var machine = try Self.prepared()
        let long = String(repeating: "x", count: 4_097)
        #expect(try machine.refusal(.set("best", to: 2, because: long)) == .invalid)
        #expect(try machine.refusal(.remove("best", because: long)) == .invalid)
    }

    @Test(
        arguments: [
            (VersionSelector.latest, 3), (.number(2), 2), (.number(4), nil), (.number(0), nil),
        ] as [(VersionSelector, UInt64?)])
    func aSelectorFindsItsVersion(selector: VersionSelector, number: UInt64?) throws {
        let machine = try Self.prepared()
        #expect(try machine.catalog.resolve(selector)?.number == number)
    }

    @Test func selectorsOfWhatIsMissingFindNothing() throws {
        var machine = try Self.prepared()
        try machine.apply(.createModel("vision", "empty"))
        #expect(try machine.catalog.resolve(.latest, model: "empty") == nil)
        #expect(try machine.catalog.resolve(.alias(.main), model: "empty") == nil)
        #expect(try machine.catalog.resolve(.latest, model: "none-such") == nil)
    }
}
