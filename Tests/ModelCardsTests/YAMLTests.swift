import ModelCards
import Models
import Testing

@Suite struct YAMLTests {
    @Test(
        arguments: [
            ("null", .null), ("~", .null), ("", .null), ("Null", .null), ("nUll", .string("nUll")),
            ("true", .bool(true)), ("FALSE", .bool(false)),
            ("no", .string("no")), ("yes", .string("yes")), ("on", .string("on")), ("y", .string("y")),
            ("0", .integer(0)), ("-7", .integer(-7)), ("+7", .integer(7)), ("007", .integer(7)),
            ("0o17", .integer(15)), ("0x1F", .integer(31)), ("0x-1", .string("0x-1")), ("0b1", .string("0b1")),
            ("9223372036854775807", .integer(.max)), ("9223372036854775808", .number(9223372036854775808)),
            ("1.5", .number(1.5)), (".5", .number(0.5)), ("1.", .number(1)), ("1e3", .number(1000)),
            ("-1.5E-2", .number(-0.015)), ("5e", .string("5e")), (".", .string(".")), ("1.e2", .number(100)),
            ("1e999", .string("1e999")), (".inf", .string(".inf")), (".nan", .string(".nan")),
            ("1:30", .string("1:30")), ("1_000", .string("1_000")), ("2024-01-01", .string("2024-01-01")),
            ("1.2.3", .string("1.2.3")), ("nan", .string("nan")), ("infinity", .string("infinity")),
            ("0x1p3", .string("0x1p3")), ("'7'", .string("7")), ("\"true\"", .string("true")),
            ("\"\\u00e9\\x41\"", .string("éA")), ("\u{1F917} x", .string("\u{1F917} x")),
            ("[a, 1]", .array([.string("a"), .integer(1)])), ("{b: {}}", .object(["b": .object([:])])),
            (String(repeating: "1", count: 129), .string(String(repeating: "1", count: 129))),
        ] as [(String, JSONValue)])
    func `values are read by the core schema`(text: String, value: JSONValue) throws {
        #expect(try card("key: \(text)").frontMatter == ["key": value])
    }

    @Test func `blocks of text and of lists are read`() throws {
        let yaml = """
            folded: >-
              one
              two
            literal: |
              one
              two
            list:
            - a
            -   - b
                - c
            1: number
            true: word
            """
        #expect(
            try card(yaml).frontMatter == [
                "folded": .string("one two"), "literal": .string("one\ntwo\n"),
                "list": .array([.string("a"), .array([.string("b"), .string("c")])]),
                "1": .string("number"), "true": .string("word"),
            ])
    }

    @Test(
        arguments: [
            ("a: &x 1", 2, .anchor), ("a: &x [1]", 2, .anchor), ("a: b\n&x c: 1", 3, .anchor),
            ("a: &x {b: 1}", 2, .anchor), ("a: b\nc: *x", 3, .alias), ("*x : 1", 2, .alias), ("<<: *x", 2, .alias),
            ("a: !!str 1", 2, .tag), ("a: !x [1]", 2, .tag), ("a: !!map {}", 2, .tag), ("a: ! 1", 2, .tag),
            ("a: !!python/object/apply:os.system ['id']", 2, .tag),
            ("a: 1\nb: 2\na: 3", 4, .duplicateKey("a")), ("a:\n  b: 1\n  \"b\": 2", 4, .duplicateKey("b")),
            ("\u{E9}: 1\ne\u{301}: 2", 3, .duplicateKey("e\u{301}")),
            ("? [a]\n: 1", 2, .keyIsNotText), ("? {a: b}\n: 1", 2, .keyIsNotText),
            ("- a", 2, .notAnObject), ("just words", 2, .notAnObject),
            ("a: 1\n--- {b: 2}", 3, .severalDocuments),
        ] as [(String, Int, CardError.Refusal)])
    func `what others read and costs too much or means too much is refused`(
        yaml: String, line: Int, refusal: CardError.Refusal
    ) {
        #expect(throws: CardError.refused(line: line, refusal)) { try card(yaml) }
    }

    @Test(
        arguments: [
            ("a: b: c", 2, "Quote the value if it has a colon"), ("a: 1\n\tb: 2", 3, "spaces, not tabs"),
            ("a: 1\nb: @x", 3, "Indent with spaces, not tabs, and quote a text that begins with @"),
            ("a: 1\nb: \"open\nc: 2", 3, "Close the quote"), ("a: [1, 2\nb: 2", 3, "Close the bracket"),
            ("a: 1\nb\nc: 2", 4, "a colon and a space"), ("a:\n  b: 1\n c: 2", 4, "Compare the indentation"),
            ("a: \"\\q\"", 2, "backslash"), ("a: 1\nb: \u{1}", 3, "invisible"), ("a: - b", 2, "lines of its own"),
            ("a: 1\n...\nb: 2", 4, "Remove the line with ..."),
            ("a: x\u{2028}  y\nb: @", 3, "quote a text"),
        ])
    func `an error names the line and what to do`(yaml: String, line: Int, remedy: String) {
        let error = #expect(throws: CardError.self) { try card(yaml) }
        #expect(error?.line == line, "\(error?.description ?? "")")
        #expect(error?.description.contains(remedy) == true, "\(error?.description ?? "")")
        #expect(error?.description.hasPrefix("Line \(line): ") == true)
    }

    @Test func `lines are counted from the start of the file`() {
        let text = "\r\n\r\n---\r\na: 1\r\n# é \u{1F917}\r\nb: *x\r\n---\r\n"
        #expect(throws: CardError.refused(line: 6, .alias)) { try ModelCard(reading: Array(text.utf8)) }
        #expect(throws: CardError.unclosed(line: 2)) { try ModelCard(reading: Array("\n---\na: 1".utf8)) }
    }

    @Test func `depth, nodes and bytes have limits, and reach them`() throws {
        func nested(_ depth: Int) -> String {
            "a: " + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1)
        }
        #expect(try card(nested(32)).frontMatter["a"]?.depth == 31)
        #expect(throws: CardError.refused(line: 2, .depth(limit: 32))) { try card(nested(33)) }
        let items = { (count: Int) in "a: [" + Array(repeating: "1", count: count).joined(separator: ",") + "]" }
        #expect(try card(items(9_997)).frontMatter.count == 1)
        #expect(throws: CardError.refused(line: 2, .nodes(limit: 10_000))) { try card(items(9_998)) }
        let text = { (count: Int) in "a: " + String(repeating: "x", count: count - 4) }
        #expect(try card(text(64 << 10)).frontMatter.count == 1)
        #expect(throws: CardError.tooLong(line: 1, limit: 64 << 10)) { try card(text((64 << 10) + 1)) }
        #expect(throws: CardError.tooLong(line: 1, limit: 64 << 10)) {
            try ModelCard(reading: Array(("---\n" + String(repeating: "a\n", count: 40_000)).utf8))
        }
    }
}
