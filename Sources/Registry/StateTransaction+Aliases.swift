import Models
import Storage

extension StateTransaction {
    /// Points an alias at a version. Where it points there already nothing changes, and no move is recorded.
    mutating func set(_ command: SetAlias, _ header: CommandHeader) throws(StorageError) -> Effect {
        if isTooLong(command.reason) { return .refused(.tooLong("reason")) }
        let key = ModelKey(command.project, command.model)
        guard let model: Model = try record(.model(key.project, key.name)) else { return .refused(.missing(key)) }
        guard command.version > 0, command.version <= model.latestVersion else {
            return .refused(.notFound, "\(key) has no version \(command.version); its newest is \(model.latestVersion)")
        }
        let current: Alias? = try record(.alias(key, command.alias))
        if let refusal = command.expectation.refusal(of: current, command.alias) { return .refused(refusal) }
        if let current, current.version == command.version { return .accepted(.alias(current)) }
        if current == nil, let refusal = try refusal(ofNew: [command.alias], in: key) { return .refused(refusal) }
        let alias = try point(command.alias, of: key, at: command.version, reason: command.reason, header)
        return .accepted(.alias(alias), [.moved(alias.name, of: key, to: alias.version)])
    }

    /// Removes an alias, and gives it as it was. `main` stays: every model with a version has it.
    mutating func remove(_ command: RemoveAlias, _ header: CommandHeader) throws(StorageError) -> Effect {
        if isTooLong(command.reason) { return .refused(.tooLong("reason")) }
        if command.alias == .main {
            return .refused(.invalid, "“main” follows the newest version and cannot be removed; move it instead")
        }
        let key = ModelKey(command.project, command.model)
        guard try contains(.model(key.project, key.name)) else { return .refused(.missing(key)) }
        guard let current: Alias = try record(.alias(key, command.alias)) else {
            return .refused(.notFound, "\(key) has no alias “\(command.alias)”")
        }
        if let refusal = command.expectation.refusal(of: current, command.alias) { return .refused(refusal) }
        try delete(.alias(key, command.alias))
        try delete(.aliasSkeleton(key, command.alias))
        try put(CountRecord(try count(.aliasCount(key)) - 1), at: .aliasCount(key))
        let move = AliasChange(
            from: current.version, to: nil, at: header.at, by: header.principal, reason: command.reason)
        try recordMove(move, of: command.alias, in: key)
        return .accepted(.alias(current), [.moved(command.alias, of: key, to: nil)])
    }

    /// Why these aliases, none of which exists, cannot all be added to the model, or nil.
    mutating func refusal(ofNew aliases: [AliasName], in model: ModelKey) throws(StorageError) -> Rejection? {
        guard !aliases.isEmpty else { return nil }
        let limit = Limits.standard.aliases
        if try count(.aliasCount(model)) + UInt64(aliases.count) > UInt64(limit) {
            return Rejection(.limitExceeded, "\(model) would have more than \(limit) aliases; remove some first")
        }
        var skeletons: [String: AliasName] = [:]
        for alias in aliases {
            if let twin = skeletons.updateValue(alias, forKey: alias.skeleton) {
                return .confusable(alias, with: twin.text)
            }
            if let refusal = try refusal(ofNew: alias, skeleton: .aliasSkeleton(model, alias)) { return refusal }
        }
        return nil
    }

    /// Points an alias, new or not, at a version that it does not name, and records the move.
    mutating func point(
        _ name: AliasName, of model: ModelKey, at version: UInt64, reason: String, _ header: CommandHeader
    ) throws(StorageError) -> Alias {
        let previous: Alias? = try record(.alias(model, name))
        let alias = Alias(name: name, version: version, updatedAt: header.at, updatedBy: header.principal)
        try put(alias, at: .alias(model, name))
        if previous == nil {
            try put(NameRecord(name.text), at: .aliasSkeleton(model, name))
            try put(CountRecord(try count(.aliasCount(model)) + 1), at: .aliasCount(model))
        }
        let move = AliasChange(
            from: previous?.version, to: version, at: header.at, by: header.principal, reason: reason)
        try recordMove(move, of: name, in: model)
        return alias
    }

    private mutating func recordMove(
        _ move: AliasChange, of alias: AliasName, in model: ModelKey
    ) throws(StorageError) {
        let number = try count(.aliasMoveCount(model, alias)) + 1
        try put(CountRecord(number), at: .aliasMoveCount(model, alias))
        insert(move, at: .aliasMove(model, alias, number))
    }

    private mutating func count(_ key: StateKey) throws(StorageError) -> UInt64 {
        try record(key, as: CountRecord.self)?.count ?? 0
    }
}

extension Event {
    /// The alias of `model` names another version now, or nothing.
    static func moved(_ alias: AliasName, of model: ModelKey, to version: UInt64?) -> Event {
        .aliasMoved(project: model.project, model: model.name, alias: alias, to: version)
    }
}

extension AliasExpectation {
    /// Why the alias is not as expected, or nil.
    fileprivate func refusal(of current: Alias?, _ name: AliasName) -> Rejection? {
        switch (self, current) {
        case (.none, _), (.absent, nil): nil
        case (.absent, let current?):
            Rejection(.conflict, "the alias “\(name)” exists: it names version \(current.version); read it again")
        case (.version(let number), nil):
            Rejection(.conflict, "the alias “\(name)” names no version any more, not \(number); read it again")
        case (.version(let number), let current?) where current.version == number: nil
        case (.version(let number), let current?):
            Rejection(.conflict, "the alias “\(name)” names version \(current.version), not \(number); read it again")
        }
    }
}
