import Testing

@testable import Search

@Suite struct SimilarTests {
    private static func models() -> [SearchDocument] {
        func sample(_ name: String, _ facets: [String: [String]], _ card: String = "common words") -> SearchDocument {
            .sample(name, card: card) { $0.facets = facets }
        }
        return [
            sample(
                "origin", ["base_model": ["bert"], "dataset": ["conll", "wiki"], "task": ["ner"]],
                "protein folding of yeast"),
            sample("sibling", ["base_model": ["bert"], "dataset": ["wiki"], "task": ["ner"]]),
            sample("child", ["base_model": ["lab/origin"]]), sample("worker", ["task": ["ner"]]),
            sample("writer", ["task": ["pos"]], "folding a protein"), sample("stranger", ["task": ["other"]]),
        ] + (0..<20).map { sample("x\($0)", ["task": ["none"]], "filler number \($0)") }
    }

    private let origin = SearchDocument.ID(project: "lab", model: "origin")

    @Test func `each similar model comes with its reasons, the nearest first`() throws {
        let fixture = try SearchFixture(Self.models())
        let found = try fixture.index.similar(to: origin, scope: .all)
        #expect(found.map(\.id.model).sorted() == ["child", "sibling", "worker", "writer"])
        #expect(found.first?.id.model == "sibling")
        let reasons = Dictionary(uniqueKeysWithValues: found.map { ($0.id.model, $0.reasons) })
        #expect(reasons["sibling"] == [.baseModel(["bert"]), .datasets(["wiki"]), .task(["ner"])])
        #expect(reasons["child"] == [.derived(from: origin)])
        #expect(reasons["worker"] == [.task(["ner"])])
        guard case .text(let words)? = reasons["writer"]?.first else {
            Issue.record("no text")
            return
        }
        #expect(words.sorted() == ["folding", "protein"])
    }

    @Test func `neither models nor the one asked about are seen out of the scope`() throws {
        let fixture = try SearchFixture(
            Self.models() + [
                .sample("far", in: "other") { $0.facets = ["base_model": ["bert"]] }
            ])
        #expect(try fixture.index.similar(to: origin, scope: .allBut(["other"])).allSatisfy { $0.id.project == "lab" })
        #expect(try fixture.index.similar(to: origin, scope: .all).contains { $0.id.project == "other" })
        #expect(throws: SearchError.unknownModel(origin)) {
            try fixture.index.similar(to: origin, scope: .allBut(["lab"]))
        }
        #expect(throws: SearchError.self) {
            try fixture.index.similar(to: .init(project: "a", model: "b"), scope: .all)
        }
    }

    @Test func `no more are given than asked for`() throws {
        let fixture = try SearchFixture(Self.models())
        #expect(try fixture.index.similar(to: origin, scope: .all, limit: 2).count == 2)
        #expect(throws: SearchError.self) { try fixture.index.similar(to: origin, scope: .all, limit: 0) }
        #expect(throws: SearchError.self) { try fixture.index.similar(to: origin, scope: .all, limit: 51) }
    }
}
