import Testing

@testable import Search

@Suite struct SpellingTests {
    private static func models() -> [SearchDocument] {
        (0..<6).map { .sample("m\($0)", card: "image classification with transformers") }
            + [.sample("secret", in: "hidden", card: "zanzibar zanzibar"), .sample("rare", card: "zanzibarian")]
    }

    static let misspelt: [(text: String, taken: [String])] = [
        ("clasification", ["classification"]), ("classificaiton", ["classification"]), ("imagee", ["image"]),
        ("imgae clasification", ["image", "classification"]), ("transfromers image", ["transformers"]),
    ]

    @Test(arguments: misspelt) func `a word that nobody has is taken for one near to it, and that is told`(
        text: String, taken: [String]
    ) throws {
        let answer = try SearchFixture(Self.models()).search(text)
        #expect(answer.corrected.map(\.taken) == taken)
        #expect(answer.total.count == 6)
        #expect(answer.hits.first?.snippet.parts.contains { $0.isMatch } == true)
    }

    static let left = [
        "classification", "xqzw", "img", "\"clasification\"", "name:clasification", "-clasification", "12345",
    ]

    @Test(arguments: left) func `words that are found, short, quoted, in a filter or far from all are left`(
        text: String
    ) throws {
        #expect(try SearchFixture(Self.models()).search(text).corrected == [])
    }

    @Test func `whether a word is corrected does not tell what others have`() throws {
        let fixture = try SearchFixture(Self.models())
        #expect(try fixture.search("zanzibra").corrected.map(\.taken) == ["zanzibar"])
        let scoped = try fixture.search("zanzibra", scope: .allBut(["hidden"]))
        #expect(scoped.corrected == [] && scoped.total.count == 0)
    }

    @Test func `a word that only others have is corrected like one that nobody has`() throws {
        let others = (0..<9).map { SearchDocument.sample("o\($0)", in: "hidden", card: "clasification") }
        let fixture = try SearchFixture(Self.models() + others)
        let answer = try fixture.search("clasification", scope: .allBut(["hidden"]))
        #expect(answer.corrected.map(\.taken) == ["classification"])
        #expect(answer.total.count == 6)
    }

    @Test func `a word that many have is meant as it is written`() throws {
        let metal = (0..<5).map { SearchDocument.sample("a\($0)", card: "metal") }
        let medal = (0..<10).map { SearchDocument.sample("b\($0)", card: "medal") }
        let fixture = try SearchFixture(metal + medal + [.sample("c", card: "medal ceremony")])
        #expect(try fixture.search("metal ceremony").corrected == [])
    }

    @Test func `the few that have the word as written stay among what is found`() throws {
        let fixture = try SearchFixture(Self.models() + [.sample("typo", card: "clasification")])
        let answer = try fixture.search("clasification")
        #expect(answer.total.count == 7)
        #expect(answer.hits.first?.id.model == "typo")
    }
}
