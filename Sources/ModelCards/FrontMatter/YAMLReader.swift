import Models

/// Front matter as JSON. libyaml tells of one event after the other and builds nothing, so that what is refused is
/// refused before it costs anything; Yams' own nodes would follow aliases.
struct YAMLReader: ~Copyable {
    private let events: YAMLEvents
    private let limits: CardLimits
    private var nodes = 0

    /// The members of the object in `yaml`, which is a part of `file`; none for YAML without any value.
    static func members(of yaml: Range<Int>, in file: [UInt8], limits: CardLimits)
        throws(CardError) -> [String: JSONValue]
    {
        let text = Array(file[yaml])
        guard String(validating: text, as: UTF8.self) != nil else {
            let valid = text.count - YAMLPosition.invalidSuffix(of: text)
            throw .notUTF8(line: FrontMatter.line(at: yaml.lowerBound + valid, in: file))
        }
        do throws(YAMLFailure) {
            var reader = YAMLReader(events: YAMLEvents(text), limits: limits)
            return try reader.readDocument()
        } catch {
            let line = FrontMatter.line(at: yaml.lowerBound + error.position.offset(in: text), in: file)
            switch error.reason {
            case .syntax(let problem): throw .syntax(line: line, problem: problem.shown(limits.shownBytes))
            case .refused(let refusal): throw .refused(line: line, refusal)
            }
        }
    }

    private init(events: consuming YAMLEvents, limits: CardLimits) {
        self.events = events
        self.limits = limits
    }

    private mutating func readDocument() throws(YAMLFailure) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        var isRead = false
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamEnd: return members
            case .other: continue
            case .documentStart:
                if isRead { throw event.refused(.severalDocuments) }
                members = try readRoot(try events.next())
                isRead = true
            default: throw event.refused(.notAnObject)
            }
        }
    }

    private mutating func readRoot(_ event: YAMLEvent) throws(YAMLFailure) -> [String: JSONValue] {
        switch try readValue(event, depth: 0) {
        case .object(let members): return members
        case .null: return [:]
        default: throw event.refused(.notAnObject)
        }
    }

    private mutating func readValue(_ event: YAMLEvent, depth: Int) throws(YAMLFailure) -> JSONValue {
        try admit(event)
        switch event.kind {
        case .scalar(let text, let isPlain):
            return isPlain ? YAMLScalar.value(of: text, limits: limits) : .string(text)
        case .sequenceStart, .mappingStart:
            guard depth < limits.depth else { throw event.refused(.depth(limit: limits.depth)) }
            return event.kind == .sequenceStart
                ? .array(try readItems(depth: depth + 1)) : .object(try readMembers(depth: depth + 1))
        default: throw event.refused(.notAnObject)
        }
    }

    private mutating func readItems(depth: Int) throws(YAMLFailure) -> [JSONValue] {
        var items: [JSONValue] = []
        while true {
            let event = try events.next()
            if event.kind == .end { return items }
            items.append(try readValue(event, depth: depth))
        }
    }

    private mutating func readMembers(depth: Int) throws(YAMLFailure) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        while true {
            let event = try events.next()
            if event.kind == .end { return members }
            try admit(event)
            // A key is its text, whatever the schema makes of it: JSON has no other keys.
            guard case .scalar(let key, _) = event.kind else { throw event.refused(.keyIsNotText) }
            let value = try readValue(try events.next(), depth: depth)
            guard members.updateValue(value, forKey: key) == nil else {
                throw event.refused(.duplicateKey(key.shown(limits.shownBytes)))
            }
        }
    }

    private mutating func admit(_ event: YAMLEvent) throws(YAMLFailure) {
        if event.kind == .alias { throw event.refused(.alias) }
        if event.hasAnchor { throw event.refused(.anchor) }
        if event.hasTag { throw event.refused(.tag) }
        nodes += 1
        if nodes > limits.nodes { throw event.refused(.nodes(limit: limits.nodes)) }
    }
}
