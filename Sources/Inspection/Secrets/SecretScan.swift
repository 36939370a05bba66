/// A secret in a text: which rule found it, and on which line. Never the secret.
package struct SecretMatch: Hashable, Sendable {
    /// `private-key`, `github-token`, …
    package let rule: String
    /// Counted from 1.
    package let line: Int

    package init(rule: String, line: Int) {
        self.rule = rule
        self.line = line
    }
}

/// Looks for secrets in a text that is given in portions. One pass, no regular expressions: at each byte the three that
/// begin there are looked up in a table, and where one of the rules could begin, it looks at most `windowBytes` ahead.
/// However long the lines, the work is linear and the memory bounded.
package struct SecretScan {
    /// How far a rule looks ahead. A signed token has 2,000 bytes.
    static let windowBytes = 4_096
    /// How far a rule looks back: for the key that goes with an identifier.
    static let lookBackBytes = 512
    /// Matches remembered; who has so many need not know of more.
    static let mostMatches = 1_000

    private var matches: [SecretMatch] = []
    private var buffer: [UInt8] = []
    /// What lies before has been looked at.
    private var position = 0
    /// Lines before `position`.
    private var lines = 0
    /// A rule has matched up to here.
    private var matchedEnd = 0

    package init() {}

    /// Goes on with the next bytes of the text.
    package mutating func append(_ bytes: [UInt8]) {
        buffer.append(contentsOf: bytes)
        guard buffer.count - position > Self.windowBytes else { return }
        scan(to: buffer.count - Self.windowBytes)
        let spent = max(0, position - Self.lookBackBytes)
        buffer.removeFirst(spent)
        position -= spent
        matchedEnd = max(0, matchedEnd - spent)
    }

    /// The text is at its end.
    package mutating func finish() -> [SecretMatch] {
        scan(to: buffer.count)
        buffer = []
        (position, matchedEnd) = (0, 0)
        defer { matches = [] }
        return matches
    }

    private mutating func scan(to end: Int) {
        let (found, newlines) = buffer.withUnsafeBufferPointer { buffer in
            var found: [SecretMatch] = []
            var matchedEnd = matchedEnd
            var counted = position
            var line = lines + 1
            for place in SecretAnchors.places(in: buffer, position..<end, most: end) {
                guard place >= matchedEnd else { continue }
                let text = SecretText(buffer, at: place)
                guard let (rule, count) = SecretRules.match(text) else { continue }
                line += SecretAnchors.newlines(buffer, counted..<place)
                counted = place
                found.append(SecretMatch(rule: rule, line: line))
                matchedEnd = place + count
            }
            self.matchedEnd = matchedEnd
            return (found, SecretAnchors.newlines(buffer, position..<end))
        }
        matches.append(contentsOf: found.prefix(max(0, Self.mostMatches - matches.count)))
        lines += newlines
        position = end
    }
}
