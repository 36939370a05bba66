import Testing

@testable import Inspection

@Suite struct JSONReaderTests {
    private func tokens(
        _ text: String, _ limits: FormatLimits = .standard, infinity: Bool = false
    ) throws(InspectionError) -> [JSONReader.Token] {
        var reader = try JSONReader([UInt8](text), limits: limits, allowsInfinity: infinity)
        var tokens: [JSONReader.Token] = []
        while let token = try reader.next() { tokens.append(token) }
        return tokens
    }

    @Test func `a text is read token by token`() throws {
        let text = " {\"a\" : [1, -2.5e1, true ,false, null, \"x\"], \"b\":{}, \"c\":[]}\n"
        #expect(
            try tokens(text) == [
                .beginObject, .name("a"), .beginArray, .number(.integer(1)), .number(.real(-25)), .boolean(true),
                .boolean(false), .null, .string("x"), .endArray, .name("b"), .beginObject, .endObject, .name("c"),
                .beginArray, .endArray, .endObject,
            ])
    }

    @Test(
        arguments: [
            ("0", .integer(0)), ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .real(9_223_372_036_854_775_808)), ("1.0", .real(1)), ("-0", .real(-0.0)),
            ("1e3", .real(1_000)), ("0.1", .real(0.1)), ("5E-324", .real(.leastNonzeroMagnitude)),
        ] as [(String, JSONReader.Number)])
    func `numbers are exact`(text: String, number: JSONReader.Number) throws {
        #expect(try tokens(text) == [.number(number)])
    }

    @Test(
        arguments: [
            (#""""#, ""), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""A\u00e9""#, "Aé"),
            (#""x\ud83d\ude00y""#, "x😀y"), ("\"ü\u{7F}\"", "ü\u{7F}"),
        ])
    func `strings are decoded`(text: String, value: String) throws {
        #expect(try tokens(text) == [.string(value)])
    }

    @Test(
        arguments: [
            "", " ", "{", "[", "\"", "{]", "[}", "[1,]", "[,1]", "{,}", "{\"a\":1,}", "{\"a\"}", "{\"a\":}", "{a:1}",
            "{1:1}", "[1 2]", "1 2", "{}{}", "tru", "truex", "nul", "NaN", "Infinity", "-Infinity", "01", "-", "1.",
            ".5",
            "+1", "1e", "1e+", "-01", "1e999", "\"\n\"", "\"\u{0}\"", "\"\\x41\"", "\"\\u12\"", "\"\\u12g4\"",
            "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\ud800\"", "\"\\ud800x\"", "'a'", "\u{FEFF}{}", "[1]]", "// x\n1",
            "\"\\", "\"\\u", "{\"a\":1 \"b\":2}",
        ])
    func `what is not JSON is refused`(text: String) {
        #expect(throws: InspectionError.self) { try tokens(text) }
    }

    @Test func `a text that is not UTF-8 is refused`() {
        for bytes in [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]] as [[UInt8]] {
            #expect(throws: InspectionError.malformed("the JSON is not UTF-8 at byte 1")) {
                try JSONReader(bytes, limits: .standard)
            }
        }
    }

    @Test(
        arguments: [
            #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, #"[{"x":{"a":1,"b":2,"a":3}}]"#,
            "{" + (0..<40).map { "\"\($0 % 39)\":0" }.joined(separator: ",") + "}",
        ])
    func `a name that occurs twice is refused`(text: String) {
        #expect(throws: InspectionError.self) { try tokens(text) }
    }

    @Test func `names that differ in their bytes are two, even when Swift calls them equal`() throws {
        #expect(try tokens("{\"\u{E9}\":1,\"e\u{301}\":2,\"e\":3}").count == 8)
        #expect(try tokens(#"{"a":{"a":1},"b":{"a":1}}"#).count == 12)
    }

    @Test func `Python's infinities are read where they are allowed`() throws {
        #expect(
            try tokens("[Infinity,-Infinity,-1]", infinity: true) == [
                .beginArray, .number(.real(.infinity)), .number(.real(-.infinity)), .number(.integer(-1)), .endArray,
            ])
        #expect(try tokens("[NaN]", infinity: true).count == 3)
    }

    @Test func `each limit holds on both sides`() throws {
        #expect(try tokens("[1,2]", limits { $0.textBytes = 5 }).count == 4)
        #expect(throws: InspectionError.self) { try tokens("[1,2]", limits { $0.textBytes = 4 }) }
        #expect(try tokens("[[{}]]", limits { $0.textDepth = 3 }).count == 6)
        #expect(throws: InspectionError.self) { try tokens("[[{}]]", limits { $0.textDepth = 2 }) }
        let members = "{" + (0..<30).map { "\"\($0)\":0" }.joined(separator: ",") + "}"
        #expect(try tokens(members, limits { $0.textMembers = 30 }).count == 62)
        #expect(throws: InspectionError.self) { try tokens(members, limits { $0.textMembers = 29 }) }
        #expect(try tokens("-1234567", limits { $0.numberBytes = 8 }) == [.number(.integer(-1_234_567))])
        #expect(throws: InspectionError.self) { try tokens("-1234567", limits { $0.numberBytes = 7 }) }
        let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        #expect(try tokens(deep).count == 256)
        #expect(throws: InspectionError.self) { try tokens("[" + deep + "]") }
    }
}
