/// What follows a key.
extension QueryParser {
    mutating func readFilter(_ written: String, isExcluded: Bool, at start: Int) throws(SearchError) {
        let key = QueryKey(written)
        let relation = readRelation()
        switch key {
        case .column(let column):
            try requireList(relation, of: written, at: start)
            try readColumn(column, of: written, isExcluded: isExcluded, at: start)
        case .facet(let name):
            try requireList(relation, of: written, at: start)
            try readValues(name, of: written, isExcluded: isExcluded, at: start)
        case .time(let field):
            try readTime(field, relation ?? .equal, of: written, isExcluded: isExcluded, at: start)
        case .number(let name, let unit):
            try readNumber(name, unit, relation ?? .equal, of: written, isExcluded: isExcluded, at: start)
        case .unknown(let name):
            if let relation, relation != .equal || nextIsNumber {
                try readNumber(name, .count, relation, of: written, isExcluded: isExcluded, at: start)
            } else {
                try readValues(name, of: written, isExcluded: isExcluded, at: start)
            }
        }
    }

    private var nextIsNumber: Bool { scanner.next.map { ("0"..."9").contains($0) || $0 == "-" || $0 == "." } ?? false }

    /// `:` alone gives nil; `:>` is `>`.
    private mutating func readRelation() -> SearchQuery.Relation? {
        if scanner.next == ":" {
            scanner.skip()
            guard let sign = scanner.next, QueryScanner.isOperator(sign) else { return nil }
        }
        let sign = scanner.next
        scanner.skip()
        let orEqual = sign != "=" && scanner.next == "="
        if orEqual || (sign == "=" && scanner.next == "=") { scanner.skip() }
        scanner.skipSpaces()
        switch sign {
        case "<": return orEqual ? .lessOrEqual : .less
        case ">": return orEqual ? .greaterOrEqual : .greater
        default: return .equal
        }
    }

    private func requireList(
        _ relation: SearchQuery.Relation?, of key: String, at start: Int
    ) throws(SearchError) {
        guard relation == nil || relation == .equal else {
            throw .query(
                position: start, problem: "\(key) is text and has no order",
                expected: "\(key):value or \(key):one,other")
        }
    }

    private mutating func readColumn(
        _ column: SearchQuery.Term.Column, of key: String, isExcluded: Bool, at start: Int
    ) throws(SearchError) {
        var patterns: [SearchQuery.Term.Pattern] = []
        for item in try readItems(of: key) {
            var text = item.text
            let isPrefix = !item.isQuoted && text.hasSuffix("*")
            while isPrefix, text.hasSuffix("*") { text.removeLast() }
            if isPrefix { try checkPrefix(text, at: start) }
            patterns.append(.init(text: text, isPrefix: isPrefix, isPhrase: item.isQuoted))
        }
        try add(SearchQuery.Term(patterns: patterns, column: column, isExcluded: isExcluded), at: start)
    }

    private mutating func readValues(
        _ name: String, of key: String, isExcluded: Bool, at start: Int
    ) throws(SearchError) {
        try checkFilters(at: start)
        let items = try readItems(of: key)
        try checkValues(items.count, at: start)
        let values = items.map { item -> SearchQuery.Filter.Value in
            if item.isQuoted || !item.text.hasSuffix("*") { return .exactly(item.text) }
            return item.text == "*" ? .present : .beginning(String(item.text.dropLast()))
        }
        query.filters.append(SearchQuery.Filter(key: name, values: values, isExcluded: isExcluded))
    }

    /// Values between commas, in quotes or not.
    private mutating func readItems(of key: String) throws(SearchError) -> [(text: String, isQuoted: Bool)] {
        var items: [(text: String, isQuoted: Bool)] = []
        while true {
            let start = scanner.position
            if scanner.next == "\"" {
                guard let text = scanner.readQuoted() else {
                    throw .query(position: start, problem: "the quote is not closed", expected: "a second \"")
                }
                items.append((text, true))
            } else {
                items.append((scanner.read { !QueryScanner.isSpace($0) && $0 != "," && $0 != "\"" }, false))
            }
            if items[items.count - 1].text.isEmpty {
                throw .query(
                    position: start, problem: "\(key) has no value here", expected: "a value, as in \(key):value")
            }
            guard scanner.next == "," else { return items }
            scanner.skip()
        }
    }

    private mutating func readNumber(
        _ name: String, _ unit: QueryKey.Unit, _ relation: SearchQuery.Relation, of key: String, isExcluded: Bool,
        at start: Int
    ) throws(SearchError) {
        try checkFilters(at: start)
        let position = scanner.position
        let text = readValue()
        guard let value = Quantity.value(of: text, unit: unit) else {
            throw .query(
                position: position, problem: text.isEmpty ? "\(key) has no number" : "“\(text)” is not a number",
                expected: unit == .bytes ? "a size such as 500MB or 2GiB" : "a number such as 0.9, 95% or 7B")
        }
        query.comparisons.append(
            SearchQuery.Comparison(key: name, relation: relation, value: value, isExcluded: isExcluded))
    }

    private mutating func readTime(
        _ field: SearchQuery.TimeFilter.Field, _ relation: SearchQuery.Relation, of key: String, isExcluded: Bool,
        at start: Int
    ) throws(SearchError) {
        try checkFilters(at: start)
        let position = scanner.position
        let text = readValue()
        guard let moment = QueryTime.moment(of: text), !QueryTime.isAge(moment) || relation != .equal else {
            throw .query(
                position: position, problem: text.isEmpty ? "\(key) has no time" : "“\(text)” is not a time here",
                expected: "\(key):<30d, \(key):>2026-01-31 or \(key):2026-01")
        }
        query.times.append(
            SearchQuery.TimeFilter(field: field, relation: relation, moment: moment, isExcluded: isExcluded))
    }

    private mutating func readValue() -> String { scanner.read { !QueryScanner.isSpace($0) && $0 != "\"" } }
}
