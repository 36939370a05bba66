import ModelCards
import Models
import Testing

@Suite struct ModelCardTests {
    @Test func `a card as trainers write it is read whole`() throws {
        let card = try ModelCard(reading: Array(CardSamples.full.utf8))
        #expect(card.frontMatter["license"] == .string("other"))
        #expect(card.title == "Whisper small")
        #expect(card.summary == "Whisper hears Norwegian and writes nb-NO in lower_case words & numbers.")
        #expect(
            card.text == """
                Whisper small
                Whisper hears Norwegian and writes nb-NO in lower_case words & numbers.
                Use
                Load it
                Run it
                # <b>kept</b>
                model = load("x_y_z")
                Set WER
                dev 21
                A quotation.
                """)
    }

    @Test(arguments: ["\n", "\r\n", "\r"], [true, false])
    func `line ends and a byte order mark change nothing`(lineEnd: String, hasMark: Bool) throws {
        let plain = try ModelCard(reading: Array(CardSamples.full.utf8))
        var text = CardSamples.full.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: lineEnd)
        if hasMark { text = "\u{FEFF}" + text }
        #expect(try ModelCard(reading: Array(text.utf8)) == plain)
    }

    @Test(
        arguments: [
            ("", [:], ""),
            ("---", nil, ""),
            ("---\n---", [:], ""),
            ("---\n\n---\nBody", [:], "Body"),
            ("---\n# only a comment\n---\nBody", [:], "Body"),
            ("---\n{}\n---\nBody", [:], "Body"),
            ("\n \n---\na: b\n---\nBody", ["a": "b"], "Body"),
            ("---  \na: b\n--- \t\nBody", ["a": "b"], "Body"),
            ("---\na: b\n---", ["a": "b"], ""),
            ("---\na: |\n  ---\n  x\n---\nBody", ["a": "---\nx\n"], "Body"),
            ("Body\n\n---\na: b\n---", [:], "Body\na: b"),
            ("---x\nBody", [:], "---x Body"),
            ("Body without end", [:], "Body without end"),
        ] as [(String, [String: String]?, String)])
    func `front matter lies between the first line and the next fence`(
        text: String, members: [String: String]?, body: String
    ) throws {
        guard let members else {
            #expect(throws: CardError.unclosed(line: 1)) { try ModelCard(reading: Array(text.utf8)) }
            return
        }
        let card = try ModelCard(reading: Array(text.utf8))
        #expect(card.frontMatter == members.mapValues { .string($0) })
        #expect(card.text.split(separator: "\n") == body.split(separator: "\n"))
    }

    @Test func `the body of a refused card can be read`() {
        let refused = "---\na: *b\n---\n# Title\n\nWords"
        #expect(throws: CardError.self) { try ModelCard(reading: Array(refused.utf8)) }
        let card = ModelCard(readingBodyOf: Array(refused.utf8))
        #expect(card.title == "Title")
        #expect(card.text == "Title\nWords")
        let long = "---\na: \(String(repeating: "x", count: 70_000))\n---\nWords"
        #expect(ModelCard(readingBodyOf: Array(long.utf8)).text == "Words")
        #expect(ModelCard(readingBodyOf: Array("---\nno end".utf8)).text == "no end")
    }

    @Test func `a body that is not UTF-8 is repaired, front matter is refused`() throws {
        #expect(try ModelCard(reading: Array("a ".utf8) + [0xFF, 0x62]).text == "a \u{FFFD}b")
        #expect(throws: CardError.notUTF8(line: 3)) {
            try ModelCard(reading: Array("---\na: é\nb: ".utf8) + [0xC3] + Array("\n---\n".utf8))
        }
        #expect(throws: CardError.notUTF8(line: 1)) { try ModelCard(reading: [0xFF, 0xFE, 0x2D, 0]) }
    }
}
