import GRDB
import Testing

@testable import Search

@Suite struct SearchIndexTests {
    private func names(_ index: SearchIndex, _ text: String) throws -> [String] {
        let request = SearchRequest(try SearchQuery(parsing: text), scope: .all, now: SearchFixture.now)
        return try index.search(request).hits.map(\.id.model).sorted()
    }

    @Test func `an empty folder gives an empty index at 0`() throws {
        let fixture = try SearchFixture()
        #expect(try fixture.index.appliedIndex == 0)
        #expect(try fixture.index.count == 0)
        #expect(try fixture.search("bert").hits == [])
        #expect(try fixture.search("").total == .init(count: 0, isLowerBound: false))
    }

    @Test func `a document is found until it changes or goes`() throws {
        let fixture = try SearchFixture([.sample("one", card: "alpha beta"), .sample("two", card: "beta gamma")])
        #expect(try fixture.names("beta") == ["one", "two"])
        try fixture.add([.sample("one", card: "delta")])
        #expect(try fixture.names("beta") == ["two"])
        #expect(try fixture.names("alpha") == [])
        #expect(try fixture.names("delta") == ["one"])
        try fixture.index.apply([.remove(.init(project: "lab", model: "two"))], upTo: 9)
        #expect(try fixture.names("") == ["one"])
        #expect(try fixture.names("beta") == [])
        #expect(try fixture.index.appliedIndex == 9)
    }

    @Test func `a project goes with all its models and no others`() throws {
        let fixture = try SearchFixture([.sample("a"), .sample("b"), .sample("c", in: "other")])
        try fixture.index.apply([.removeProject("lab"), .removeProject("none")], upTo: 2)
        #expect(try fixture.names("") == ["c"])
        #expect(try fixture.index.count == 1)
    }

    @Test func `a row that was freed and used again shows nothing of the old document`() throws {
        let fixture = try SearchFixture([.sample("a", card: "alpha") { $0.facets = ["task": ["ner"]] }])
        try fixture.index.apply([.removeProject("lab"), .upsert(.sample("b", card: "beta"))], upTo: 2)
        #expect(try fixture.names("alpha") == [])
        #expect(try fixture.names("task:ner") == [])
        #expect(try fixture.names("beta") == ["b"])
    }

    @Test func `an index that is opened again knows all it knew`() throws {
        let folder = try TemporaryFolder()
        let first = try SearchIndex(directory: folder.path)
        let document = SearchDocument.sample("one", card: "alpha", daysOld: 3) {
            $0.facets = ["task": ["ner"]]
            $0.numbers = ["metrics.f1": 0.5]
            $0.latestVersion = .max
        }
        try first.apply([.upsert(document)], upTo: 7)
        try first.close()
        let second = try SearchIndex(directory: folder.path)
        #expect(try second.appliedIndex == 7)
        #expect(try names(second, "alpha task:ner metrics.f1=0.5 updated:<4d") == ["one"])
        try second.apply([.upsert(.sample("two", card: "alpha"))], upTo: .max)
        #expect(try names(second, "alpha") == ["one", "two"])
        #expect(try second.appliedIndex == .max)
    }

    @Test func `changes of the past are refused, the same ones again are not`() throws {
        let fixture = try SearchFixture()
        try fixture.index.apply([.upsert(.sample("a"))], upTo: 5)
        try fixture.index.apply([.upsert(.sample("a"))], upTo: 5)
        #expect(throws: SearchError.outOfOrder(applied: 5, given: 4)) { try fixture.index.apply([], upTo: 4) }
        #expect(try fixture.index.count == 1)
    }

    @Test func `a closed index says so`() throws {
        let fixture = try SearchFixture()
        try fixture.index.close()
        try fixture.index.close()
        #expect(throws: SearchError.closed) { try fixture.index.appliedIndex }
        #expect(throws: SearchError.closed) { try fixture.names("a") }
        #expect(throws: SearchError.closed) { try fixture.index.apply([], upTo: 1) }
        #expect(throws: SearchError.closed) { try fixture.index.beginRebuild() }
    }

    @Test func `a damaged file is discarded`() throws {
        let folder = try TemporaryFolder()
        try SearchIndex(directory: folder.path).close()
        try folder.overwrite("search-1.sqlite", with: Array(repeating: 0x5A, count: 8_192))
        let index = try SearchIndex(directory: folder.path)
        #expect(try index.appliedIndex == 0)
        try index.apply([.upsert(.sample("a", card: "alpha"))], upTo: 1)
        #expect(try names(index, "alpha") == ["a"])
    }

    @Test func `a file that was emptied or is of another format is discarded`() throws {
        let folder = try TemporaryFolder()
        let first = try SearchIndex(directory: folder.path)
        try first.apply([.upsert(.sample("a"))], upTo: 3)
        try first.close()
        let queue = try DatabaseQueue(path: folder.path + "/search-1.sqlite")
        try queue.write { try $0.execute(sql: "PRAGMA user_version = 77") }
        try queue.close()
        try folder.overwrite("search-9.sqlite", with: [])
        let second = try SearchIndex(directory: folder.path)
        #expect(try second.appliedIndex == 0)
        #expect(try second.count == 0)
        #expect(try !folder.names.contains { $0.hasPrefix("search-1.") || $0.hasPrefix("search-9.") })
    }

    @Test func `a folder that cannot be made is told`() {
        #expect(throws: SearchError.self) { try SearchIndex(directory: "/proc/none/search") }
    }

    @Test func `files of others stay in the folder`() throws {
        let folder = try TemporaryFolder()
        try folder.overwrite("search-notes.txt", with: [1])
        _ = try SearchIndex(directory: folder.path)
        #expect(try folder.names.contains("search-notes.txt"))
    }
}
