import Models
import Storage

extension StateTransaction {
    /// Points an alias at a version. Where it points there already nothing changes, and no move is recorded.
    mutating func set(_ command: SetAlias, _ header: CommandHeader) throws(StorageError) -> Effect {
        if isTooLong(command.reason) { return .refused(.tooLong("reason")) }
        let key = ModelKey(command.project, command.model)
        guard let model: Model = try record(.model(key.project, key.name)) else { return .refused(.missing(key)) }
        guard try contains(.version(key, command.version)) else {
            let isDeleted = command.version > 0 && command.version <= model.latestVersion
            let why = isDeleted ? "it was deleted" : "its newest is \(model.latestVersion)"
            return .refused(.notFound, "\(key) has no version \(command.version); \(why)")
        }
        let current: Alias? = try record(.alias(key, command.alias))
        if let refusal = command.expectation.refusal(of: current, command.alias) { return .refused(refusal) }
        if let current, current.version == command.version { return .accepted(.alias(current)) }
        if let refusal = try refusal(ofNaming: key.version(command.version)) { return .refused(refusal) }
        if current == nil, let refusal = try refusal(ofNew: [command.alias], in: key) { return .refused(refusal) }
        let alias = try point(command.alias, of: key, at: command.version, reason: command.reason, header)
        return .accepted(.alias(alias), [.moved(alias.name, of: key, to: alias.version)])
    }

    /// The alias names nothing from here on.
    mutating func unset(
        _ alias: Alias, of model: ModelKey, reason: String, _ header: CommandHeader
    ) throws(StorageError) {
        try delete(.alias(model, alias.name))
        try delete(.aliasSkeleton(model, alias.name))
        try put(CountRecord(try count(.aliasCount(model)) - 1), at: .aliasCount(model))
        let move = AliasChange(
            from: alias.version, to: nil, at: header.at, by: header.principal, reason: reason)
        try recordMove(move, of: alias.name, in: model)
    }

    /// Points an alias at what it named before.
    mutating func rollBack(_ command: RollBackAlias, _ header: CommandHeader) throws(StorageError) -> Effect {
        if isTooLong(command.reason) { return .refused(.tooLong("reason")) }
        if command.reason.isEmpty { return .refused(.invalid, "a rollback needs a reason; say why") }
        let key = ModelKey(command.project, command.model)
        guard try contains(.model(key.project, key.name)) else { return .refused(.missing(key)) }
        let current: Alias? = try record(.alias(key, command.alias))
        if let refusal = command.expectation.refusal(of: current, command.alias) { return .refused(refusal) }
        let moves = try count(.aliasMoveCount(key, command.alias))
        guard moves > 0, let last: AliasChange = try record(.aliasMove(key, command.alias, moves)) else {
            return .refused(.notFound, "\(key) never had an alias “\(command.alias)”")
        }
        guard let version = command.to ?? last.from else {
            return .refused(
                .conflict,
                "\(key)@\(command.alias) named nothing before it named version \(last.to ?? 0); remove it instead")
        }
        if version == current?.version {
            return .refused(.conflict, "\(key)@\(command.alias) names version \(version) already; nothing was changed")
        }
        if command.to != nil, try !didName(version, command.alias, of: key, through: moves) {
            return .refused(
                .conflict,
                "\(key)@\(command.alias) did not name version \(version) in its last \(RollBackAlias.searchedMoves) moves; set it instead"
            )
        }
        guard try contains(.version(key, version)) else { return .refused(.missing(key, version)) }
        if let refusal = try refusal(ofNaming: key.version(version)) { return .refused(refusal) }
        if current == nil, let refusal = try refusal(ofNew: [command.alias], in: key) { return .refused(refusal) }
        let alias = try point(command.alias, of: key, at: version, reason: command.reason, header)
        return .accepted(.alias(alias), [.moved(alias.name, of: key, to: alias.version)])
    }

    private mutating func didName(
        _ version: UInt64, _ alias: AliasName, of model: ModelKey, through moves: UInt64
    ) throws(StorageError) -> Bool {
        let first = moves > UInt64(RollBackAlias.searchedMoves) ? moves - UInt64(RollBackAlias.searchedMoves) + 1 : 1
        for number in (first...moves).reversed() {
            let move: AliasChange? = try record(.aliasMove(model, alias, number))
            if move?.to == version || move?.from == version { return true }
        }
        return false
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
        try unset(current, of: key, reason: command.reason, header)
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

extension ModelKey {
    /// A version of the model.
    func version(_ number: UInt64) -> VersionKey { VersionKey(project: project, model: name, number: number) }
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
