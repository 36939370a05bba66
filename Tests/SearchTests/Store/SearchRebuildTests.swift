import Testing

@testable import Search

@Suite struct SearchRebuildTests {
    @Test func `the old index answers and takes changes until the new one replaces it`() throws {
        let fixture = try SearchFixture([.sample("old", card: "alpha")])
        let rebuild = try fixture.index.beginRebuild()
        try rebuild.add([.sample("new", card: "alpha"), .sample("newer", card: "alpha")])
        #expect(try fixture.names("alpha") == ["old"])
        try fixture.add([.sample("meanwhile", card: "alpha")])
        #expect(try fixture.names("alpha") == ["meanwhile", "old"])
        try rebuild.finish(at: 40)
        #expect(try fixture.names("alpha") == ["new", "newer"])
        #expect(try fixture.index.appliedIndex == 40)
        try fixture.add([.sample("after", card: "alpha")])
        #expect(try fixture.names("alpha") == ["after", "new", "newer"])
        #expect(try !fixture.folder.names.contains { $0.hasPrefix("search-1.") })
    }

    @Test func `a finished rebuild stays when all that made it is gone`() throws {
        let folder = try TemporaryFolder()
        do {
            let index = try SearchIndex(directory: folder.path)
            let rebuild = try index.beginRebuild()
            try rebuild.add([.sample("new")])
            try rebuild.finish(at: 40)
        }
        let reopened = try SearchIndex(directory: folder.path)
        #expect(try reopened.count == 1)
        #expect(try reopened.appliedIndex == 40)
    }

    @Test func `a rebuild that is not finished leaves the old index, also when the node stops`() throws {
        let fixture = try SearchFixture([.sample("old", card: "alpha")])
        let rebuild = try fixture.index.beginRebuild()
        try rebuild.add([.sample("new", card: "alpha")])
        // Another index in the same folder finds what a crash would leave.
        let reopened = try SearchIndex(directory: fixture.folder.path)
        #expect(try reopened.count == 1)
        #expect(try reopened.appliedIndex == 1)
        #expect(try fixture.folder.names.allSatisfy { !$0.hasPrefix("search-2.") })
        withExtendedLifetime(rebuild) {}
    }

    @Test func `a rebuild that is dropped leaves no file`() throws {
        let fixture = try SearchFixture()
        do {
            let rebuild = try fixture.index.beginRebuild()
            try rebuild.add([.sample("new")])
            #expect(try fixture.folder.names.contains("search-2.sqlite"))
        }
        #expect(try !fixture.folder.names.contains { $0.hasPrefix("search-2.") })
        #expect(try fixture.index.count == 0)
    }

    @Test func `a second rebuild ends the first, and a finished one takes no more`() throws {
        let fixture = try SearchFixture()
        let first = try fixture.index.beginRebuild()
        let second = try fixture.index.beginRebuild()
        #expect(throws: SearchError.rebuildEnded) { try first.add([.sample("a")]) }
        #expect(throws: SearchError.rebuildEnded) { try first.finish(at: 1) }
        try second.add([.sample("b")])
        try second.finish(at: 2)
        #expect(throws: SearchError.rebuildEnded) { try second.add([.sample("c")]) }
        #expect(throws: SearchError.rebuildEnded) { try second.finish(at: 3) }
        #expect(try fixture.names("") == ["b"])
    }

    @Test func `words of a rebuild are known for corrections`() throws {
        let fixture = try SearchFixture()
        let rebuild = try fixture.index.beginRebuild()
        for number in 0..<5 { try rebuild.add([.sample("m\(number)", card: "classification")]) }
        try rebuild.finish(at: 1)
        #expect(try fixture.search("clasification").corrected.map(\.taken) == ["classification"])
    }
}
