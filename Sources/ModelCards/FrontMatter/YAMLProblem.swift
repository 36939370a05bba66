/// What to do about what libyaml cannot read.
enum YAMLProblem {
    /// The problem and its remedy.
    static func sentence(for problem: String) -> String {
        "YAML cannot be read here (\(problem)). \(remedy(for: problem))"
    }

    private static func remedy(for problem: String) -> String {
        remedies.first { problem.contains($0.words) }?.remedy
            ?? "Compare the indentation with the lines around it, and quote texts that have special characters."
    }

    /// libyaml gives no codes: its words are all there is, and the first that fit count.
    private static let remedies: [(words: String, remedy: String)] = [
        ("mapping values are not allowed", "Quote the value if it has a colon in it, or indent it below its key."),
        ("cannot start any token", "Indent with spaces, not tabs, and quote a text that begins with @, ` or %."),
        ("tab character", "Indent with spaces, not tabs."),
        ("expected ':'", "Write the key, a colon and a space before the value, all in one line."),
        ("unexpected end of stream", "Close the quote or bracket that was opened."),
        ("expected ',' or", "Close the bracket that was opened, and quote texts that have commas or brackets."),
        ("document indicator", "Close the quote that was opened before the line with ---."),
        ("escape", "Write a backslash within double quotes twice, or use single quotes."),
        ("control characters", "Remove the invisible character."),
        (
            "block sequence entries",
            "Put the list on lines of its own, each indented alike and beginning with a dash and a space."
        ),
        ("<document start>", "Remove the line with ... or %, for nothing but --- ends the front matter."),
        ("exceeded max depth", "Nest lists and objects less."),
    ]
}
