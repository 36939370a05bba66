/// How large a schema may be, and how much work it may make.
package struct SchemaLimits: Sendable {
    /// The limits in force.
    package static let standard = SchemaLimits()

    /// Schemas within a document. The largest of those that people publish for models have some hundreds.
    package var schemas = 5_000
    /// Schemas within each other, as they are written and as they are applied to one value; more of the latter is a schema
    /// that refers to itself without end.
    package var depth = 200
    /// Keywords that are applied to one document: a second of work at most.
    package var steps = 1_000_000
    /// Violations that are told.
    package var violations = 20
    /// Bytes of a pattern.
    package var patternBytes = 1_000
    /// Steps that patterns may take while one document is looked at: backtracking can be exponential. Less than a second.
    package var patternSteps = 20_000_000
    /// KiB that a pattern may take while it is looked for.
    package var patternKiB: UInt32 = 4_096
}
