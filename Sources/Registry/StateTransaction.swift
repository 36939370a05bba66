import Models
package import Storage

/// Changes to the state that are not written yet, over the state that is: any number of entries are applied to it and
/// written together, with the index they are applied through.
///
/// Every change keeps the state hash right: the old record is counted out, the new one in. After a thrown error the
/// transaction must be dropped, with whatever part of an entry it holds.
package struct StateTransaction: Sendable {
    /// A record as this transaction sees it.
    private struct Entry: Sendable {
        /// nil when there is none.
        var value: [UInt8]?
        /// What the record counts in the state hash, when it was computed already.
        var hash: StateHash?
        var isChanged: Bool
        /// Whether the transaction has it already.
        var isKept = true
    }

    private let reader: any KeyValueReader
    private var entries: [[UInt8]: Entry] = [:]
    var applied: AppliedRecord
    /// What `level()` found; nil when it must look again.
    private var knownLevel: UInt32?
    /// How many outcomes are kept for repetitions.
    let rememberedOutcomes: UInt64

    /// A transaction over the state in `reader`, which must not change before the transaction is written.
    /// - Parameter rememberedOutcomes: how many outcomes are kept; the same on every node. Tests keep few.
    package init(
        reader: any KeyValueReader, rememberedOutcomes: UInt64 = Limits.standard.rememberedOutcomes
    ) throws(StorageError) {
        self.reader = reader
        self.rememberedOutcomes = rememberedOutcomes
        applied = try reader.record(.applied) ?? AppliedRecord()
    }

    /// The index of the last entry applied; 0 before the first.
    package var appliedIndex: UInt64 { applied.index }

    /// That entry's term.
    package var appliedTerm: UInt64 { applied.term }

    /// The hash of the state with the changes.
    package var stateHash: StateHash { applied.hash }

    /// Adds the changed records, in the order of their keys, and the applied record.
    package func append(to batch: inout WriteBatch) {
        let changed = entries.filter(\.value.isChanged).sorted { $0.key.lexicographicallyPrecedes($1.key) }
        for (key, entry) in changed {
            if let value = entry.value {
                batch.put(value, for: key, in: .state)
            } else {
                batch.delete(key, in: .state)
            }
        }
        batch.put(applied.canonicalBytes, for: StateKey.applied.bytes, in: .state)
    }
}

extension StateTransaction {
    /// The record at `key`, or nil.
    mutating func record<Record: CanonicalCodable>(
        _ key: StateKey, as type: Record.Type = Record.self
    ) throws(StorageError) -> Record? {
        guard let value = try load(key).value else { return nil }
        return try decode(value, at: key.bytes)
    }

    /// Whether there is a record at `key`.
    mutating func contains(_ key: StateKey) throws(StorageError) -> Bool { try load(key).value != nil }

    /// Sets the record at `key`.
    mutating func put(_ record: some CanonicalCodable, at key: StateKey) throws(StorageError) {
        replace(try entry(at: key), by: record.canonicalBytes, at: key)
    }

    /// Sets the record at `key`, where there is none: numbered records, whose number was never given out. Saves a read.
    mutating func insert(_ record: some CanonicalCodable, at key: StateKey) {
        replace(Entry(value: nil, hash: nil, isChanged: false), by: record.canonicalBytes, at: key)
    }

    /// Removes the record at `key`; nothing happens when there is none.
    mutating func delete(_ key: StateKey) throws(StorageError) {
        let entry = try entry(at: key)
        guard entry.value != nil else { return }
        replace(entry, by: nil, at: key)
    }

    /// Keeps what it reads: a command that reads a record often changes it next.
    private mutating func load(_ key: StateKey) throws(StorageError) -> Entry {
        let entry = try entry(at: key)
        if !entry.isKept { entries[key.bytes] = Entry(value: entry.value, hash: nil, isChanged: false) }
        return entry
    }

    private func entry(at key: StateKey) throws(StorageError) -> Entry {
        if let entry = entries[key.bytes] { return entry }
        return Entry(value: try reader.value(for: key.bytes, in: .state), hash: nil, isChanged: false, isKept: false)
    }

    /// The level of commands that the cluster understands: see `Command.level`.
    mutating func level() throws(StorageError) -> UInt32 {
        if let knownLevel { return knownLevel }
        let level = try record(.cluster, as: ClusterRecord.self)?.level ?? 1
        knownLevel = level
        return level
    }

    private mutating func replace(_ entry: Entry, by value: [UInt8]?, at key: StateKey) {
        if key == .cluster { knownLevel = nil }
        guard key.isHashed else {
            entries[key.bytes] = Entry(value: value, hash: nil, isChanged: true)
            return
        }
        if let old = entry.value { applied.hash -= entry.hash ?? StateHash(key: key.bytes, value: old) }
        let hash = value.map { StateHash(key: key.bytes, value: $0) }
        if let hash { applied.hash += hash }
        entries[key.bytes] = Entry(value: value, hash: hash, isChanged: true)
    }
}

/// Reads see the changes, so that a `Catalog` can look into a transaction. Applying a command reads single records
/// only: a range costs a look at every change.
extension StateTransaction: KeyValueReader {
    package func value(for key: [UInt8], in space: Space) throws(StorageError) -> [UInt8]? {
        guard space == .state else { return try reader.value(for: key, in: space) }
        if key == StateKey.applied.bytes { return applied.canonicalBytes }
        if let entry = entries[key] { return entry.value }
        return try reader.value(for: key, in: space)
    }

    package func records(
        in range: KeyRange, of space: Space, limit: Int, reversed: Bool
    ) throws(StorageError) -> [KeyValue] {
        guard space == .state else {
            return try reader.records(in: range, of: space, limit: limit, reversed: reversed)
        }
        var changed: [[UInt8]: [UInt8]?] = [:]
        for (key, entry) in entries where entry.isChanged && range.contains(key) { changed[key] = .some(entry.value) }
        if range.contains(StateKey.applied.bytes) { changed[StateKey.applied.bytes] = applied.canonicalBytes }
        // Each change can hide at most one record of the store.
        let enough = min(limit, Int.max - changed.count) + changed.count
        let stored = try reader.records(in: range, of: space, limit: enough, reversed: reversed)
        var merged = stored.filter { changed[$0.key] == nil }
        for (key, value) in changed {
            if let value { merged.append(KeyValue(key: key, value: value)) }
        }
        merged.sort { ($0.key.lexicographicallyPrecedes($1.key)) != reversed }
        return Array(merged.prefix(limit))
    }
}
