import Models

/// One schema of a document: its keywords, compiled.
struct SchemaRules: Sendable {
    /// Which resource it belongs to (JSON Schema 2020-12, core §8.2.1), among those of the whole.
    var resource: Int
    /// In the order in which they are applied: those that look at what others have looked at come last.
    var keywords: [SchemaKeyword] = []
}

/// A type of JSON Schema.
enum JSONType: String, Sendable, CaseIterable {
    case null, boolean, integer, number, string, array, object

    func holds(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.null, .null), (.boolean, .bool), (.integer, .integer), (.number, .integer), (.number, .number),
            (.string, .string), (.array, .array), (.object, .object):
            true
        case (.integer, .number(let number)): number == number.rounded()
        default: false
        }
    }
}

/// A keyword with its value. Schemas are named by their place in the list of all.
enum SchemaKeyword: Sendable {
    /// `true` is no keyword at all; `false` allows nothing.
    case nothing
    case type([JSONType])
    case constant(JSONValue)
    case enumeration([JSONValue])

    case multipleOf(Double)
    case bound(Bound, JSONValue)
    case length(atLeast: Bool, Int)
    case pattern(Pattern)
    case licence
    case itemCount(atLeast: Bool, Int)
    case uniqueItems
    case memberCount(atLeast: Bool, Int)
    case required([String])
    case dependentRequired([(name: String, needs: [String])])

    case reference(Int)
    /// `$dynamicRef`, to the outermost resource that has the anchor.
    case dynamicReference(Int, anchor: String)
    case all([Int])
    case any([Int])
    case one([Int])
    case not(Int)
    case condition(Int, then: Int?, otherwise: Int?)
    case dependentSchemas([(name: String, schema: Int)])
    case properties(named: [String: Int], patterns: [(Pattern, Int)], additional: Int?)
    case propertyNames(Int)
    case items(prefix: [Int], rest: Int?)
    case contains(Int, least: Int, most: Int?)
    case unevaluatedItems(Int)
    case unevaluatedProperties(Int)

    /// A side of a number.
    enum Bound: String, Sendable, CaseIterable {
        case minimum, maximum, exclusiveMinimum, exclusiveMaximum

        /// The mark between the number and the bound.
        var mark: String {
            switch self {
            case .minimum: "at least"
            case .maximum: "at most"
            case .exclusiveMinimum: "more than"
            case .exclusiveMaximum: "less than"
            }
        }

        func holds(_ value: JSONValue, _ limit: JSONValue) -> Bool {
            if case (.integer(let value), .integer(let limit)) = (value, limit) { return holds(value, limit) }
            guard let value = value.number, let limit = limit.number else { return true }
            return holds(value, limit)
        }

        private func holds<Number: Comparable>(_ value: Number, _ limit: Number) -> Bool {
            switch self {
            case .minimum: value >= limit
            case .maximum: value <= limit
            case .exclusiveMinimum: value > limit
            case .exclusiveMaximum: value < limit
            }
        }
    }
}

extension JSONValue {
    /// JSON Schema's equality: 1 is 1.0, and texts are equal when their code points are.
    func isEqual(to other: JSONValue) -> Bool {
        switch (self, other) {
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isEqual(to: $1) }
        case (.object(let left), .object(let right)):
            left.count == right.count && left.allSatisfy { right[$0.key]?.isEqual(to: $0.value) ?? false }
        case (.integer, .number), (.number, .integer): number == other.number
        default: self == other
        }
    }
}
