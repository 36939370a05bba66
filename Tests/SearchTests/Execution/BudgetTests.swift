import Synchronization
import Testing

@testable import Search

@Suite struct BudgetTests {
    private static let models = (0..<3_000).map { SearchDocument.sample("m\($0)", card: "alpha") }

    @Test func `a search that takes too long ends with an error that says how to narrow it`() throws {
        let folder = try TemporaryFolder()
        let ticks = Mutex(0)
        let start = ContinuousClock.now
        // Every look at the clock takes a second.
        let index = try SearchIndex(directory: folder.path) {
            start
                + .seconds(
                    ticks.withLock { ticks in
                        ticks += 1
                        return ticks
                    })
        }
        try index.apply(Self.models.map { .upsert($0) }, upTo: 1)
        let request = SearchRequest(try SearchQuery(parsing: "alpha"), scope: .all, now: 0)
        let error = #expect(throws: SearchError.self) { try index.search(request) }
        guard case .tooExpensive(let text)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(text.contains("2.0 seconds") && text.contains("rarer"))
    }

    @Test func `a request may allow less time, and none is too little`() throws {
        let fixture = try SearchFixture(Self.models)
        let error = #expect(throws: SearchError.self) { try fixture.search("alpha") { $0.duration = .zero } }
        guard case .tooExpensive? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try fixture.search("alpha") { $0.duration = .seconds(60) }.total.count == 3_000)
    }

    @Test func `when not all rows may be visited, the total is a lower bound`() throws {
        let fixture = try SearchFixture(Self.models) {
            $0.visitedRows = 1_000
            $0.portionRows = 500
        }
        let answer = try fixture.search("alpha")
        #expect(answer.total == .init(count: 1_000, isLowerBound: true))
        #expect(answer.hits.count == 20)
        #expect(try fixture.search("").total == .init(count: 3_000, isLowerBound: false))
        #expect(throws: SearchError.self) { try fixture.search("-alpha") }
    }
}
