import Testing

@testable import Search

@Suite struct FacetTests {
    private static func models() -> [SearchDocument] {
        (0..<12).map { number in
            .sample("m\(number)", in: "p\(number % 2)", card: number < 8 ? "alpha" : "beta") {
                $0.facets = ["task": ["t\(number % 3)"], "language": ["en", "l\(number)"]]
                $0.tags = number == 0 ? ["only"] : []
            }
        }
    }

    private func shown(_ facet: SearchAnswer.Facet?) -> [String] {
        facet?.values.map { "\($0.value) \($0.count)" } ?? []
    }

    @Test func `values are counted among what was found, the most frequent first`() throws {
        let fixture = try SearchFixture(Self.models())
        let answer = try fixture.search("alpha") { $0.facets = ["task", "language", "tags", "project", "none"] }
        #expect(answer.facets.map(\.name) == ["task", "language", "tags", "project", "none"])
        #expect(shown(answer.facets[0]) == ["t0 3", "t1 3", "t2 2"])
        #expect(shown(answer.facets[1]).first == "en 8")
        #expect(answer.facets[1].distinct == 9)
        #expect(shown(answer.facets[2]) == ["only 1"])
        #expect(shown(answer.facets[3]) == ["p0 4", "p1 4"])
        #expect(answer.facets[4] == .init(name: "none", values: [], distinct: 0))
    }

    @Test func `a facet with many values leaves room for the others`() throws {
        let fixture = try SearchFixture([
            .sample("m") {
                $0.facets = [
                    "dataset": (0..<2_000).map { "d\($0)" }, "stage": ["production"], "verdict": ["dangerous"],
                ]
                $0.tags = (0..<100).map { "t\($0)" }
            }
        ])
        #expect(try fixture.names("stage:production verdict:dangerous dataset:d7") == ["m"])
        #expect(try fixture.names("-verdict:dangerous") == [])
    }

    @Test func `counts obey the scope, the filters and the number asked for`() throws {
        let fixture = try SearchFixture(Self.models())
        let scoped = try fixture.search("", scope: .allBut(["p1"])) { $0.facets = ["task", "project"] }
        #expect(shown(scoped.facets[0]) == ["t0 2", "t1 2", "t2 2"])
        #expect(shown(scoped.facets[1]) == ["p0 6"])
        #expect(scoped.total.count == 6)
        let top = try fixture.search("task:t1") { request in
            request.facets = ["language"]
            request.facetTop = 2
        }
        #expect(shown(top.facets[0]) == ["en 4", "l1 1"])
        #expect(top.facets[0].distinct == 5)
    }

    @Test func `counts follow every change`() throws {
        let fixture = try SearchFixture(Self.models())
        try fixture.add([.sample("m0", in: "p0", card: "alpha") { $0.facets = ["task": ["new"]] }])
        try fixture.index.apply([.remove(.init(project: "p1", model: "m1"))], upTo: 5)
        let answer = try fixture.search("alpha") { $0.facets = ["task"] }
        #expect(shown(answer.facets[0]) == ["t0 2", "t1 2", "t2 2", "new 1"])
    }

    @Test func `more than allowed is refused in words`() throws {
        let fixture = try SearchFixture()
        let requests: [(inout SearchRequest) -> Void] = [
            { $0.limit = 0 }, { $0.limit = 101 }, { $0.facetTop = 51 }, { $0.facetTop = -1 },
            { $0.facets = Array(repeating: "task", count: 17) },
            { $0.scope = .allBut(Set((0...100_000).map { "p\($0)" })) },
        ]
        for change in requests {
            let error = #expect(throws: SearchError.self) { try fixture.search("", change) }
            guard case .request? = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }
}
