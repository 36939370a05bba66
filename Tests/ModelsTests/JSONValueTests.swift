import Foundation
import Models
import Testing

@Suite struct JSONValueTests {
    @Test(arguments: [
        ("null", JSONValue.null), ("true", .bool(true)), ("0", .integer(0)), ("-7", .integer(-7)),
        ("9223372036854775807", .integer(.max)), ("0.5", .number(0.5)), ("\"1\"", .string("1")),
        ("[1,[]]", .array([.integer(1), .array([])])), ("{\"a\":{\"b\":null}}", .object(["a": .object(["b": .null])])),
    ])
    func jsonIsReadAsWhatItIs(text: String, value: JSONValue) throws {
        #expect(try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) == value)
        let encoded = try JSONEncoder().encode(value)
        #expect(String(decoding: encoded, as: UTF8.self) == text)
        #expect(try JSONValue(canonicalBytes: value.canonicalBytes) == value)
    }

    @Test func membersAreWrittenInTheOrderOfTheirKeysBytes() {
        let value = JSONValue.object(["b": .integer(1), "a": .null, "B": .bool(false), "é": .null])
        #expect(
            Hexadecimal.encode(value.canonicalBytes)
                == "06" + "00000004" + "0000000142" + "0100" + "0000000161" + "00" + "0000000162"
                + "020000000000000001" + "00000002c3a9" + "00")
    }

    @Test(arguments: [
        "", "07", "0102", "02000000", "037ff0000000000000", "037ff8000000000000", "03fff0000000000000",
        "0600000002" + "0000000162" + "00" + "0000000161" + "00",
        "0600000002" + "0000000161" + "00" + "0000000161" + "00",
        "05ffffffff", "0400000001ff", "0000",
    ])
    func bytesThatNoValueGivesAreRefused(hexadecimal: String) throws {
        let bytes = try #require(Hexadecimal.decode(Substring(hexadecimal)))
        #expect(throws: CanonicalError.self) { try JSONValue(canonicalBytes: bytes) }
    }

    @Test(
        arguments: [
            (#"{"a": 1, "b": {"a": [{"c": ":"}, {"c": "\":"}]}}"#, true), ("[1, 2]", true),
            (#"{"a": 1, "a": 1}"#, false),
            (#"[{"b": {"a": 1, "a": 2}}]"#, false), ("{\"\u{E9}\": 1, \"e\u{301}\": 2}", false),
            (#"{"\\": 1, "\"": 2}"#, true),
        ])
    func membersThatADecoderDropsAreMissed(text: String, isWhole: Bool) throws {
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        #expect(value.hasEveryMember(ofText: Array(text.utf8)) == isWhole)
    }

    @Test func depthCountsListsAndObjects() {
        #expect(JSONValue.null.depth == 0)
        #expect(JSONValue.array([]).depth == 1)
        #expect(JSONValue.object(["a": .integer(1), "b": .array([.array([])])]).depth == 3)
    }

    @Test func nestingBeyondTheLimitIsRefusedHoweverLongTheBytes() {
        let bytes = [UInt8]((0..<1_000_000).flatMap { _ in [5, 0, 0, 0, 1] as [UInt8] })
        #expect(throws: CanonicalError.invalid("JSON nests too deep")) { try JSONValue(canonicalBytes: bytes) }
    }
}
