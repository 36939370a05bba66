import Models

extension SchemaEvaluation {
    /// Keywords that look at a value alone.
    mutating func assert(
        _ keyword: SchemaKeyword, _ value: JSONValue, _ path: String
    ) throws(SchemaError) -> [SchemaViolation] {
        let problem: String?
        switch (keyword, value) {
        case (.nothing, _): problem = "is not allowed"
        case (.type(let types), _):
            problem = types.contains { $0.holds(value) } ? nil : "is \(value.typeName), not \(Self.list(types))"
        case (.constant(let wanted), _): problem = value.isEqual(to: wanted) ? nil : "is not \(wanted.shown)"
        case (.enumeration(let allowed), _):
            try spend(allowed.count)
            let names = allowed.prefix(10).map(\.shown).joined(separator: ", ")
            problem = allowed.contains { $0.isEqual(to: value) } ? nil : "is none of \(names)"
        case (.multipleOf(let divisor), .integer), (.multipleOf(let divisor), .number):
            problem = Self.isMultiple(value, of: divisor) ? nil : "is no multiple of \(divisor)"
        case (.bound(let bound, let limit), .integer), (.bound(let bound, let limit), .number):
            problem = bound.holds(value, limit) ? nil : "is \(value.shown), not \(bound.mark) \(limit.shown)"
        case (.length(let atLeast, let limit), .string(let text)):
            problem = Self.count(text.unicodeScalars.count, atLeast, limit, "characters")
        case (.pattern(let pattern), .string(let text)):
            problem = try pattern.isFound(in: text, steps: &patternSteps) ? nil : "does not match “\(pattern.text)”"
        case (.licence, .string(let text)): problem = LicenceExpression.problem(of: text)
        case (.itemCount(let atLeast, let limit), .array(let items)):
            problem = Self.count(items.count, atLeast, limit, "items")
        case (.uniqueItems, .array(let items)): problem = try duplicate(in: items)
        case (.memberCount(let atLeast, let limit), .object(let members)):
            problem = Self.count(members.count, atLeast, limit, "members")
        case (.required(let names), .object(let members)):
            return try missing(names, in: members, path, "is missing")
        case (.dependentRequired(let dependencies), .object(let members)):
            var violations: [SchemaViolation] = []
            for (name, needs) in dependencies where members[name] != nil {
                violations += try missing(needs, in: members, path, "is missing beside “\(name)”")
            }
            return violations
        default: problem = nil
        }
        return problem.map { [SchemaViolation(path: path, problem: $0)] } ?? []
    }

    private mutating func missing(
        _ names: [String], in members: [String: JSONValue], _ path: String, _ problem: String
    ) throws(SchemaError) -> [SchemaViolation] {
        try spend(names.count)
        return names.lazy.filter { members[$0] == nil }.prefix(schema.limits.violations).map {
            SchemaViolation(path: JSONPointer.appending($0, to: path), problem: problem)
        }
    }

    private static func count(_ count: Int, _ atLeast: Bool, _ limit: Int, _ noun: String) -> String? {
        if atLeast { return count >= limit ? nil : "has \(count) \(noun), fewer than \(limit)" }
        return count <= limit ? nil : "has \(count) \(noun), more than \(limit)"
    }

    private static func list(_ types: [JSONType]) -> String { types.map(\.rawValue).joined(separator: " or ") }

    /// Whole numbers are exact. Decimal fractions are not: what is within a billionth of a multiple, but no more than a
    /// millionth of the divisor away, is one.
    private static func isMultiple(_ value: JSONValue, of divisor: Double) -> Bool {
        if case .integer(let whole) = value, let step = Int64(exactly: divisor) { return whole % step == 0 }
        let value = value.number ?? 0
        let quotient = value / divisor
        guard quotient.isFinite else { return value.truncatingRemainder(dividingBy: divisor) == 0 }
        let tolerance = quotient.rounded() == 0 ? 0 : min(1e-9 * max(1, abs(quotient)), 1e-6)
        return abs(quotient - quotient.rounded()) <= tolerance
    }

    private mutating func duplicate(in items: [JSONValue]) throws(SchemaError) -> String? {
        for position in items.indices {
            try spend(position)
            if let first = items[..<position].firstIndex(where: { $0.isEqual(to: items[position]) }) {
                return "has the same item at \(first) and \(position)"
            }
        }
        return nil
    }
}

extension JSONValue {
    /// “a text”.
    fileprivate var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The value, shortened where it is long.
    fileprivate var shown: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let text): text.count > 60 ? "“\(text.prefix(60))…”" : "“\(text)”"
        case .array(let items): "a list of \(items.count)"
        case .object(let members): "an object of \(members.count)"
        }
    }
}
