import Foundation
import Models

/// Makes `SchemaRules` of documents. References are followed as they are met, so that only what is used is compiled, and
/// each place once.
struct SchemaCompiler {
    /// A place in a document.
    struct Place {
        let value: JSONValue
        /// The document and the JSON pointer in it.
        let pointer: String
        /// What its own `$id` is relative to.
        let baseURI: String

        /// What the URIs in it are relative to.
        var innerURI: String {
            guard case .object(let members) = value, case .string(let id)? = members["$id"] else { return baseURI }
            return SchemaCompiler.resolve(id, against: baseURI)
        }
    }

    static let draft = "https://json-schema.org/draft/2020-12/schema"

    let limits: SchemaLimits
    var rules: [SchemaRules] = []
    var strangers: [String] = []
    private var compiled: [String: Int] = [:]
    private var depth = 0
    /// Resources by their URI: where each begins.
    private var resources: [String: Place] = [:]
    private var resourceNumbers: [String: Int] = [:]
    /// Anchors by the URI with its fragment.
    private var anchors: [String: Place] = [:]
    private var dynamicPlaces: [(resource: String, name: String, place: Place)] = []

    init(limits: SchemaLimits) { self.limits = limits }

    mutating func compile(_ document: JSONValue, _ documents: [String: JSONValue]) throws(SchemaError) -> JSONSchema {
        let root = Place(value: document, pointer: "", baseURI: "urn:peerage:schema")
        try index(root, isRoot: true)
        for (uri, document) in documents.sorted(by: { $0.key < $1.key }) {
            try index(Place(value: document, pointer: uri, baseURI: uri), isRoot: true)
        }
        let number = try compile(root)
        // Those of resources that nothing leads to are never looked for.
        var found: [String: [String: Int]] = [:]
        while let anchor = dynamicPlaces.first(where: {
            resourceNumbers[$0.resource] != nil && found[$0.resource]?[$0.name] == nil
        }) {
            found[anchor.resource, default: [:]][anchor.name] = try compile(anchor.place)
        }
        var dynamicAnchors = [[String: Int]](repeating: [:], count: resourceNumbers.count)
        for (resource, number) in resourceNumbers { dynamicAnchors[number] = found[resource] ?? [:] }
        return JSONSchema(
            rules: rules, root: number, dynamicAnchors: dynamicAnchors, strangers: strangers, limits: limits)
    }

    private mutating func number(ofResource uri: String) -> Int {
        if let number = resourceNumbers[uri] { return number }
        resourceNumbers[uri] = resourceNumbers.count
        return resourceNumbers.count - 1
    }

    /// Compiles the schema at a place; returns its number.
    mutating func compile(_ place: Place) throws(SchemaError) -> Int {
        if let known = compiled[place.pointer] { return known }
        guard rules.count < limits.schemas else { throw .tooExpensive("it has more than \(limits.schemas) schemas") }
        guard depth < limits.depth else {
            throw .tooExpensive(
                "it has more than \(limits.depth) schemas within each other, or leading one to the next")
        }
        depth += 1
        defer { depth -= 1 }
        let number = rules.count
        compiled[place.pointer] = number
        rules.append(SchemaRules(resource: self.number(ofResource: place.innerURI)))
        let keywords = try keywords(place)
        rules[number].keywords = keywords
        return number
    }

    /// The place that a reference leads to.
    func target(of reference: String, from place: Place) throws(SchemaError) -> Place {
        let parts = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let uri = Self.resolve(parts[0], against: place.innerURI)
        guard let resource = resources[uri] else {
            throw .invalid(at: place.pointer, "“\(reference)” leads out of the document, and nothing is fetched")
        }
        guard parts.count > 1, !parts[1].isEmpty else { return resource }
        guard let fragment = parts[1].removingPercentEncoding else {
            throw .invalid(at: place.pointer, "“\(reference)” is not percent-encoded as it should be")
        }
        guard fragment.hasPrefix("/") else {
            guard let anchor = anchors[uri + "#" + fragment] else {
                throw .invalid(at: place.pointer, "“\(reference)” leads to nothing")
            }
            return anchor
        }
        var (found, baseURI) = (resource, uri)
        for step in JSONPointer.steps(fragment) ?? [] {
            guard let next = JSONPointer.step(step, in: found.value) else {
                throw .invalid(at: place.pointer, "“\(reference)” leads to nothing")
            }
            found = Place(value: next, pointer: JSONPointer.appending(step, to: found.pointer), baseURI: baseURI)
            baseURI = found.innerURI
        }
        return found
    }

    /// RFC 3986 §5.2, without the fragment.
    static func resolve(_ text: String, against base: String) -> String {
        let reference = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        guard !reference.isEmpty else { return base }
        let absolute = URL(string: String(reference), relativeTo: URL(string: base))?.absoluteString
        return absolute ?? String(reference)
    }

    /// Notes every resource and anchor below a place.
    private mutating func index(_ place: Place, isRoot: Bool) throws(SchemaError) {
        guard case .object(let members) = place.value else {
            if isRoot { resources[place.baseURI] = place }
            return
        }
        if isRoot { resources[place.baseURI] = place }
        let uri = place.innerURI
        if uri != place.baseURI { resources[uri] = place }
        if case .string(let name)? = members["$anchor"] { anchors[uri + "#" + name] = place }
        if case .string(let name)? = members["$dynamicAnchor"] {
            anchors[uri + "#" + name] = place
            dynamicPlaces.append((uri, name, place))
        }
        for child in Self.children(of: place) { try index(child, isRoot: false) }
    }

    /// The schemas directly below one: those that its keywords have, and no values that look like schemas.
    private static func children(of place: Place) -> [Place] {
        guard case .object(let members) = place.value else { return [] }
        let uri = place.innerURI
        var children: [Place] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            let pointer = JSONPointer.appending(name, to: place.pointer)
            func add(_ value: JSONValue, _ step: String? = nil) {
                let pointer = step.map { JSONPointer.appending($0, to: pointer) } ?? pointer
                children.append(Place(value: value, pointer: pointer, baseURI: uri))
            }
            switch (Keywords.holding[name], value) {
            case (.schema, _): add(value)
            case (.list, .array(let values)):
                for (position, value) in values.enumerated() { add(value, String(position)) }
            case (.members, .object(let values)):
                for (key, value) in values.sorted(by: { $0.key < $1.key }) { add(value, key) }
            default: break
            }
        }
        return children
    }
}

/// The names of JSON Schema 2020-12.
enum Keywords {
    /// How a keyword holds schemas.
    enum Holding: Sendable {
        case schema, list, members
    }

    /// Keywords that hold schemas.
    static let holding: [String: Holding] = [
        "not": .schema, "if": .schema, "then": .schema, "else": .schema, "additionalProperties": .schema,
        "propertyNames": .schema, "items": .schema, "contains": .schema, "unevaluatedItems": .schema,
        "unevaluatedProperties": .schema, "contentSchema": .schema,
        "allOf": .list, "anyOf": .list, "oneOf": .list, "prefixItems": .list,
        "$defs": .members, "definitions": .members, "properties": .members, "patternProperties": .members,
        "dependentSchemas": .members,
    ]

    /// All others.
    static let plain: Set<String> = [
        "$schema", "$id", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor", "$comment", "$vocabulary", "type",
        "const",
        "enum", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength",
        "pattern", "maxItems", "minItems", "uniqueItems", "maxContains", "minContains", "maxProperties",
        "minProperties", "required", "dependentRequired", "format", "title", "description", "default", "deprecated",
        "readOnly", "writeOnly", "examples", "contentEncoding", "contentMediaType",
    ]
}
