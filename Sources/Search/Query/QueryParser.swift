/// Turns a text into a query, in one pass from left to right.
struct QueryParser {
    var scanner: QueryScanner
    var query = SearchQuery()
    private let limits: SearchLimits
    /// Index of the last free word among the terms.
    private var lastWord: Int?

    init(_ text: String, limits: SearchLimits) throws(SearchError) {
        guard text.utf8.count <= limits.queryBytes else {
            throw .query(
                position: 0, problem: "the query has \(text.utf8.count) bytes",
                expected: "at most \(limits.queryBytes)")
        }
        scanner = QueryScanner(text)
        query.text = text
        self.limits = limits
    }

    mutating func parse() throws(SearchError) -> SearchQuery {
        scanner.skipSpaces()
        while !scanner.isAtEnd {
            try readPart()
            scanner.skipSpaces()
        }
        if let lastWord, let last = query.terms[lastWord].patterns.first, canBePrefix(last.text) {
            query.terms[lastWord].patterns[0].isPrefix = true
        }
        return query
    }

    private mutating func readPart() throws(SearchError) {
        let start = scanner.position
        var isExcluded = false
        if scanner.next == "-", let after = scanner.peek(1), !QueryScanner.isSpace(after) {
            scanner.skip()
            isExcluded = true
        }
        if scanner.next == "\"" {
            let phrase = try readPhrase()
            try add(SearchQuery.Term(patterns: [phrase], isExcluded: isExcluded), at: start)
        } else if let key = readKey() {
            try readFilter(key, isExcluded: isExcluded, at: start)
        } else {
            try readWord(isExcluded: isExcluded, at: start)
        }
    }

    /// A key with what makes it one behind it, which is left to be read; nil, and nothing read, when none is here.
    private mutating func readKey() -> String? {
        let start = scanner.position
        let key = scanner.read(while: QueryScanner.isKey)
        if !key.isEmpty {
            if scanner.next == ":" {
                // An address is a word.
                if scanner.peek(1) != "/" || scanner.peek(2) != "/" { return key }
            } else {
                scanner.skipSpaces()
                if let sign = scanner.next, QueryScanner.isOperator(sign) { return key }
            }
        }
        scanner.rewind(to: start)
        return nil
    }

    private mutating func readWord(isExcluded: Bool, at start: Int) throws(SearchError) {
        var text = scanner.read { !QueryScanner.isSpace($0) && $0 != "\"" }
        if try isConjunction(text, at: start) { return }
        let isPrefix = text.hasSuffix("*")
        while text.hasSuffix("*") { text.removeLast() }
        guard QueryScanner.isWordLike(text) else { return }
        if isPrefix { try checkPrefix(text, at: start) }
        let pattern = SearchQuery.Term.Pattern(text: text, isPrefix: isPrefix)
        try add(SearchQuery.Term(patterns: [pattern], isExcluded: isExcluded), at: start)
        if !isExcluded { lastWord = query.terms.count - 1 }
    }

    /// `and` between parts says what holds anyway. `OR` and `NOT` in capitals say what a query cannot do so.
    private func isConjunction(_ text: String, at start: Int) throws(SearchError) -> Bool {
        if text == "OR" {
            throw .query(position: start, problem: "OR is not known", expected: "key:one,other for any of several")
        }
        if text == "NOT" {
            throw .query(position: start, problem: "NOT is not known", expected: "-word or -key:value")
        }
        guard text == "and" || text == "AND" || text == "&&" else { return false }
        var ahead = scanner
        ahead.skipSpaces()
        return start > 0 && !ahead.isAtEnd
    }

    /// What counts are the letters after the last hyphen or the like: the full-text index knows no hyphens.
    private func canBePrefix(_ text: String) -> Bool {
        let last = text.unicodeScalars.reversed().prefix { QueryScanner.isWordLike(String($0)) }
        return last.count >= limits.prefixLetters
    }

    func checkPrefix(_ text: String, at start: Int) throws(SearchError) {
        guard canBePrefix(text) else {
            throw .query(
                position: start, problem: "“\(text)*” stands for too many words",
                expected: "at least \(limits.prefixLetters) letters before *")
        }
    }

    private mutating func readPhrase() throws(SearchError) -> SearchQuery.Term.Pattern {
        let start = scanner.position
        guard let text = scanner.readQuoted() else {
            throw .query(position: start, problem: "the quote is not closed", expected: "a second \"")
        }
        var isPrefix = false
        if scanner.next == "*" {
            scanner.skip()
            isPrefix = true
            try checkPrefix(text, at: start)
        }
        return SearchQuery.Term.Pattern(text: text, isPrefix: isPrefix, isPhrase: true)
    }

    mutating func add(_ term: SearchQuery.Term, at start: Int) throws(SearchError) {
        let patterns = term.patterns.filter { QueryScanner.isWordLike($0.text) }
        guard !patterns.isEmpty else { return }
        let count = query.terms.reduce(patterns.count) { $0 + $1.patterns.count }
        guard count <= limits.queryTerms else {
            throw .query(
                position: start, problem: "the query has too many words",
                expected: "at most \(limits.queryTerms) words and phrases")
        }
        query.terms.append(
            SearchQuery.Term(patterns: patterns, column: term.column, isExcluded: term.isExcluded))
    }

    /// To be asked before each filter, comparison or time is added.
    func checkFilters(at start: Int) throws(SearchError) {
        let count = query.filters.count + query.comparisons.count + query.times.count
        guard count < limits.queryFilters else {
            throw .query(
                position: start, problem: "the query has too many filters",
                expected: "at most \(limits.queryFilters) filters and comparisons")
        }
    }

    func checkValues(_ count: Int, at start: Int) throws(SearchError) {
        guard count <= limits.filterValues else {
            throw .query(
                position: start, problem: "the filter has too many values",
                expected: "at most \(limits.filterValues)")
        }
    }
}
