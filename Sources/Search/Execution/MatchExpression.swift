/// Expressions of FTS5, made of quoted words only: nothing a user writes can be part of their grammar.
struct MatchExpression: Hashable, Sendable {
    /// What must match; nil when there are no words that must.
    var required: String?
    /// What must not match, when nothing must; nil otherwise, for then `required` says it.
    var excluded: String?

    init(_ terms: [SearchQuery.Term]) {
        let required = terms.filter { !$0.isExcluded }.map(MatchExpression.any)
        let excluded = terms.filter(\.isExcluded).map(MatchExpression.any).joined(separator: " OR ")
        if required.isEmpty {
            self.excluded = excluded.isEmpty ? nil : excluded
            return
        }
        let all = required.joined(separator: " AND ")
        self.required = excluded.isEmpty ? all : "(\(all)) NOT (\(excluded))"
    }

    /// The same within what is short and tells most.
    static func inHead(_ expression: String) -> String { "{name tags description} : (\(expression))" }

    /// The same outside of tags, which repeat the facets.
    static func inProse(_ expression: String) -> String { "{name description card} : (\(expression))" }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            quoted.unicodeScalars.append(scalar)
            if scalar == "\"" { quoted.unicodeScalars.append(scalar) }
        }
        return quoted + "\""
    }

    private static func any(_ term: SearchQuery.Term) -> String {
        let patterns = term.patterns.map { quoted($0.text) + ($0.isPrefix ? " *" : "") }
        let all = "(" + patterns.joined(separator: " OR ") + ")"
        return term.column.map { "{\($0.rawValue)} : \(all)" } ?? all
    }
}
