import ModelCards
import Models
import Testing

@Suite struct HostileTests {
    private static let clock = ContinuousClock()

    @Test func `a bomb of aliases costs nothing`() {
        var bomb = "a0: &a0 [x, x, x]"
        for level in 1...40 {
            bomb += "\na\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ","))]"
        }
        #expect(throws: CardError.refused(line: 2, .anchor)) { try card(bomb) }
    }

    @Test func `a benchmark's thousands of results are read where limits allow`() throws {
        let metrics = String(repeating: "    - type: ndcg_at_10\n      value: 12.345678901234567\n", count: 100)
        let result = "  - task: {type: Retrieval}\n    dataset: {name: a, split: test}\n    metrics:\n" + metrics
        let yaml = "model-index:\n- name: a\n  results:\n" + String(repeating: result, count: 50)
        let bytes = Array("---\n\(yaml)---\n".utf8)
        #expect(throws: CardError.tooLong(line: 1, limit: 64 << 10)) { try ModelCard(reading: bytes) }
        let wide = limits {
            $0.frontMatterBytes = 512 << 10
            $0.nodes = 60_000
        }
        var count = 0
        let time = try Self.clock.measure {
            count = CardFacts(try ModelCard(reading: bytes, limits: wide).frontMatter, limits: wide).results.count
        }
        #expect(count == 5_000)
        #expect(time < .seconds(10))
    }

    @Test(arguments: [
        "[", "{", "- ", "? ", "a: {", "!", "&a ", "\"", "'", "|", "%", "{a: [", ",", "#\n", "\t", "a:\n ",
    ])
    func `front matter of one thing again and again ends soon`(part: String) {
        let yaml = String(repeating: part, count: (64 << 10) / part.utf8.count - 8)
        let time = Self.clock.measure {
            // Probe: most are errors, and which does not matter.
            _ = try? card("a: 1\n" + yaml)
            _ = try? card("a: " + yaml)
        }
        #expect(time < .seconds(2))
    }

    @Test(
        arguments: [
            "[", "![", "](", "[a](", "[a](b ", "[a](b \"", "[a](b (", "[](<", "[a][", "]", "`", "`` `", "<", "<a",
            "<a ",
            "<a b=\"", "<a b='\">", "<!--", "<!-- -->", "<script>", "<script></script>", "<style", "</", "<h1>", "<p>",
            "*", "* ", "_a", "~~", "\\", "&", "&#", "&amp;", "> ", "- ", "#", "# ", "| ", "|-", "```\n", "~~~", "=\n",
            "a\n=\n", "\u{301}", "\n", "\r", "<h1>a</h1>", "[x]: ", "<https:", "![a](b)", "[![", "(", "<b>x`",
        ])
    func `a body of one thing again and again takes linear time`(part: String) throws {
        func measure(_ bytes: Int) throws -> Duration {
            let text = Array(String(repeating: part, count: bytes / part.utf8.count).utf8)
            var card: ModelCard?
            let time = try Self.clock.measure { card = try ModelCard(reading: text) }
            #expect(card?.text.utf8.count ?? 0 <= 64 << 10)
            return time
        }
        // A quadratic reader takes minutes for as much.
        #expect(try measure(256 << 10) < .seconds(10))
    }

    @Test func `what follows the longest body is not read`() throws {
        let small = limits { $0.bodyBytes = 10 }
        #expect(try ModelCard(reading: Array("0123456789abc".utf8), limits: small).text == "0123456789")
    }

    @Test(
        arguments: [
            "<script>alert(1)</script>", "<ScRiPt src=x>alert(1)</sCrIpT>", "<img src=x onerror=alert(1)>",
            "<svg/onload=alert(1)>", "<a href=\"javascript:alert(1)\">x</a>", "[x](javascript:alert(1))",
            "![x](javascript:alert(1))", "<iframe src=\"javascript:alert(1)\">", "<style>@import 'alert'</style>",
            "<!-- alert -->", "<!-- --><script>alert(1)</script>", "<p title='>' onclick=\"alert(1)\">x",
            "<div\nonclick='alert(1)'\n>x</div>", "[x]: javascript:alert(1)", "<?php alert() ?>", "<!DOCTYPE alert>",
        ])
    func `nothing of hostile HTML is left`(html: String) throws {
        let card = try body("before\n\n\(html)\n\nafter")
        #expect(!card.text.contains("alert"), "\(card.text)")
        #expect(card.text.hasPrefix("before\n"))
        #expect(card.text.hasSuffix("\nafter"))
    }

    @Test func `whatever the bytes, a card is read or refused within its limits`() throws {
        let pieces = [
            "---\n", "\n", "\r\n", "a: ", "- ", "[", "]", "{", "}", "&x", "*x", "!t ", "\"", "'", "|\n", ">\n", "#",
            " ",
            "  ", "\t", "`", "```\n", "<", ">", "<!--", "-->", "<script", "</script>", "<h1>", "</h1>", "](", ")", "![",
            "\\", "&amp;", "\u{FEFF}", "é", "\u{1F917}", "\u{0}", "1.5", "null", "model-index:\n", "results:\n",
            "metrics:\n",
            "  - type: a\n", "    value: 1\n", "license: mit\n", "tags:\n", "...", "===\n", "~~~\n", "%YAML 1.2\n",
            ": ", "? ",
        ].map { Array($0.utf8) }
        var generator = SplitMix(state: 11)
        var (cards, refusals) = (0, 0)
        for _ in 0..<20_000 {
            var bytes = Bool.random(using: &generator) ? Array("---\n".utf8) : []
            for _ in 0..<Int.random(in: 0..<40, using: &generator) {
                bytes += pieces.randomElement(using: &generator) ?? []
                if Int.random(in: 0..<50, using: &generator) == 0 {
                    bytes.append(.random(in: 0...255, using: &generator))
                }
            }
            do throws(CardError) {
                let card = try ModelCard(reading: bytes)
                check(card)
                cards += 1
            } catch {
                #expect(error.line >= 1)
                #expect(error.line <= bytes.count + 1)
                #expect(error.description.utf8.count < 500)
                check(ModelCard(readingBodyOf: bytes))
                refusals += 1
            }
        }
        #expect(cards > 5_000 && refusals > 2_000, "\(cards) cards, \(refusals) refusals")
    }

    @Test func `a real card with any byte changed is read or refused`() {
        let original = Array(CardSamples.full.utf8)
        var generator = SplitMix(state: 12)
        for _ in 0..<5_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: bytes.indices, using: &generator)
                bytes[index] = .random(in: 0...255, using: &generator)
            }
            bytes.removeLast(Int.random(in: 0...1, using: &generator) * Int.random(in: 0..<600, using: &generator))
            // Probe: both a card and an error are right here.
            if let card = try? ModelCard(reading: bytes) { check(card) }
        }
    }

    private func check(_ card: ModelCard) {
        #expect(card.title?.isEmpty != true)
        #expect(card.summary?.isEmpty != true)
        #expect(card.summary?.utf8.count ?? 0 <= 500)
        #expect(!card.text.utf8.contains(0))
        let facts = CardFacts(card.frontMatter)
        #expect(facts.notes.count <= 50)
        #expect(facts.results.allSatisfy { $0.value.isFinite })
    }
}
