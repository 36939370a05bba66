import Testing

@testable import Search

@Suite struct RememberedMatchesTests {
    /// Everything is remembered, and forgotten after few changes.
    private func fixture() throws -> SearchFixture {
        try SearchFixture((0..<40).map { .sample("m\($0)", card: "alpha") }) {
            $0.scoredRows = 0
            $0.correctedMatches = 4
            $0.rememberedMatches = 2
        }
    }

    @Test func `what is remembered follows the changes`() throws {
        let fixture = try fixture()
        #expect(try fixture.search("alpha").total.count == 40)
        try fixture.add([.sample("m0", card: "beta"), .sample("m40", card: "alpha"), .sample("m41", card: "beta")])
        #expect(try fixture.search("alpha").total.count == 40)
        #expect(try fixture.search("beta").total.count == 2)
        try fixture.index.apply([.remove(.init(project: "lab", model: "m1"))], upTo: 9)
        #expect(try fixture.search("alpha").total.count == 39)
    }

    @Test func `whatever changes come between, a remembered answer is what a new index gives`() throws {
        let fixture = try fixture()
        var generator = SplitMix(state: 41)
        var cards = Dictionary(uniqueKeysWithValues: (0..<40).map { ("m\($0)", "alpha") })
        for round in 0..<120 {
            var changes: [SearchChange] = []
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                let name = "m\(Int.random(in: 0..<50, using: &generator))"
                let card = ["alpha", "beta", "alpha beta", nil].randomElement(using: &generator) ?? nil
                cards[name] = card
                let id = SearchDocument.ID(project: "lab", model: name)
                changes.append(card.map { .upsert(.sample(name, card: $0)) } ?? .remove(id))
            }
            try fixture.index.apply(changes, upTo: UInt64(round + 2))
            for word in ["alpha", "beta", "gamma"].shuffled(using: &generator).prefix(2) {
                let expected = cards.filter { $0.value.contains(word) }.keys.sorted()
                #expect(try fixture.names(word).sorted() == expected)
            }
        }
    }
}
