import Testing

@testable import Inspection

@Suite struct ShownTextTests {
    @Test func `what turns text around or hides is taken out`() {
        #expect(ShownText.line("a\u{1B}[31m\nb\u{202E}c\u{2028}d\u{7F}e") == "a [31m b c d e")
    }

    @Test func `a line has at most 200 scalars, however many make a character`() {
        #expect(ShownText.line(String(repeating: "x", count: 200)) == String(repeating: "x", count: 200))
        let long = "e" + String(repeating: "\u{301}", count: 10_000)
        #expect(ShownText.line(long).unicodeScalars.count == 200)
        #expect(ShownText.line(long).unicodeScalars.last == "…")
    }

    @Test func `there are at most 20 reasons`() {
        #expect(ShownText.reasons((0..<20).map(String.init)) == (0..<20).map(String.init))
        #expect(ShownText.reasons((0..<21).map(String.init)) == (0..<19).map(String.init) + ["and more"])
    }
}
