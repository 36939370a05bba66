import Models

extension SchemaEvaluation {
    /// Keywords that look at the members of an object.
    mutating func apply(
        _ keyword: SchemaKeyword, toMembers members: [String: JSONValue], at path: String, _ findings: inout Findings
    ) throws(SchemaError) {
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            try spend()
            let place = JSONPointer.appending(name, to: path)
            switch keyword {
            case .properties(let named, let patterns, let additional):
                var schemas = named[name].map { [$0] } ?? []
                for (pattern, number) in patterns {
                    try spend()
                    if try pattern.isFound(in: name, steps: &patternSteps) { schemas.append(number) }
                }
                let isAdditional = schemas.isEmpty
                if isAdditional, let additional { schemas = [additional] }
                for number in schemas {
                    let found = try apply(number, to: value, at: place)
                    findings.violations +=
                        isAdditional ? shown(found, number, "is not allowed", place) : found.violations
                }
                if !schemas.isEmpty { findings.members.insert(name) }
            case .propertyNames(let number):
                let found = try apply(number, to: .string(name), at: place)
                findings.violations += found.violations.map {
                    SchemaViolation(path: $0.path, problem: "has a name that \($0.problem)")
                }
            case .unevaluatedProperties(let number) where !findings.members.contains(name):
                let found = try apply(number, to: value, at: place)
                findings.violations += shown(found, number, "is not allowed", place)
                findings.members.insert(name)
            default: break
            }
        }
    }

    /// Keywords that look at the items of a list.
    mutating func apply(
        _ keyword: SchemaKeyword, toItems items: [JSONValue], at path: String, _ findings: inout Findings
    ) throws(SchemaError) {
        switch keyword {
        case .items(let prefix, let rest):
            for (position, item) in items.enumerated() {
                guard let number = position < prefix.count ? prefix[position] : rest else { break }
                let found = try apply(number, to: item, at: "\(path)/\(position)")
                findings.violations +=
                    position < prefix.count
                    ? found.violations : shown(found, number, "is one item too many", "\(path)/\(position)")
                findings.prefix = max(findings.prefix, position + 1)
            }
        case .contains(let number, let least, let most):
            var count = 0
            for (position, item) in items.enumerated()
            where try apply(number, to: item, at: "\(path)/\(position)").isValid {
                count += 1
                findings.items.insert(position)
            }
            if count < least || count > most ?? .max {
                let range = most.map { "from \(least) to \($0)" } ?? "at least \(least)"
                findings.violations.append(
                    .init(path: path, problem: "has \(count) items of a kind of which there are \(range)"))
            }
        case .unevaluatedItems(let number):
            for (position, item) in items.enumerated()
            where position >= findings.prefix && !findings.items.contains(position) {
                let found = try apply(number, to: item, at: "\(path)/\(position)")
                findings.violations += shown(found, number, "is one item too many", "\(path)/\(position)")
            }
            findings.prefix = items.count
        default: break
        }
    }

    /// What a schema for the rest found: where that is `false`, that there is a rest.
    private func shown(_ found: Findings, _ number: Int, _ problem: String, _ path: String) -> [SchemaViolation] {
        guard case .nothing? = schema.rules[number].keywords.first else { return found.violations }
        return [SchemaViolation(path: path, problem: problem)]
    }
}
