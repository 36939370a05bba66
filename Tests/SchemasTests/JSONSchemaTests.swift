import Foundation
import Models
import Testing

@testable import Schemas

/// The whole of JSON Schema's own test suite is run by `Tests/processes/test_schemas.py`; here is what Peerage adds.
struct JSONSchemaTests {
    private func value(_ text: String) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    }

    private func problems(
        _ schema: String, _ document: String, limits: SchemaLimits = .standard
    ) throws -> [String] {
        try JSONSchema(value(schema), limits: limits).violations(of: value(document)).map { "\($0.path) \($0.problem)" }
    }

    @Test(
        arguments: [
            (#"{"required": ["license", "task"]}"#, #"{"task": "ner"}"#, ["/license is missing"]),
            (
                #"{"properties": {"a": {"type": ["string", "null"]}}}"#, #"{"a": 1}"#,
                ["/a is a number, not string or null"]
            ),
            (#"{"properties": {"a": {"enum": ["x", 1]}}}"#, #"{"a": "y"}"#, ["/a is none of “x”, 1"]),
            (#"{"properties": {"f1": {"minimum": 0.9}}}"#, #"{"f1": 0.5}"#, ["/f1 is 0.5, not at least 0.9"]),
            (#"{"additionalProperties": false}"#, #"{"a/b": 1}"#, ["/a~1b is not allowed"]),
            (
                #"{"propertyNames": {"pattern": "^[a-z]+$"}}"#, #"{"A": 1}"#,
                ["/A has a name that does not match “^[a-z]+$”"]
            ),
            (#"{"items": {"minLength": 2}}"#, #"["ab", "c"]"#, ["/1 has 1 characters, fewer than 2"]),
            (#"{"uniqueItems": true}"#, "[1, 2, 1.0]", [" has the same item at 0 and 2"]),
            (
                #"{"anyOf": [{"required": ["a", "b"]}, {"required": ["c"]}]}"#, "{}",
                [" is none of the 2 that are allowed", "/c is missing"]
            ),
            (#"{"oneOf": [{"type": "number"}, {"minimum": 1}]}"#, "2", [" is 2 of the 2 of which it may be one"]),
            (#"{"format": "spdx-expression"}"#, #""Apache-2.0 OR MIT""#, []),
            (
                #"{"format": "spdx-expression"}"#, #""llama3""#,
                [" names “llama3”, which is no licence of the SPDX list; name your own LicenseRef-…"]
            ),
            (#"{"dependentRequired": {"a": ["b"]}}"#, #"{"a": 1}"#, ["/b is missing beside “a”"]),
        ])
    func `what is wrong is told by its place`(schema: String, document: String, expected: [String]) throws {
        #expect(try problems(schema, document) == expected)
    }

    @Test(
        arguments: [
            (#"{"type": "strng"}"#, "/type"), (#"{"pattern": "("}"#, ""), (#"{"minLength": -1}"#, "/minLength"),
            (##"{"$ref": "#/$defs/none"}"##, ""), (#"{"$ref": "https://example.org/schema"}"#, ""), ("[]", ""),
            (#"{"properties": {"a": {"required": "b"}}}"#, "/properties/a/required"),
            (#"{"$schema": "http://json-schema.org/draft-07/schema#"}"#, ""), (#"{"allOf": []}"#, "/allOf"),
            (#"{"multipleOf": 0}"#, "/multipleOf"),
        ])
    func `a schema that cannot be used says where it is wrong`(schema: String, place: String) throws {
        let error = #expect(throws: SchemaError.self) { try JSONSchema(value(schema)) }
        guard case .invalid(at: place, _)? = error else { throw Failure(description: "\(error as Any)") }
    }

    @Test func `a slip in a keyword is noticed`() throws {
        let schema = #"{"requird": ["a"], "x-team": 1, "properties": {"required": {"maxLenght": 1}}}"#
        #expect(try JSONSchema(value(schema)).strangers == ["/requird", "/properties/required/maxLenght"])
    }

    @Test(
        arguments: [
            // Refers to itself in the same place.
            (##"{"$ref": "#"}"##, "1"),
            // Backtracks without end.
            (#"{"pattern": "^(a+)+$"}"#, "\"\(String(repeating: "a", count: 40))b\""),
            // Twice as many for each of forty.
            (
                ##"{"$defs": {"d": {"anyOf": [{"$ref": "#/$defs/e"}, {"$ref": "#/$defs/e"}]}, "e": {"items": {"$ref": "#/$defs/d"}, "type": "array"}}, "$ref": "#/$defs/d"}"##,
                String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
            ),
        ])
    func `work without end is refused`(schema: String, document: String) throws {
        let error = #expect(throws: SchemaError.self) { try problems(schema, document) }
        guard case .tooExpensive? = error else { throw Failure(description: "\(error as Any)") }
    }

    @Test func `work without end in large schemas and documents is refused`() throws {
        let names = (0..<5_000).map { "\"n\($0)\"" }.joined(separator: ",")
        let chain = (0..<4_000).map { ##""a\##($0)": {"$ref": "#/$defs/a\##($0 + 1)"}"## }.joined(separator: ",")
        let cases = [
            // Few steps from each place, and many places.
            (#"{"pattern": "(?:a?){15}[bc]"}"#, "\"\(String(repeating: "a", count: 60_000))\""),
            // Runs that are passed over in one step, and what is compared with what was found.
            (#"{"pattern": "[a-z]+[0-9]"}"#, "\"\(String(repeating: "a", count: 60_000))\""),
            (#"{"pattern": "(a*)\\1[bc]"}"#, "\"\(String(repeating: "a", count: 60_000))\""),
            // Each lacks many.
            (
                #"{"items": {"required": [\#(names)]}}"#,
                "[" + Array(repeating: "{}", count: 5_000).joined(separator: ",") + "]"
            ),
            // Each leads to the next.
            (##"{"$ref": "#/$defs/a0", "$defs": {\##(chain), "a4000": {}}}"##, "1"),
        ]
        for (schema, document) in cases {
            let error = #expect(throws: SchemaError.self) { try problems(schema, document) }
            guard case .tooExpensive? = error else { throw Failure(description: "\(error as Any)") }
        }
    }

    @Test func `patterns have a budget of their own for the whole document`() throws {
        let schema = #"{"propertyNames": {"pattern": "^[a-z0-9]+$"}}"#
        func document(_ count: Int) -> String {
            "{" + (0..<count).map { "\"m\($0)\": 1" }.joined(separator: ",") + "}"
        }
        #expect(try problems(schema, document(20_000)) == [])
        var limits = SchemaLimits.standard
        limits.patternSteps = 10_000
        #expect(try problems(schema, document(1_000), limits: limits) == [])
        #expect(throws: SchemaError.self) { try problems(schema, document(4_000), limits: limits) }
    }

    @Test(
        arguments: [
            (2, "1000000001", false), (2, "1000000002", true), (1, "1000000000.5", false), (0.01, "19.99", true),
            (0.01, "19.995", false), (1e9, "3e9", true), (0.1, "1e-12", false),
        ] as [(Double, String, Bool)])
    func `large numbers are no multiples of what they nearly are`(divisor: Double, number: String, isOne: Bool) throws {
        #expect(try problems(#"{"multipleOf": \#(divisor)}"#, number).isEmpty == isOne)
    }

    @Test func `a schema may refer to one that is given with it`() throws {
        let common = try value(#"{"$defs": {"name": {"type": "string"}}}"#)
        let schema = try JSONSchema(
            value(#"{"items": {"$ref": "urn:example:common#/$defs/name"}}"#), documents: ["urn:example:common": common])
        #expect(try schema.violations(of: value("[1]")).map(\.path) == ["/0"])
    }

    @Test func `no more violations are told than anyone reads`() throws {
        let names = (0..<100).map { "\"n\($0)\"" }.joined(separator: ",")
        #expect(try problems(#"{"required": [\#(names)]}"#, "{}").count == SchemaLimits.standard.violations)
    }

    private struct Failure: Error, CustomStringConvertible { let description: String }
}
