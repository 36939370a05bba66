import Testing

@testable import Search

@Suite struct QueryParserTests {
    /// A query's parts, in one line each.
    static func shown(_ query: SearchQuery) -> String {
        let terms = query.terms.map { term in
            let patterns = term.patterns.map { ($0.isPhrase ? "'\($0.text)'" : $0.text) + ($0.isPrefix ? "*" : "") }
            return mark(term.isExcluded) + (term.column.map { $0.rawValue + ":" } ?? "")
                + patterns.joined(separator: ",")
        }
        let filters = query.filters.map { filter in
            let values = filter.values.map { value in
                switch value {
                case .exactly(let text): text
                case .beginning(let text): text + "*"
                case .present: "*"
                }
            }
            return mark(filter.isExcluded) + "\(filter.key)=[\(values.joined(separator: "|"))]"
        }
        let numbers = query.comparisons.map { "\(mark($0.isExcluded))\($0.key) \($0.relation) \($0.value)" }
        let times = query.times.map { "\(mark($0.isExcluded))\($0.field) \($0.relation) \($0.moment)" }
        return (terms + filters + numbers + times).joined(separator: "; ")
    }

    private static func mark(_ isExcluded: Bool) -> String { isExcluded ? "-" : "" }

    static let accepted: [(text: String, parts: String)] = [
        ("", ""), ("   ", ""), ("& - ( )", ""), ("bert", "bert*"), ("text bert", "text; bert*"),
        ("bert* text", "bert*; text*"), ("c bert c", "c; bert; c"), ("bert-b", "bert-b"), ("bert-base", "bert-base*"),
        ("\"zero shot\"", "'zero shot'"), ("\"zero sh\"*", "'zero sh'*"), ("bert -toxic", "bert*; -toxic"),
        ("-\"a b\"", "-'a b'"), ("bert task:ner", "bert*; task=[ner]"), ("a and bb", "a; bb*"), ("and bb", "and; bb*"),
        ("bb and", "bb; and*"), ("a AND bb && cc", "a; bb; cc*"), ("task:ner,pos", "task=[ner|pos]"),
        ("-task:ner", "-task=[ner]"), ("license:\"Apache 2.0\",mit", "license=[Apache 2.0|mit]"),
        ("Licence:MIT", "license=[MIT]"), ("lib:x lang:de arch:y", "library=[x]; language=[de]; architecture=[y]"),
        ("base-model:a/b data:c", "base_model=[a/b]; dataset=[c]"), ("colour:red", "colour=[red]"),
        ("task:*", "task=[*]"), ("task:text-*", "task=[text-*]"), ("task:\"*\"", "task=[*]"),
        ("name:bert,gpt*", "name:bert,gpt*"), ("-description:\"old one\"", "-description:'old one'"),
        ("metrics.f1>0.9", "metrics.f1 greater 0.9"), ("metrics.f1 >= 0.9", "metrics.f1 greaterOrEqual 0.9"),
        ("metric.F1<95%", "metrics.f1 less 0.95"), ("size<500MB", "size less 500000000.0"),
        ("size:<=2KiB", "size lessOrEqual 2048.0"), ("parameters>=1B", "parameters greaterOrEqual 1000000000.0"),
        ("params=7b", "parameters equal 7000000000.0"), ("versions:3", "versions equal 3.0"),
        ("epochs>3", "epochs greater 3.0"), ("epochs=3", "epochs equal 3.0"), ("colour=red", "colour=[red]"),
        ("-size>1k", "-size greater 1000.0"), ("updated:<30d", "updated less age(2592000000)"),
        ("created:2026-01-31", "created equal span(1769817600000, 1769904000000)"),
        ("updated>2026", "updated greater span(1767225600000, 1798761600000)"),
        ("https://a.b/cd", "https://a.b/cd*"), (":x1", ":x1*"), ("say\"a b\"", "say*; 'a b'"),
        ("\u{0}bert\u{1}x", "bert; x"), ("größe", "größe*"), ("模型", "模型*"),
    ]

    @Test(arguments: accepted) func `queries are understood`(text: String, parts: String) throws {
        let query = try SearchQuery(parsing: text)
        #expect(Self.shown(query) == parts)
        #expect(query.text == text)
    }

    static let refused: [(text: String, position: Int, expected: String)] = [
        ("bert \"zero", 5, "second \""), ("task:", 5, "task:value"), ("task:a,", 7, "value"), ("task:a,,b", 7, "value"),
        ("task:\"a", 5, "second \""), ("a task>3", 2, "task:value"), ("a b*", 2, "at least 2 letters"),
        ("name:a*", 0, "at least 2 letters"), ("\"a\"*", 0, "at least 2 letters"), ("size<big", 5, "500MB"),
        ("size<", 5, "500MB"), ("size<5MX", 5, "500MB"), ("metrics.f1>x", 11, "0.9"), ("metrics.f1>1e999", 11, "0.9"),
        ("metrics.f1>0x10", 11, "0.9"), ("metrics.f1>nan", 11, "0.9"), ("metrics.f1:inf", 11, "0.9"),
        ("x>y", 2, "0.9"), ("updated:<30", 9, "<30d"), ("updated:30d", 8, "<30d"), ("updated:soon", 8, "<30d"),
        ("created:2026-02-30", 8, "2026-01"), ("a OR b", 2, "key:one,other"), ("a NOT b", 2, "-word"),
    ]

    @Test(arguments: refused) func `errors tell where and what is expected`(
        text: String, position: Int, expected: String
    ) {
        let error = #expect(throws: SearchError.self) { try SearchQuery(parsing: text) }
        guard case .query(position, _, let told)? = error else {
            Issue.record("\(text): \(String(describing: error))")
            return
        }
        #expect(told.contains(expected))
    }

    static let tooMuch: [(text: String, expected: String)] = [
        (String(repeating: "a", count: 2_049), "at most 2048"),
        ((0..<17).map { "word\($0)" }.joined(separator: " "), "at most 16"),
        ("name:" + (0..<17).map { "word\($0)" }.joined(separator: ","), "at most 16"),
        ((0..<33).map { "k\($0):v" }.joined(separator: " "), "at most 32"),
        ((0..<33).map { "k\($0)>1" }.joined(separator: " "), "at most 32"),
        ("task:" + (0..<65).map { "t\($0)" }.joined(separator: ","), "at most 64"),
    ]

    @Test(arguments: tooMuch) func `more than allowed is refused in words`(text: String, expected: String) {
        let error = #expect(throws: SearchError.self) { try SearchQuery(parsing: text) }
        #expect(error?.description.contains(expected) == true)
    }

    @Test func `no text makes the parser fail but in its own words`() {
        var generator = SplitMix(state: 11)
        let pieces = [
            "\"", "*", ":", ",", "-", "<", ">", "=", "and", "OR", " ", " ", "bert", "task", "size", "updated", "name",
            "metrics.f1", "1", "e9", "%", "GB", "30d", "2026-01", "T", "\u{0}", "é", "👩‍👩‍👧", "\u{301}", "(", "{", "^",
            "+", ".",
        ]
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...12, using: &generator)
            let text = (0..<count).compactMap { _ in pieces.randomElement(using: &generator) }.joined()
            do {
                let query = try SearchQuery(parsing: text)
                #expect(query.terms.allSatisfy { !$0.patterns.isEmpty })
            } catch .query(let position, let problem, let expected) {
                #expect(0...text.unicodeScalars.count ~= position && !problem.isEmpty && !expected.isEmpty)
            } catch {
                Issue.record("\(text): \(error)")
            }
        }
    }
}
