/// A part of the store with its own keys. The raw value names the column family on disk: never change one.
package enum Space: String, CaseIterable, Sendable {
    /// Facts about this store alone: format version, cluster and member identity.
    case meta
    /// The Raft log and hard state.
    case log
    /// The replicated state machine's records and the index they are applied through.
    case state
    /// A state that is being received from another node, to take the place of `state` when it is whole: see
    /// `WriteBatch.exchangeStates`.
    case incoming
    /// What this node alone knows: staged uploads, and where its packs are.
    case local
    /// Where each chunk lies (`PackStore`).
    case chunks
}

/// One record as read.
package struct KeyValue: Hashable, Sendable {
    /// The key, as ordered by its bytes.
    package let key: [UInt8]
    /// The value.
    package let value: [UInt8]

    /// A record of `key` and `value`.
    package init(key: [UInt8], value: [UInt8]) {
        self.key = key
        self.value = value
    }
}

/// Keys from `lower` up to, not including, `upper`. No upper bound means to the end of the space.
package struct KeyRange: Hashable, Sendable {
    /// The first key that belongs.
    package let lower: [UInt8]
    /// The first key that no longer belongs.
    package let upper: [UInt8]?

    /// The half-open range `lower ..< upper`.
    package init(lower: [UInt8], upper: [UInt8]?) {
        self.lower = lower
        self.upper = upper
    }

    /// Every key that begins with `prefix`.
    package init(prefix: [UInt8]) {
        var upper = prefix
        while let last = upper.last, last == .max { upper.removeLast() }
        if !upper.isEmpty { upper[upper.count - 1] += 1 }
        self.init(lower: prefix, upper: upper.isEmpty ? nil : upper)
    }

    /// Whether `key` lies in the range.
    package func contains(_ key: [UInt8]) -> Bool {
        guard !key.lexicographicallyPrecedes(lower) else { return false }
        guard let upper else { return true }
        return key.lexicographicallyPrecedes(upper)
    }
}

extension KeyRange {
    /// Keys of `Space.local` whose values a node computed from its state: they go when the state is replaced.
    package static let derivedFromState = KeyRange(prefix: derivedFromStatePrefix)
    /// What they begin with.
    package static let derivedFromStatePrefix = Array("derived/".utf8)
}

/// Reads of an ordered key-value store, each seeing all writes that returned before it began.
package protocol KeyValueReader: Sendable {
    /// The value of `key`, or nil when there is none.
    func value(for key: [UInt8], in space: Space) throws(StorageError) -> [UInt8]?

    /// The records of `range` in key order (descending when `reversed`), at most `limit` of them.
    func records(in range: KeyRange, of space: Space, limit: Int, reversed: Bool) throws(StorageError) -> [KeyValue]
}

/// An ordered key-value store: atomic batches, optional fsync, consistent snapshots.
package protocol KeyValueStore: KeyValueReader {
    /// Applies `batch` whole or not at all. When `synced`, it and every batch before it survive a crash of the machine
    /// once this returns; otherwise a crash may lose it, but never an earlier batch without it.
    func write(_ batch: WriteBatch, synced: Bool) throws(StorageError)

    /// A view of this moment that later writes do not change. Held briefly: it pins old data on disk.
    func snapshot() throws(StorageError) -> any KeyValueReader
}

/// Changes that happen together.
package struct WriteBatch: Sendable {
    /// One change.
    package enum Operation: Hashable, Sendable {
        /// Sets a value.
        case put(Space, key: [UInt8], value: [UInt8])
        /// Removes a key; nothing happens when it is absent.
        case delete(Space, key: [UInt8])
        /// Removes every key in a bounded range.
        case deleteRange(Space, lower: [UInt8], upper: [UInt8])
        /// From here on `state` is what `incoming` was, and the other way round.
        case exchangeStates
    }

    /// The changes, in the order they take effect.
    package private(set) var operations: [Operation] = []

    /// An empty batch.
    package init() {}

    /// Whether there is nothing to write.
    package var isEmpty: Bool { operations.isEmpty }

    /// Sets `key` to `value`.
    package mutating func put(_ value: [UInt8], for key: [UInt8], in space: Space) {
        operations.append(.put(space, key: key, value: value))
    }

    /// Removes `key`.
    package mutating func delete(_ key: [UInt8], in space: Space) {
        operations.append(.delete(space, key: key))
    }

    /// Removes all keys from `lower` up to, not including, `upper`.
    package mutating func deleteRange(from lower: [UInt8], to upper: [UInt8], in space: Space) {
        operations.append(.deleteRange(space, lower: lower, upper: upper))
    }

    /// Lets `state` and `incoming` change places, whatever they hold: costs the same for a gigabyte as for nothing.
    /// What follows in this batch finds them exchanged.
    package mutating func exchangeStates() { operations.append(.exchangeStates) }

    /// Adds `later`'s changes after these.
    package mutating func append(_ later: WriteBatch) {
        operations.append(contentsOf: later.operations)
    }
}

extension KeyValueReader {
    /// Gives every record of `range` to `body`, in the order of the keys, some at a time: what changes meanwhile is seen or
    /// not.
    package func forEachRecord(
        in range: KeyRange, of space: Space, _ body: (KeyValue) throws(StorageError) -> Void
    ) throws(StorageError) {
        var range = range
        while true {
            let records = try records(in: range, of: space, limit: 1_000, reversed: false)
            for record in records { try body(record) }
            guard let last = records.last else { return }
            range = KeyRange(lower: last.key + [0], upper: range.upper)
        }
    }
}
