import Synchronization

/// A store in memory that keeps the ports' promises, breaks when told to, and can lose what was not synced: for tests
/// and the simulator.
package final class MemoryStore: KeyValueStore {
    private struct State {
        var live = Contents()
        var synced = Contents()
        /// Writes that are not synced, oldest first.
        var unsynced: [WriteBatch] = []
        var failure: StorageError?
        var syncedWrites = 0

        /// The oldest `count` writes that were not synced are on the disk all the same.
        mutating func settle(_ count: Int) {
            for batch in unsynced.prefix(count) { synced.apply(batch) }
            unsynced.removeFirst(min(count, unsynced.count))
        }
    }

    private let state = Mutex(State())

    /// An empty store.
    package init() {}

    package func value(for key: [UInt8], in space: Space) throws(StorageError) -> [UInt8]? {
        try contents.value(for: key, in: space)
    }

    package func records(in range: KeyRange, of space: Space, limit: Int, reversed: Bool) throws(StorageError)
        -> [KeyValue]
    {
        try contents.records(in: range, of: space, limit: limit, reversed: reversed)
    }

    package func write(_ batch: WriteBatch, synced: Bool) throws(StorageError) {
        let failure = state.withLock { state -> StorageError? in
            if let failure = state.failure { return failure }
            state.live.apply(batch)
            if synced {
                state.syncedWrites += 1
                state.settle(state.unsynced.count)
                state.synced.apply(batch)
            } else {
                state.unsynced.append(batch)
            }
            return nil
        }
        if let failure { throw failure }
    }

    package func snapshot() throws(StorageError) -> any KeyValueReader { MemorySnapshot(contents: contents) }

    /// How many writes were synced.
    package var syncedWrites: Int { state.withLock(\.syncedWrites) }

    /// Every write fails with `error` from now on; nil heals.
    package func fail(with error: StorageError?) { state.withLock { $0.failure = error } }

    /// Forgets what was not synced, as a crash of the machine does; of those writes it may keep some of the oldest,
    /// never a later one without an earlier.
    package func crash(keeping count: Int = 0) {
        state.withLock { state in
            state.settle(count)
            (state.live, state.unsynced) = (state.synced, [])
        }
    }

    /// Damages the `number`-th record of a space, counted around, as a failing disk does: reading it throws
    /// `corrupted`, as an engine with checksums does. False when there is none.
    package func damage(_ number: Int, of space: Space) -> Bool {
        state.withLock { state in
            guard let key = state.live.key(number, of: space) else { return false }
            state.live.damage(key, of: space)
            state.synced.damage(key, of: space)
            return true
        }
    }

    private var contents: Contents { state.withLock(\.live) }
}

/// A view that later writes do not change.
private struct MemorySnapshot: KeyValueReader {
    let contents: Contents

    func value(for key: [UInt8], in space: Space) throws(StorageError) -> [UInt8]? {
        try contents.value(for: key, in: space)
    }

    func records(in range: KeyRange, of space: Space, limit: Int, reversed: Bool) throws(StorageError) -> [KeyValue] {
        try contents.records(in: range, of: space, limit: limit, reversed: reversed)
    }
}

/// The records of all spaces, each sorted by key. A value: copying it is a snapshot.
private struct Contents: Sendable {
    private var spaces: [Space: [KeyValue]] = [:]
    /// Records that a checksum would find damaged.
    private var damaged: [Space: Set<[UInt8]>] = [:]

    func value(for key: [UInt8], in space: Space) throws(StorageError) -> [UInt8]? {
        if damaged[space]?.contains(key) == true {
            throw .corrupted("a record of \(space) does not match its checksum")
        }
        guard let records = spaces[space] else { return nil }
        let index = position(of: key, in: records)
        return index < records.count && records[index].key == key ? records[index].value : nil
    }

    func records(in range: KeyRange, of space: Space, limit: Int, reversed: Bool) throws(StorageError) -> [KeyValue] {
        guard let records = spaces[space] else { return [] }
        let first = position(of: range.lower, in: records)
        let end = range.upper.map { max(first, position(of: $0, in: records)) } ?? records.count
        let all = records[first..<end]
        let found = reversed ? Array(all.reversed().prefix(limit)) : Array(all.prefix(limit))
        if let damaged = damaged[space], !damaged.isEmpty, found.contains(where: { damaged.contains($0.key) }) {
            throw .corrupted("a record of \(space) does not match its checksum")
        }
        return found
    }

    mutating func apply(_ batch: WriteBatch) {
        for operation in batch.operations {
            if !damaged.isEmpty { mend(operation) }
            switch operation {
            case .put(let space, let key, let value): put(KeyValue(key: key, value: value), in: space)
            case .delete(let space, let key):
                deleteRange(KeyRange(lower: key, upper: key + [0]), in: space)
            case .deleteRange(let space, let lower, let upper):
                deleteRange(KeyRange(lower: lower, upper: upper), in: space)
            case .exchangeStates: (spaces[.state], spaces[.incoming]) = (spaces[.incoming], spaces[.state])
            }
        }
    }

    /// The key of the `number`-th record of a space, counted around; nil when there is none.
    func key(_ number: Int, of space: Space) -> [UInt8]? {
        guard let records = spaces[space], !records.isEmpty else { return nil }
        return records[number % records.count].key
    }

    /// Makes a record one that cannot be read until it is written again.
    mutating func damage(_ key: [UInt8], of space: Space) { damaged[space, default: []].insert(key) }

    private mutating func mend(_ operation: WriteBatch.Operation) {
        switch operation {
        case .put(let space, let key, _), .delete(let space, let key): damaged[space]?.remove(key)
        case .deleteRange(let space, let lower, let upper):
            let range = KeyRange(lower: lower, upper: upper)
            damaged[space] = damaged[space]?.filter { !range.contains($0) }
        case .exchangeStates: (damaged[.state], damaged[.incoming]) = (damaged[.incoming], damaged[.state])
        }
    }

    private mutating func put(_ record: KeyValue, in space: Space) {
        let index = position(of: record.key, in: spaces[space, default: []])
        if index < spaces[space, default: []].count, spaces[space]?[index].key == record.key {
            spaces[space]?[index] = record
        } else {
            spaces[space, default: []].insert(record, at: index)
        }
    }

    private mutating func deleteRange(_ range: KeyRange, in space: Space) {
        guard let records = spaces[space] else { return }
        let first = position(of: range.lower, in: records)
        let end = range.upper.map { max(first, position(of: $0, in: records)) } ?? records.count
        spaces[space]?.removeSubrange(first..<end)
    }

    /// The index of the first record whose key is not before `key`.
    private func position(of key: [UInt8], in records: [KeyValue]) -> Int {
        var (low, high) = (0, records.count)
        while low < high {
            let middle = (low + high) / 2
            if records[middle].key.lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
