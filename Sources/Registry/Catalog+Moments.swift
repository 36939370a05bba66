package import Models
package import Storage

/// As it was: what was true at a time, by the order of the log and the clocks of those who wrote it.
extension Catalog {
    /// The version that `selector` named at `time`, or nil. A version is there from its registration on.
    package func resolve(
        project: ProjectName, model: ModelName, selector: VersionSelector, at time: Timestamp
    ) throws(StorageError) -> Version? {
        let number: UInt64?
        switch selector {
        case .latest: number = try latestVersion(project: project, model: model, at: time)
        case .number(let given): number = given
        case .alias(let name): number = try lastMove(of: name, ModelKey(project, model), by: time)?.to
        }
        guard let number, let version = try version(project: project, model: model, number: number),
            version.createdAt <= time
        else { return nil }
        return version
    }

    /// The aliases that named version `number` at `time`, in order: also those that were removed since.
    package func aliases(
        project: ProjectName, model: ModelName, naming number: UInt64, at time: Timestamp
    ) throws(StorageError) -> [AliasName] {
        let model = ModelKey(project, model)
        var found: [AliasName] = []
        for name in try aliasesEver(of: model) where try lastMove(of: name, model, by: time)?.to == number {
            found.append(name)
        }
        return found
    }

    private func latestVersion(
        project: ProjectName, model: ModelName, at time: Timestamp
    ) throws(StorageError) -> UInt64? {
        var before: UInt64?
        while true {
            let page = try versions(project: project, model: model, before: before, limit: 100)
            if let found = page.first(where: { $0.createdAt <= time }) { return found.number }
            guard let last = page.last else { return nil }
            before = last.number
        }
    }

    /// The last move in the log that was made at `time` or before; nil when there was none.
    private func lastMove(
        of alias: AliasName, _ model: ModelKey, by time: Timestamp
    ) throws(StorageError) -> AliasChange? {
        var number = try reader.record(.aliasMoveCount(model, alias), as: CountRecord.self)?.count ?? 0
        while number > 0 {
            let move: AliasChange? = try reader.record(.aliasMove(model, alias, number))
            if let move, move.at <= time { return move }
            number -= 1
        }
        return nil
    }

    /// Every alias that a model has or had, in order.
    private func aliasesEver(of model: ModelKey) throws(StorageError) -> [AliasName] {
        let listing = StateKey.Listing.aliasMoveCounts(model)
        let records = try reader.records(in: listing.range(), of: .state, limit: Self.mostAliasesEver, reversed: false)
        var names: [AliasName] = []
        for record in records {
            let name = String(decoding: record.key.dropFirst(listing.prefix.count), as: UTF8.self)
            do { names.append(try AliasName(name)) } catch {
                throw .corrupted("the state's key \(Hexadecimal.encode(record.key)) names no alias: \(error)")
            }
        }
        return names
    }

    /// Aliases of a model that are asked what they named once, those it has no more included.
    private static let mostAliasesEver = 10_000
}
