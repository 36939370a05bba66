import Testing

/// Records one issue that lists all violations: a person wants to see them together.
func expectNone(_ violations: [Violation], sourceLocation: SourceLocation = #_sourceLocation) {
    guard !violations.isEmpty else { return }
    let list = violations.map(\.description).joined(separator: "\n")
    Issue.record("\(violations.count) violations:\n\(list)", sourceLocation: sourceLocation)
}
