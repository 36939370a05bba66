import Models
import Testing

@testable import Registry

@Suite struct ChangeProjectTests {
    @Test func whatIsNotNamedStaysAsItIs() throws {
        var machine = try raised()
        try machine.apply(.createProject("vision", "sees"))
        try machine.apply(.change("vision", sites: .value(["west", "north", "west"]), quotaBytes: .value(10)))
        #expect(try project(in: machine).sites?.map(\.text) == ["north", "west"])
        let applied = try machine.apply(.change("vision", description: .value("hears")))
        let changed = try project(in: machine)
        #expect(applied.outcome == .accepted(.project(changed)))
        #expect(applied.events == [.projectChanged(changed.name, hasMoved: false)])
        #expect(changed.description == "hears")
        #expect(changed.sites?.map(\.text) == ["north", "west"])
        #expect((changed.quotaBytes, changed.usedBytes) == (10, 0))
        let moved = try machine.apply(.change("vision", sites: .none, quotaBytes: .none))
        #expect(moved.events == [.projectChanged(changed.name, hasMoved: true)])
        #expect(try project(in: machine).sites == nil)
        #expect(try project(in: machine).quotaBytes == nil)
        #expect(try StateHash.recomputed(from: machine.store) == machine.catalog.applied().hash)
    }

    @Test func whatCannotBeIsRefused() throws {
        var machine = try raised()
        #expect(try machine.refusal(.change("vision", quotaBytes: .value(1))) == .notFound)
        try machine.apply(.createProject("vision"))
        #expect(try machine.refusal(.change("vision", sites: .value([]))) == .invalid)
        #expect(try machine.refusal(.change("vision", sites: .value(["north", "atlantis"]))) == .invalid)
        let long = String(repeating: "x", count: 4_097)
        #expect(try machine.refusal(.change("vision", description: .value(long))) == .invalid)
        #expect(try project(in: machine).sites == nil)
    }

    @Test func aClusterThatWasNotRaisedRefusesIt() throws {
        var machine = try Machine.founded()
        try machine.apply(.createProject("vision"))
        #expect(try machine.refusal(.change("vision", quotaBytes: .value(1))) == .invalid)
        #expect(try project(in: machine).usedBytes == nil)
    }

    @Test(
        arguments: [
            (["north"], [1], true), (["north"], [2, 3], false), (["north", "south"], [1], false),
            (["north", "south"], [1, 2], true), (["north", "south"], [1, 3, 4], false),
            // A node there counts whether it votes or not.
            (["east"], [4], true), (["east", "north"], [1], false), (["east", "north", "west"], [4, 1], true),
        ] as [([String], [UInt64], Bool)])
    func aVersionNeedsAMajorityOfTheNodesAtTheProjectsSites(sites: [String], holders: [UInt64], isTaken: Bool) throws {
        var machine = try raised()
        try machine.apply(.createProject("vision"))
        try machine.apply(.change("vision", sites: .value(sites)))
        let refusal = try machine.refusal(.register(holders: holders))
        #expect(refusal == (isTaken ? nil : .bytesNotReplicated))
        // Others are kept by the voters, as ever.
        #expect(try machine.refusal(.register("speech", holders: [1, 4])) == .bytesNotReplicated)
        #expect(try machine.refusal(.register("speech", holders: [1, 3])) == nil)
    }

    @Test func theLastNodeThatKeepsAProjectStays() throws {
        var machine = try raised()
        try machine.apply(.createProject("vision"))
        try machine.apply(.change("vision", sites: .value(["south", "west"])))
        #expect(try machine.refusal(.remove(node: "west-1")) == nil)
        #expect(try machine.refusal(.remove(node: "south-1")) == .conflict)
        // A site whose node leaves has none.
        #expect(try machine.refusal(.change("vision", sites: .value(["west"]))) == .invalid)
        try machine.apply(.change("vision", sites: .none))
        #expect(try machine.refusal(.remove(node: "south-1")) == nil)
    }

    @Test func eachContentCountsOnce() throws {
        var machine = try raised()
        try machine.apply(.register(files: [.at("a", size: 5), .at("b", size: 7)]))
        try machine.apply(.register(files: [.at("a", size: 5), .at("c", size: 1)]))
        try machine.apply(.register("vision", "tagger", files: [.at("b", size: 7)]))
        #expect(try project(in: machine).usedBytes == 13)
        try machine.apply(.change("vision", quotaBytes: .value(20)))
        #expect(try machine.refusal(.register(files: [.at("d", size: 8)])) == .quotaExceeded)
        #expect(try project(in: machine).usedBytes == 13)
        #expect(try machine.refusal(.register(files: [.at("d", size: 7)])) == nil)
        #expect(try project(in: machine).usedBytes == 20)
        // What is there costs nothing, however full it is.
        try machine.apply(.change("vision", quotaBytes: .value(1)))
        #expect(try machine.refusal(.register(files: [.at("a", size: 5), .at("d", size: 7)])) == nil)
        #expect(try machine.refusal(.register("speech", files: [.at("e", size: 1 << 40)])) == nil)
        #expect(try StateHash.recomputed(from: machine.store) == machine.catalog.applied().hash)
    }

    @Test func sizesThatNoDiskHasCrashNothing() throws {
        var machine = try raised()
        let largest = Limits.standard.fileBytes
        for number in 0..<3 {
            let files = try (0..<10_000).map { try FileEntry.at("\(number)-\($0)", size: largest) }
            #expect(try machine.refusal(.register(files: files)) == nil)
        }
        let used = UInt64(3 * 10_000) * largest
        #expect(try project(in: machine).usedBytes == used)
        try machine.apply(.change("vision", quotaBytes: .value(.max)))
        #expect(try machine.refusal(.register(files: [.at("more", size: 1)])) == nil)
    }

    @Test func aProjectOfBeforeIsCountedWhenItGetsAQuota() throws {
        var machine = try Machine.founded()
        try machine.apply(.register(files: [.at("a", size: 5), .at("b", size: 7)]))
        try machine.apply(.register(files: [.at("a", size: 5)]))
        try machine.apply(.register("vision", "tagger", files: [.at("c", size: 2)]))
        try machine.raise()
        try machine.apply(.register(files: [.at("d", size: 1)]))
        #expect(try project(in: machine).usedBytes == nil)
        try machine.apply(.change("vision", quotaBytes: .value(16)))
        #expect(try project(in: machine).usedBytes == 15)
        #expect(try machine.refusal(.register(files: [.at("a", size: 5), .at("e", size: 2)])) == .quotaExceeded)
        #expect(try machine.refusal(.register(files: [.at("a", size: 5), .at("e", size: 1)])) == nil)
        #expect(try StateHash.recomputed(from: machine.store) == machine.catalog.applied().hash)
    }

    private func raised() throws -> Machine {
        var machine = try Machine.founded()
        try machine.raise()
        return machine
    }

    private func project(in machine: Machine) throws -> Project {
        try #require(try machine.catalog.project(ProjectName("vision")))
    }
}

extension Command {
    static func change(
        _ project: String, description: Setting<String> = .unchanged, sites: Setting<[String]> = .unchanged,
        quotaBytes: Setting<UInt64> = .unchanged
    ) throws -> Command {
        .changeProject(
            ChangeProject(
                name: try ProjectName(project), description: description,
                sites: try sites.map { try $0.map { try SiteName($0) } }, quotaBytes: quotaBytes))
    }
}
