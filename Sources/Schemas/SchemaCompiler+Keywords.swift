import Models

extension SchemaCompiler {
    /// The keywords of the schema at a place, in the order in which they are to be applied.
    mutating func keywords(_ place: Place) throws(SchemaError) -> [SchemaKeyword] {
        switch place.value {
        case .bool(let allows): return allows ? [] : [.nothing]
        case .object(let members):
            note(strangersIn: members, at: place)
            if let draft = members["$schema"], draft != .string(Self.draft) {
                throw .invalid(at: place.pointer, "“$schema” is \(Self.draft); other drafts are not known")
            }
            let reader = KeywordReader(members: members, pointer: place.pointer)
            return try assertions(reader) + applicators(reader, place) + (try containers(reader, place))
        default: throw .invalid(at: place.pointer, "a schema is an object, true or false")
        }
    }

    private mutating func note(strangersIn members: [String: JSONValue], at place: Place) {
        let found = members.keys.filter {
            Keywords.holding[$0] == nil && !Keywords.plain.contains($0) && !$0.hasPrefix("x-")
        }
        strangers += found.sorted().map { JSONPointer.appending($0, to: place.pointer) }
    }

    // MARK: What looks at a value alone

    private func assertions(_ reader: KeywordReader) throws(SchemaError) -> [SchemaKeyword] {
        var keywords: [SchemaKeyword] = []
        if let types = try reader.types() { keywords.append(.type(types)) }
        if let value = reader.members["const"] { keywords.append(.constant(value)) }
        if case .array(let values)? = try reader.value("enum", .array) { keywords.append(.enumeration(values)) }
        if let divisor = try reader.value("multipleOf", .number)?.number {
            guard divisor > 0 else { throw reader.failure("multipleOf", "is more than 0") }
            keywords.append(.multipleOf(divisor))
        }
        for bound in SchemaKeyword.Bound.allCases {
            if let limit = try reader.value(bound.rawValue, .number) { keywords.append(.bound(bound, limit)) }
        }
        if let count = try reader.count("minLength") { keywords.append(.length(atLeast: true, count)) }
        if let count = try reader.count("maxLength") { keywords.append(.length(atLeast: false, count)) }
        if case .string(let text)? = try reader.value("pattern", .string) {
            keywords.append(.pattern(try pattern(text, at: reader.pointer)))
        }
        if case .string("spdx-expression")? = try reader.value("format", .string) { keywords.append(.licence) }
        if let count = try reader.count("minItems") { keywords.append(.itemCount(atLeast: true, count)) }
        if let count = try reader.count("maxItems") { keywords.append(.itemCount(atLeast: false, count)) }
        if case .bool(true)? = try reader.value("uniqueItems", .boolean) { keywords.append(.uniqueItems) }
        if let count = try reader.count("minProperties") { keywords.append(.memberCount(atLeast: true, count)) }
        if let count = try reader.count("maxProperties") { keywords.append(.memberCount(atLeast: false, count)) }
        if let names = try reader.names("required") { keywords.append(.required(names)) }
        if case .object(let needs)? = try reader.value("dependentRequired", .object) {
            let inner = KeywordReader(members: needs, pointer: reader.pointer + "/dependentRequired")
            var dependencies: [(name: String, needs: [String])] = []
            for name in needs.keys.sorted() { dependencies.append((name, try inner.names(name) ?? [])) }
            keywords.append(.dependentRequired(dependencies))
        }
        return keywords
    }

    private func pattern(_ text: String, at pointer: String) throws(SchemaError) -> Pattern {
        do { return try Pattern(text, limits: limits) } catch {
            throw .invalid(at: pointer, "the pattern “\(text)”: \(error.reason)")
        }
    }

    // MARK: What applies other schemas in the same place

    private mutating func applicators(
        _ reader: KeywordReader, _ place: Place
    ) throws(SchemaError) -> [SchemaKeyword] {
        var keywords: [SchemaKeyword] = []
        if case .string(let text)? = try reader.value("$ref", .string) {
            keywords.append(.reference(try compile(try target(of: text, from: place))))
        }
        if case .string(let text)? = try reader.value("$dynamicRef", .string) {
            keywords.append(try dynamicReference(text, from: place))
        }
        if let schemas = try schemas("allOf", reader, place) { keywords.append(.all(schemas)) }
        if let schemas = try schemas("anyOf", reader, place) { keywords.append(.any(schemas)) }
        if let schemas = try schemas("oneOf", reader, place) { keywords.append(.one(schemas)) }
        if let schema = try schema("not", reader, place) { keywords.append(.not(schema)) }
        if let condition = try schema("if", reader, place) {
            let then = try schema("then", reader, place)
            keywords.append(.condition(condition, then: then, otherwise: try schema("else", reader, place)))
        }
        let dependent = try members("dependentSchemas", reader, place)
        if !dependent.isEmpty { keywords.append(.dependentSchemas(dependent)) }
        return keywords
    }

