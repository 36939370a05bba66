/// How large a schema may be, and how much work it may make.
package struct SchemaLimits: Sendable {
    /// The limits in force.
    package static let standard = SchemaLimits()

    /// Schemas within a document. The largest of those that people publish for models have some hundreds.
    package var schemas = 5_000
    /// Schemas within each other while one value is looked at; more is a schema that refers to itself without end.
    package var depth = 200
    /// Keywords that are applied to one document: a second of work at most.
    package var steps = 1_000_000
    /// Violations that are told.
    package var violations = 20
    /// Bytes of a pattern.
    package var patternBytes = 1_000
    /// Steps that a pattern may take in one text (`pcre2_set_match_limit`): backtracking can be exponential.
    package var patternSteps: UInt32 = 50_000
    /// What looking for a pattern counts as, in keywords: 5,000 that all go to their limit take some seconds.
    package var patternWeight = 200
    /// KiB that a pattern may take while it is looked for.
    package var patternKiB: UInt32 = 4_096
}
