import GRDB
import Testing

@testable import Search

@Suite struct TextTests {
    static let cut: [(text: String, bytes: Int, cleaned: String)] = [
        ("abc", 3, "abc"), ("abcd", 3, "abc"), ("aé", 3, "aé"), ("aé", 2, "a"), ("日本", 5, "日"), ("日本", 2, ""),
        ("a\n\u{0}\u{2}b\u{7F}", 9, "a   b "), ("", 0, ""),
    ]

    @Test(arguments: cut) func `texts are cut between characters and have no control characters`(
        text: String, bytes: Int, cleaned: String
    ) {
        #expect(IndexedText.clean(text, bytes: bytes) == cleaned)
    }

    @Test func `words are those of the full-text table, with their places`() throws {
        let tokens = try DatabaseQueue().read { try TokenReader($0).tokens(of: "Größe: BERT-base, 東京!") }
        #expect(tokens.map(\.text) == ["große", "bert", "base", "東京"])
        #expect(tokens.map(\.start) == [0, 9, 14, 20])
        #expect(tokens.map(\.end) == [7, 13, 18, 26])
    }

    @Test func `a quote within a word stays within its quotes`() {
        #expect(MatchExpression.quoted("a\" OR \"b") == "\"a\"\" OR \"\"b\"")
    }

    static let learned: [(word: String, isLearned: Bool)] = [
        ("bert", true), ("x", false), ("gpt2", true), ("12", false), ("a1b2c3d4e5f6", false),
        (String(repeating: "a", count: 33), false),
    ]

    @Test(arguments: learned) func `numbers and hashes are not learned`(word: String, isLearned: Bool) {
        #expect(Words.isLearned(word, .standard) == isLearned)
    }

    static let distances: [(left: String, right: String, distance: Int?)] = [
        ("", "", 0), ("", "ab", 2), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "acb", 1), ("abc", "ab", 1),
        ("abc", "xabc", 1), ("kitten", "sitting", nil), ("abcd", "badc", 2), ("abc", "xyz", nil), ("a", "abcd", nil),
    ]

    @Test(arguments: distances) func `wrong, missing, additional and swapped letters are counted`(
        left: String, right: String, distance: Int?
    ) {
        func between(_ left: String, _ right: String) -> Int? {
            EditDistance.between(Array(left.unicodeScalars), Array(right.unicodeScalars), limit: 2)
        }
        #expect(between(left, right) == distance)
        #expect(between(right, left) == distance)
    }
}
