import Models

/// Reads facts one by one and notes what has another shape than it should.
struct FactReader {
    let limits: CardLimits
    private(set) var notes: [CardNote] = []

    init(limits: CardLimits) { self.limits = limits }

    /// Notes why what is at `path` was left out.
    mutating func note(_ path: String, _ sentence: String) {
        if notes.count < limits.notes { notes.append(CardNote(path: path, sentence: sentence)) }
    }

    /// A text; a number or truth value as it is written in JSON, for YAML makes them of `tags: [2024, true]`.
    mutating func text(at path: String, _ value: JSONValue?) -> String? {
        switch value {
        case nil, .null: return nil
        case .string(let text): return bounded(text, at: path)
        case .integer(let value): return String(value)
        case .number(let value): return String(value)
        case .bool(let value): return String(value)
        case .array, .object:
            note(path, "This is \(Self.kind(of: value)). Write a text.")
            return nil
        }
    }

    /// A list of texts, or one text alone.
    mutating func texts(at path: String, _ value: JSONValue?) -> [String] {
        guard case .array(let items) = value else {
            if case .object = value {
                note(path, "This is an object. Write a text or a list of texts.")
                return []
            }
            return text(at: path, value).map { [$0] } ?? []
        }
        return bounded(items, to: limits.factItems, at: path).enumerated().compactMap { index, item in
            text(at: "\(path)[\(index)]", item)
        }
    }

    /// A text, or the first of a list.
    mutating func firstText(at path: String, _ value: JSONValue?) -> String? {
        let all = texts(at: path, value)
        if all.count > 1 { note(path, "There are \(all.count). Only the first is used.") }
        return all.first
    }

    /// How the model was made.
    mutating func relation(at path: String, _ value: JSONValue?) -> ModelRelation? {
        guard let word = text(at: path, value) else { return nil }
        if let relation = ModelRelation(rawValue: word) { return relation }
        let known = ModelRelation.allCases.map(\.rawValue).joined(separator: ", ")
        note(path, "\"\(word.shown(limits.shownBytes))\" is none of \(known).")
        return nil
    }

    /// Emissions: grams, or an object with grams in it.
    mutating func kilograms(at path: String, _ value: JSONValue?) -> Double? {
        var (path, value) = (path, value)
        if case .object(let members) = value {
            path += ".emissions"
            value = members["emissions"]
        }
        guard let grams = number(at: path, value) else { return nil }
        guard grams >= 0 else {
            note(path, "Emissions are not negative. Write grams of CO2.")
            return nil
        }
        return grams / 1_000
    }

    /// A number, or a text that is one.
    mutating func number(at path: String, _ value: JSONValue?) -> Double? {
        if value == nil || value == .null { return nil }
        if let number = value?.number, number.isFinite { return number }
        if let text = value?.text, text.utf8.count <= limits.numberBytes,
            let number = YAMLScalar.number(of: text)?.number
        {
            return number
        }
        note(path, "This is \(Self.kind(of: value)). Write a number.")
        return nil
    }

    /// As many items as are kept.
    mutating func bounded<Item>(_ items: [Item], to limit: Int, at path: String) -> ArraySlice<Item> {
        if items.count > limit { note(path, "There are \(items.count). Only the first \(limit) are used.") }
        return items.prefix(limit)
    }

    /// What a value is, for a note.
    static func kind(of value: JSONValue?) -> String {
        switch value {
        case nil, .null: "nothing"
        case .bool: "true or false"
        case .integer, .number: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }

    private mutating func bounded(_ text: String, at path: String) -> String? {
        guard text.utf8.count <= limits.factBytes else {
            note(path, "This has more than \(limits.factBytes) bytes. Shorten it.")
            return nil
        }
        return text.isEmpty ? nil : text
    }
}
