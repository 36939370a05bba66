import Testing

@testable import Models

struct PercentEncodingTests {
    @Test(
        "what is not unreserved is encoded byte by byte",
        arguments: [
            ("plain-1.0_a~b", "plain-1.0_a~b"), ("a b", "a%20b"), ("a#b?c%d", "a%23b%3Fc%25d"), ("a/b", "a%2Fb"),
            ("ü", "%C3%BC"), ("u\u{308}", "u%CC%88"), ("😀", "%F0%9F%98%80"), ("%41", "%2541"),
            ("a+b&c=d;e:f@g", "a%2Bb%26c%3Dd%3Be%3Af%40g"),
        ])
    func encodes(text: String, encoded: String) {
        #expect(PercentEncoding.encode(text) == encoded)
    }

    @Test("a path keeps its slashes when that is asked")
    func slashes() {
        #expect(PercentEncoding.encode("a b/c", keepingSlashes: true) == "a%20b/c")
    }
}
