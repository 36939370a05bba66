/// Picks the piece of a document that shows best why it was found. FTS5 has a function for this, which looks all the
/// words that begin like the last one up again for every hit.
struct SnippetMaker {
    /// A query's word or phrase, as the full-text table sees it.
    private struct Pattern {
        var tokens: [String]
        var isPrefix: Bool
        var column: SearchQuery.Term.Column?
    }

    /// A match in a column: tokens from and to before, and the pattern.
    private struct Mark {
        var tokens: Range<Int>
        var pattern: Int
    }

    /// A text with its words.
    private struct Column {
        var text: String
        var tokens: [TokenReader.Token]
        var marks: [Mark]
    }

    private let reader: TokenReader
    private let patterns: [Pattern]
    private let limits: SearchLimits

    init(_ terms: [SearchQuery.Term], _ reader: TokenReader, limits: SearchLimits) throws {
        self.reader = reader
        self.limits = limits
        patterns = try terms.filter { !$0.isExcluded }.flatMap { term in
            try term.patterns.map { pattern in
                Pattern(
                    tokens: try reader.tokens(of: pattern.text).map(\.text), isPrefix: pattern.isPrefix,
                    column: term.column)
            }
        }
    }

    /// The stretch of a column with the most different matches; the beginning when there are none.
    func snippet(of text: IndexedText) throws -> Snippet {
        var best: (column: Column, window: Range<Int>, found: Int)?
        for (content, name) in [
            (text.description, .description), (text.card, .card), (text.name, .name), (text.tags, nil),
        ] as [(String, SearchQuery.Term.Column?)] where !content.isEmpty {
            let column = try column(IndexedText.clean(content, bytes: limits.snippetSearchBytes), name)
            let (window, found) = window(of: column)
            if best == nil || found > (best?.found ?? 0) { best = (column, window, found) }
            // No other has more.
            if found == patterns.count { break }
        }
        return best.map { parts(of: $0.column, $0.window) } ?? Snippet(parts: [])
    }

    private func column(_ text: String, _ name: SearchQuery.Term.Column?) throws -> Column {
        let tokens = try reader.tokens(of: text)
        var marks: [Mark] = []
        var position = 0
        while position < tokens.count {
            let mark = mark(in: tokens, at: position, name)
            if let mark { marks.append(mark) }
            position = mark?.tokens.upperBound ?? position + 1
        }
        return Column(text: text, tokens: tokens, marks: marks)
    }

    /// The first pattern that is there at `start`. Asked at each word of every hit: nothing is copied for it.
    private func mark(
        in tokens: [TokenReader.Token], at start: Int, _ name: SearchQuery.Term.Column?
    ) -> Mark? {
        for index in patterns.indices {
            let end = start + patterns[index].tokens.count
            guard end > start, end <= tokens.count, patterns[index].column == nil || patterns[index].column == name
            else { continue }
            var position = start
            while position < end, isMatch(index, position - start, tokens[position].text) { position += 1 }
            if position == end { return Mark(tokens: start..<end, pattern: index) }
        }
        return nil
    }

    private func isMatch(_ index: Int, _ offset: Int, _ token: String) -> Bool {
        if patterns[index].tokens[offset] == token { return true }
        return patterns[index].isPrefix && offset == patterns[index].tokens.count - 1
            && token.hasPrefix(patterns[index].tokens[offset])
    }

    /// Begins a little before the first match of the best stretch, for what leads there.
    private func window(of column: Column) -> (tokens: Range<Int>, found: Int) {
        var best = (start: 0, found: 0)
        for (index, mark) in column.marks.enumerated() {
            let end = mark.tokens.lowerBound + limits.snippetWords
            let found = Set(column.marks[index...].prefix { $0.tokens.upperBound <= end }.map(\.pattern)).count
            if found > best.found { best = (mark.tokens.lowerBound, found) }
            if found == patterns.count { break }
        }
        let last = max(0, column.tokens.count - limits.snippetWords)
        let start = min(max(0, best.start - limits.snippetWords / 6), last)
        return (start..<min(column.tokens.count, start + limits.snippetWords), best.found)
    }

    private func parts(of column: Column, _ window: Range<Int>) -> Snippet {
        let bytes = Array(column.text.utf8)
        var snippet = Snippet(parts: [])
        var start = window.lowerBound == 0 ? 0 : column.tokens[window.lowerBound].start
        let isCut = window.upperBound < column.tokens.count
        let end = isCut ? column.tokens[window.upperBound - 1].end : bytes.count
        if start > 0 { snippet.append("…", isMatch: false) }
        for mark in column.marks where window.contains(mark.tokens.lowerBound) {
            let (from, to) = (
                column.tokens[mark.tokens.lowerBound].start, column.tokens[mark.tokens.upperBound - 1].end
            )
            guard start <= from, to <= end else { continue }
            snippet.append(String(decoding: bytes[start..<from], as: UTF8.self), isMatch: false)
            snippet.append(String(decoding: bytes[from..<to], as: UTF8.self), isMatch: true)
            start = to
        }
        snippet.append(String(decoding: bytes[start..<end], as: UTF8.self) + (isCut ? "…" : ""), isMatch: false)
        return snippet
    }
}

extension Snippet {
    fileprivate mutating func append(_ text: String, isMatch: Bool) {
        if text.isEmpty { return }
        if parts.last?.isMatch == isMatch {
            parts[parts.count - 1].text += text
        } else {
            parts.append(Part(text: text, isMatch: isMatch))
        }
    }
}