    private mutating func dynamicReference(_ text: String, from place: Place) throws(SchemaError) -> SchemaKeyword {
        let target = try target(of: text, from: place)
        let schema = try compile(target)
        // Only a reference to a dynamic anchor is dynamic (core §8.2.3.2).
        if case .object(let members) = target.value, case .string(let name)? = members["$dynamicAnchor"],
            text.hasSuffix("#" + name)
        {
            return .dynamicReference(schema, anchor: name)
        }
        return .reference(schema)
    }

    // MARK: What applies other schemas to members and items

    private mutating func containers(
        _ reader: KeywordReader, _ place: Place
    ) throws(SchemaError) -> [SchemaKeyword] {
        var keywords: [SchemaKeyword] = []
        if let keyword = try properties(reader, place) { keywords.append(keyword) }
        if let schema = try schema("propertyNames", reader, place) { keywords.append(.propertyNames(schema)) }
        let prefix = try schemas("prefixItems", reader, place) ?? []
        let rest = try schema("items", reader, place)
        if !prefix.isEmpty || rest != nil { keywords.append(.items(prefix: prefix, rest: rest)) }
        if let schema = try schema("contains", reader, place) {
            keywords.append(
                .contains(
                    schema, least: try reader.count("minContains") ?? 1, most: try reader.count("maxContains")))
        }
        // What looks at what all others have looked at.
        if let schema = try schema("unevaluatedItems", reader, place) { keywords.append(.unevaluatedItems(schema)) }
        if let schema = try schema("unevaluatedProperties", reader, place) {
            keywords.append(.unevaluatedProperties(schema))
        }
        return keywords
    }

    private mutating func properties(_ reader: KeywordReader, _ place: Place) throws(SchemaError) -> SchemaKeyword? {
        let named = try members("properties", reader, place)
        var patterns: [(Pattern, Int)] = []
        for (text, schema) in try members("patternProperties", reader, place) {
            patterns.append((try pattern(text, at: reader.pointer), schema))
        }
        let additional = try schema("additionalProperties", reader, place)
        if named.isEmpty, patterns.isEmpty, additional == nil { return nil }
        let byName = Dictionary(named.map { ($0.name, $0.schema) }, uniquingKeysWith: { $1 })
        return .properties(named: byName, patterns: patterns, additional: additional)
    }

    private mutating func schema(
        _ name: String, _ reader: KeywordReader, _ place: Place
    ) throws(SchemaError) -> Int? {
        guard let value = reader.members[name] else { return nil }
        return try compile(
            Place(
                value: value, pointer: JSONPointer.appending(name, to: place.pointer), baseURI: place.innerURI))
    }

    private mutating func schemas(
        _ name: String, _ reader: KeywordReader, _ place: Place
    ) throws(SchemaError) -> [Int]? {
        guard case .array(let values)? = try reader.value(name, .array) else { return nil }
        guard !values.isEmpty else { throw reader.failure(name, "has at least one schema") }
        let pointer = JSONPointer.appending(name, to: place.pointer)
        var schemas: [Int] = []
        for (position, value) in values.enumerated() {
            schemas.append(
                try compile(Place(value: value, pointer: "\(pointer)/\(position)", baseURI: place.innerURI)))
        }
        return schemas
    }

    private mutating func members(
        _ name: String, _ reader: KeywordReader, _ place: Place
    ) throws(SchemaError) -> [(name: String, schema: Int)] {
        guard case .object(let values)? = try reader.value(name, .object) else { return [] }
        let pointer = JSONPointer.appending(name, to: place.pointer)
        var schemas: [(name: String, schema: Int)] = []
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            let child = Place(
                value: value, pointer: JSONPointer.appending(key, to: pointer), baseURI: place.innerURI)
            schemas.append((key, try compile(child)))
        }
        return schemas
    }
}

/// Reads values of keywords, and says which is of a wrong type.
struct KeywordReader {
    let members: [String: JSONValue]
    let pointer: String

    func failure(_ name: String, _ reason: String) -> SchemaError {
        .invalid(at: JSONPointer.appending(name, to: pointer), "“\(name)” \(reason)")
    }

    func value(_ name: String, _ type: JSONType) throws(SchemaError) -> JSONValue? {
        guard let value = members[name] else { return nil }
        guard type.holds(value) else { throw failure(name, "is of type \(type.rawValue)") }
        return value
    }

    func count(_ name: String) throws(SchemaError) -> Int? {
        guard let number = try value(name, .integer)?.number else { return nil }
        guard number >= 0, let count = Int(exactly: number) else { throw failure(name, "is a count") }
        return count
    }

    func names(_ name: String) throws(SchemaError) -> [String]? {
        guard case .array(let values)? = try value(name, .array) else { return nil }
        var names: [String] = []
        for value in values {
            guard case .string(let text) = value else { throw failure(name, "lists texts") }
            names.append(text)
        }
        return names
    }

    func types() throws(SchemaError) -> [JSONType]? {
        guard let value = members["type"] else { return nil }
        let names: [String]
        if case .string(let name) = value { names = [name] } else { names = try self.names("type") ?? [] }
        var types: [JSONType] = []
        for name in names {
            guard let type = JSONType(rawValue: name) else {
                let known = JSONType.allCases.map(\.rawValue).joined(separator: ", ")
                throw failure("type", "is of \(known), not “\(name)”")
            }
            types.append(type)
        }
        return types
    }
}
