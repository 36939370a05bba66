import Models
import Testing

@testable import Registry

/// Stages that say where the bytes of versions in them are kept.
@Suite("Archives") struct ArchiveTests {
    private static var project: ProjectName { get throws { try ProjectName("vision") } }

    private static func archive(_ stage: String = "archived", at sites: [String]?) throws -> Command {
        let sites = try sites.map { try $0.map { try SiteName($0) } }
        let lifecycle: Lifecycle = try #require(Lifecycle.standard.archiving(StageName(stage), at: sites))
        return .lifecycle(.setLifecycle(try project, lifecycle))
    }

    private static func key() throws -> VersionKey {
        VersionKey(project: try project, model: try ModelName("ranker"), number: 1)
    }

    private static func move(_ stage: String) throws -> Command {
        .lifecycle(
            .move(
                .init(
                    version: try key(), to: try StageName(stage), expected: nil, reason: "", successor: nil,
                    effectiveAt: nil)))
    }

    /// The sites that keep the version.
    private static func sites(_ machine: Machine) throws -> [String]? {
        var residences = Residences(machine.catalog)
        return try residences.sites(keeping: key())?.map(\.text)
    }

    @Test("An archived version is kept at the archive, and comes back")
    func movesThereAndBack() throws {
        var machine = try AccessTests.prepared()
        let set = try machine.apply(Self.archive(at: ["west", "south"]))
        #expect(try set.events == [.projectChanged(Self.project, hasMoved: true)])
        let moved = Event.versionMoved(project: try Self.project, model: try ModelName("ranker"), number: 1)
        #expect(try machine.apply(Self.move("retired")).events.contains(moved) == false)
        #expect(try Self.sites(machine) == nil)
        #expect(try machine.apply(Self.move("archived")).events.contains(moved))
        #expect(try Self.sites(machine) == ["south", "west"])
        // Registrations are kept where they were.
        #expect(try machine.catalog.keepers(of: Self.project).sites == nil)
        #expect(try machine.apply(Self.move("retired")).events.contains(moved))
        #expect(try Self.sites(machine) == nil)
        #expect(try StateHash.recomputed(from: machine.store) == machine.catalog.applied().hash)
    }

    @Test("A version that is deleted while it is archived is kept there until it is purged")
    func deleted() throws {
        var machine = try AccessTests.prepared()
        try machine.apply(Self.archive(at: ["west"]))
        try machine.apply(Self.move("retired"))
        try machine.apply(Self.move("archived"))
        try machine.apply(.retention(.delete(Self.key(), reason: "old", graceDays: 1)))
        #expect(try Self.sites(machine) == ["west"])
        // Without the rule it is kept everywhere again.
        #expect(try machine.apply(Self.archive(at: nil)).events == [.projectChanged(Self.project, hasMoved: true)])
        #expect(try Self.sites(machine) == nil)
    }

    @Test("What cannot be is refused")
    func refusals() throws {
        var machine = try AccessTests.prepared()
        #expect(try machine.refusal(Self.archive(at: [])) == .invalid)
        #expect(try machine.refusal(Self.archive(at: ["atlantis"])) == .invalid)
        #expect(try machine.refusal(Self.archive("production", at: ["west"])) == .invalid)
        // A project that may lie at some sites is archived there, whichever is said first.
        try machine.apply(.change("vision", sites: .value(["north", "south"])))
        #expect(try machine.refusal(Self.archive(at: ["west"])) == .conflict)
        #expect(try machine.refusal(Self.archive(at: ["south"])) == nil)
        #expect(try machine.refusal(.change("vision", sites: .value(["north"]))) == .conflict)
        #expect(try machine.refusal(.change("vision", sites: .value(["south"]))) == nil)
    }

    @Test("Where bytes are is said by administrators of the cluster")
    func permission() throws {
        var machine = try AccessTests.prepared()
        #expect(try machine.apply(Self.archive(at: ["west"]), by: "steward").outcome.refusal?.code == .forbidden)
        try machine.apply(Self.archive(at: ["west"]))
        // What else a lifecycle says is its stewards' matter, as long as that stays.
        #expect(try machine.apply(Self.archive(at: ["west"]), by: "steward").outcome.refusal == nil)
        #expect(try machine.apply(Self.archive(at: nil), by: "steward").outcome.refusal?.code == .forbidden)
    }

    @Test("The last node of an archive stays, and so does what was said before clusters understood archives")
    func lastNodeAndLevel() throws {
        var machine = try AccessTests.prepared()
        try machine.apply(Self.archive(at: ["west"]))
        #expect(try machine.refusal(.remove(node: "west-1")) == .conflict)
        try machine.apply(Self.archive(at: nil))
        #expect(try machine.refusal(.remove(node: "west-1")) == nil)

        var older = try Machine.founded()
        try older.apply(.raiseLevel(RaiseLevel(level: Command.levelOfVisibility)), by: "peerage")
        try older.apply(.createProject("vision"))
        #expect(try older.refusal(Self.archive(at: ["west"])) == .invalid)
    }

    @Test("Its encoding is one, and another order is no lifecycle")
    func encoding() throws {
        let sites = [try SiteName("west"), try SiteName("north"), try SiteName("west")]
        let lifecycle = try #require(Lifecycle.standard.archiving(StageName("archived"), at: sites))
        #expect(try Lifecycle(canonicalBytes: lifecycle.canonicalBytes) == lifecycle)
        let north = Array("north".utf8)
        var bytes = lifecycle.canonicalBytes
        let position = try #require(bytes.indices.first { bytes[$0...].starts(with: north) })
        bytes.replaceSubrange(position..<position + north.count, with: Array("zorth".utf8))
        #expect(throws: CanonicalError.self) { try Lifecycle(canonicalBytes: bytes) }
    }
}
