import Testing

@testable import Search

@Suite struct SnippetTests {
    static let long = (0..<100).map { "w\($0)" }.joined(separator: " ")

    static let cases: [(text: String, card: String, description: String, snippet: String)] = [
        ("fox", "the quick brown Fox jumps", "", "the quick brown [Fox] jumps"),
        ("qui", "the quick brown fox", "", "the [quick] brown fox"),
        ("\"brown fox\"", "a fox, a brown-fox", "", "a fox, a [brown-fox]"),
        ("fox", "a fox", "one fox here", "one [fox] here"), ("fox brown", "a brown fox", "one fox", "a [brown] [fox]"),
        ("groß*", "die Größe \u{2}x\u{3}", "", "die [Größe]  x "), ("", "card", "about", "about"),
        ("", "card", "", "card"),
        ("card:fox", "a fox", "one fox", "a [fox]"), ("fox -cat", "a fox", "", "a [fox]"), ("", "", "", "m"),
        (
            "w50", SnippetTests.long, "",
            "…" + (46..<50).map { "w\($0) " }.joined() + "[w50] "
                + (51..<70).map { "w\($0)" }.joined(separator: " ") + "…"
        ),
        ("w99", SnippetTests.long, "", "…" + (76..<99).map { "w\($0) " }.joined() + "[w99]"),
    ]

    @Test(arguments: cases) func `a snippet shows the matches in the words around them`(
        text: String, card: String, description: String, snippet: String
    ) throws {
        let fixture = try SearchFixture([.sample("m", card: card) { $0.description = description }])
        #expect(try fixture.search(text).hits.first?.snippet.marked() == snippet)
    }

    @Test func `marks in a text are not marks of a match`() throws {
        let fixture = try SearchFixture([.sample("m", card: "a [b] fox")])
        let snippet = try #require(try fixture.search("fox").hits.first?.snippet)
        #expect(snippet.parts == [.init(text: "a [b] ", isMatch: false), .init(text: "fox", isMatch: true)])
    }

    @Test func `whatever the text, its snippet is a piece of it`() throws {
        var generator = SplitMix(state: 31)
        let pieces = ["fox", "brown", " ", "-", "é", "👩‍👩‍👧", "\u{301}", "日本", ".", "x", "\u{0}", "Ⅷ", "foxes"]
        var documents: [SearchDocument] = []
        for number in 0..<300 {
            let count = Int.random(in: 0...60, using: &generator)
            let text = (0..<count).compactMap { _ in pieces.randomElement(using: &generator) }.joined()
            documents.append(.sample("m\(number)", card: text + " fox"))
        }
        let fixture = try SearchFixture(documents) { $0.pageHits = 300 }
        let hits = try fixture.search("brown* fox") { $0.limit = 300 }.hits
        #expect(hits.count > 50)
        for hit in hits {
            let number = try #require(Int(hit.id.model.dropFirst()))
            let card = IndexedText.clean(documents[number].card, bytes: 10_000)
            let shown = hit.snippet.parts.map(\.text).joined().split(separator: "…").joined()
            #expect(card.utf8.count >= shown.utf8.count && (card.contains(shown) || hit.id.model.contains(shown)))
            #expect(hit.snippet.parts.contains { $0.isMatch })
        }
    }
}
