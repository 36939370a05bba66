import Testing

@testable import Search

@Suite struct FilterTests {
    static let documents: [SearchDocument] = [
        .sample("ner-de", card: "names in texts", daysOld: 10) {
            $0.facets = ["task": ["ner"], "license": ["Apache-2.0"], "language": ["de", "en"], "Colour": ["red"]]
            $0.numbers = ["metrics.f1": 0.91, "size": 2e9, "parameters": 7e9, "epochs": 3]
            $0.tags = ["nlp", "two words"]
        },
        .sample("pos-en", card: "parts of speech in texts", daysOld: 40) {
            $0.facets = ["task": ["pos"], "license": ["MIT"], "language": ["en"]]
            $0.numbers = ["metrics.f1": 0.7, "size": 4e8, "metrics.epochs": 9]
            $0.tags = ["nlp"]
        },
        .sample("vision", in: "eyes", card: "pictures \"quoted\"", daysOld: 0) {
            $0.facets = ["task": ["image-classification"], "license": ["apache-2.0"]]
            $0.numbers = ["metrics.f1": .nan, "size": 1]
            $0.description = "sees texts"
        },
    ]

    static let fixture = Result { try SearchFixture(documents) }

    static let cases: [(text: String, names: [String])] = [
        ("", ["ner-de", "pos-en", "vision"]), ("texts", ["ner-de", "pos-en", "vision"]),
        ("tex", ["ner-de", "pos-en", "vision"]),
        ("tex names", []), ("tex* names", ["ner-de"]), ("\"in texts\"", ["ner-de", "pos-en"]),
        ("\"texts in\"", []), ("texts -speech", ["ner-de", "vision"]), ("-speech", ["ner-de", "vision"]),
        ("-speech -pictures", ["ner-de"]), ("task:ner", ["ner-de"]), ("task:NER", ["ner-de"]),
        ("task:ner,pos", ["ner-de", "pos-en"]), ("-task:ner", ["pos-en", "vision"]), ("-task:ner,pos", ["vision"]),
        ("license:apache-2.0", ["ner-de", "vision"]), ("licence:mit", ["pos-en"]),
        ("language:*", ["ner-de", "pos-en"]),
        ("-language:*", ["vision"]), ("task:image*", ["vision"]), ("task:zz*", []), ("lang:en lang:de", ["ner-de"]),
        ("lang:en -lang:de", ["pos-en"]), ("colour:red", ["ner-de"]), ("colour:blue", []), ("none:x", []),
        ("-none:x", ["ner-de", "pos-en", "vision"]),
        ("tag:nlp", ["ner-de", "pos-en"]), ("tag:\"two words\"", ["ner-de"]), ("nlp", ["ner-de", "pos-en"]),
        ("project:eyes", ["vision"]), ("eyes", ["vision"]), ("metrics.f1>0.9", ["ner-de"]),
        ("metrics.f1>=0.7", ["ner-de", "pos-en"]),
        ("metrics.f1<0.9", ["pos-en"]), ("f1=0.7", ["pos-en"]), ("-f1>0.9", ["pos-en", "vision"]),
        ("epochs>2", ["ner-de", "pos-en"]),
        ("epochs>3", ["pos-en"]), ("size<500MB", ["pos-en", "vision"]), ("parameters>=7B", ["ner-de"]), ("none>1", []),
        ("updated:<30d", ["ner-de", "vision"]), ("updated:>30d", ["pos-en"]), ("-updated:<30d", ["pos-en"]),
        ("updated:>=2026-01-31", ["vision"]), ("updated:2026-01-31", ["vision"]),
        ("updated:2026-01", ["ner-de", "vision"]),
        ("updated:<2026-01-31", ["ner-de", "pos-en"]), ("updated:>2026", []),
        ("updated:<=2026-01-21", ["ner-de", "pos-en"]),
        ("updated:<2026-01-21", ["pos-en"]), ("updated:>2026-01-21", ["vision"]), ("created:2026-01-30", ["vision"]),
        ("name:ner", ["ner-de"]), ("name:texts", []), ("description:texts", ["vision"]),
        ("card:texts", ["ner-de", "pos-en"]),
        ("-name:ner texts", ["pos-en", "vision"]), ("name:ner,vis*", ["ner-de", "vision"]), ("quoted", ["vision"]),
        ("texts and task:ner and f1>0.9", ["ner-de"]), ("ner-de", ["ner-de"]),
        ("TEXTS", ["ner-de", "pos-en", "vision"]),
    ]

    @Test(arguments: cases) func `all parts of a query hold for what is found`(text: String, names: [String]) throws {
        #expect(try Self.fixture.get().names(text) == names)
    }

    @Test func `a model is not seen by those whose scope leaves its project out`() throws {
        let fixture = try Self.fixture.get()
        #expect(try fixture.names("texts", scope: .allBut(["lab"])) == ["vision"])
        #expect(try fixture.names("", scope: .allBut(["eyes", "none"])) == ["ner-de", "pos-en"])
        #expect(try fixture.names("", scope: .allBut(["lab", "eyes"])) == [])
    }

    @Test func `what decides is the project of visibility`() throws {
        let fixture = try SearchFixture([.sample("a", in: "hidden") { $0.visibilityProject = "open" }])
        #expect(try fixture.names("", scope: .allBut(["hidden"])) == ["a"])
        #expect(try fixture.names("", scope: .allBut(["open"])) == [])
    }

    @Test func `a long list of projects is a scope like a short one`() throws {
        let fixture = try Self.fixture.get()
        let many = Set((0..<10_000).map { "p\($0)" }).union(["eyes"])
        #expect(try fixture.names("texts", scope: .allBut(many)) == ["ner-de", "pos-en"])
    }

    @Test func `nothing that users write is part of a statement`() throws {
        let fixture = try Self.fixture.get()
        var generator = SplitMix(state: 17)
        let pieces = [
            "\"", "'", "*", ":", "-", "(", ")", "{name} ", "NEAR(", "AND ", " ", "texts", "name:", "task:", "^", "+",
            ";", "--", "\\",
            "é", "\u{301}", "\u{FFFD}", "𝒳", "١", "ⅷ", "\u{E000}", "%", "_",
        ]
        for _ in 0..<3_000 {
            let count = Int.random(in: 1...8, using: &generator)
            let text = (0..<count).compactMap { _ in pieces.randomElement(using: &generator) }.joined()
            guard let query = try parsed(text) else { continue }
            _ = try fixture.index.search(SearchRequest(query, scope: .all, now: 0))
        }
    }

    /// nil for a text that is refused.
    private func parsed(_ text: String) throws -> SearchQuery? {
        do { return try SearchQuery(parsing: text) } catch .query { return nil }
    }
}
