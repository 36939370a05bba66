package import Models

/// A JSON Schema, draft 2020-12 (core and validation), compiled: what a project asks of the metadata of its versions.
///
/// References lead to places in the document itself and in documents that are given with it; nothing is ever fetched.
/// `format` is told, and not checked, as the draft has it, except for `spdx-expression`, which is Peerage's own.
///
/// Why not in the deterministic core: patterns are a C library's, whose versions differ between machines. The node that
/// is asked applies the schema, and its command names the schema that it applied; the log refuses it when that is no
/// more the one in force.
package struct JSONSchema: Sendable {
    /// All schemas, the document's own first.
    let rules: [SchemaRules]
    let root: Int
    /// Which schema has a dynamic anchor, by resource.
    let dynamicAnchors: [[String: Int]]
    let limits: SchemaLimits

    /// Members of schemas that are no keywords: slips, unless they begin with `x-`. As JSON pointers.
    package let strangers: [String]

    /// Compiles a document.
    /// - Parameter documents: others that it may refer to, by their URI.
    /// - Throws: `SchemaError.invalid`.
    package init(
        _ document: JSONValue, documents: [String: JSONValue] = [:], limits: SchemaLimits = .standard
    ) throws(SchemaError) {
        var compiler = SchemaCompiler(limits: limits)
        self = try compiler.compile(document, documents)
    }

    init(
        rules: [SchemaRules], root: Int, dynamicAnchors: [[String: Int]], strangers: [String], limits: SchemaLimits
    ) {
        self.rules = rules
        self.root = root
        self.dynamicAnchors = dynamicAnchors
        self.strangers = strangers
        self.limits = limits
    }

    /// What is wrong with a document: at most `SchemaLimits.violations`; empty when it is valid.
    /// - Throws: `SchemaError.tooExpensive`.
    package func violations(of document: JSONValue) throws(SchemaError) -> [SchemaViolation] {
        var evaluation = SchemaEvaluation(schema: self)
        let findings = try evaluation.apply(root, to: document, at: "")
        return Array(findings.violations.prefix(limits.violations))
    }
}
