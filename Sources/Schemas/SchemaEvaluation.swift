import Models

/// Applies a schema to a document.
struct SchemaEvaluation {
    /// What a schema has to say about a value.
    struct Findings {
        var violations: [SchemaViolation] = []
        /// Members that some keyword has looked at (core §11).
        var members: Set<String> = []
        /// Items likewise: those before `prefix`, and others.
        var prefix = 0
        var items: Set<Int> = []

        var isValid: Bool { violations.isEmpty }

        /// Takes over what a schema applied in the same place has looked at.
        mutating func noteLooks(of other: Findings) {
            members.formUnion(other.members)
            prefix = max(prefix, other.prefix)
            items.formUnion(other.items)
        }
    }

    let schema: JSONSchema
    private var steps = 0
    /// Steps that patterns may still take.
    var patternSteps: Int
    private var depth = 0
    /// The resources entered, the outermost first.
    private var scope: [Int] = []

    init(schema: JSONSchema) {
        self.schema = schema
        patternSteps = schema.limits.patternSteps
    }

    /// Applies the schema of this number to a value at a place.
    mutating func apply(_ number: Int, to value: JSONValue, at path: String) throws(SchemaError) -> Findings {
        let limits = schema.limits
        guard depth < limits.depth else {
            throw .tooExpensive(
                "it applies more than \(limits.depth) schemas within each other; does it refer to itself?")
        }
        let rules = schema.rules[number]
        depth += 1
        let isNewResource = scope.last != rules.resource
        if isNewResource { scope.append(rules.resource) }
        defer {
            depth -= 1
            if isNewResource { scope.removeLast() }
        }
        var findings = Findings()
        for keyword in rules.keywords {
            try apply(keyword, to: value, at: path, &findings)
            // No more is told.
            if findings.violations.count > limits.violations {
                findings.violations.removeLast(findings.violations.count - limits.violations)
            }
        }
        return findings
    }

    /// Counts work.
    mutating func spend(_ count: Int = 1) throws(SchemaError) {
        steps += count
        guard steps <= schema.limits.steps else {
            throw .tooExpensive("it applies more than \(schema.limits.steps) keywords")
        }
    }

    private mutating func apply(
        _ keyword: SchemaKeyword, to value: JSONValue, at path: String, _ findings: inout Findings
    ) throws(SchemaError) {
        try spend()
        switch keyword {
        case .reference(let number): try join(number, value, path, &findings)
        case .dynamicReference(let number, let anchor):
            let target = scope.lazy.compactMap { [schema] in schema.dynamicAnchors[$0][anchor] }.first ?? number
            try join(target, value, path, &findings)
        case .all(let numbers): for number in numbers { try join(number, value, path, &findings) }
        case .any(let numbers): try choose(numbers, value, path, &findings, onlyOne: false)
        case .one(let numbers): try choose(numbers, value, path, &findings, onlyOne: true)
        case .not(let number):
            if try apply(number, to: value, at: path).isValid {
                findings.violations.append(.init(path: path, problem: "is what the schema excludes"))
            }
        case .condition(let condition, let then, let otherwise):
            let found = try apply(condition, to: value, at: path)
            if found.isValid { findings.noteLooks(of: found) }
            if let number = found.isValid ? then : otherwise { try join(number, value, path, &findings) }
        case .dependentSchemas(let dependent):
            guard case .object(let members) = value else { return }
            for (name, number) in dependent where members[name] != nil { try join(number, value, path, &findings) }
        case .properties, .propertyNames, .unevaluatedProperties:
            guard case .object(let members) = value else { return }
            try apply(keyword, toMembers: members, at: path, &findings)
        case .items, .contains, .unevaluatedItems:
            guard case .array(let items) = value else { return }
            try apply(keyword, toItems: items, at: path, &findings)
        default: findings.violations += try assert(keyword, value, path)
        }
    }

    /// Applies a schema in the same place: what it finds is found.
    private mutating func join(
        _ number: Int, _ value: JSONValue, _ path: String, _ findings: inout Findings
    ) throws(SchemaError) {
        let found = try apply(number, to: value, at: path)
        findings.violations += found.violations
        if found.isValid { findings.noteLooks(of: found) }
    }

    /// `anyOf` and `oneOf`. When none fits, what the nearest lacks is told.
    private mutating func choose(
        _ numbers: [Int], _ value: JSONValue, _ path: String, _ findings: inout Findings, onlyOne: Bool
    ) throws(SchemaError) {
        var fitting = 0
        var nearest: Findings?
        for number in numbers {
            let found = try apply(number, to: value, at: path)
            if found.isValid {
                fitting += 1
                findings.noteLooks(of: found)
            } else if found.violations.count < nearest?.violations.count ?? .max {
                nearest = found
            }
        }
        if fitting == 0 {
            findings.violations.append(.init(path: path, problem: "is none of the \(numbers.count) that are allowed"))
            findings.violations += nearest?.violations ?? []
        } else if onlyOne, fitting > 1 {
            findings.violations.append(
                .init(path: path, problem: "is \(fitting) of the \(numbers.count) of which it may be one"))
        }
    }
}
