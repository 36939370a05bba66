import Storage
import Synchronization

/// The port kept in memory: slow and simple, so that what the tests see is the registry's doing.
final class TestStore: KeyValueStore {
    private let spaces: Mutex<[Space: [[UInt8]: [UInt8]]]>

    init(_ spaces: [Space: [[UInt8]: [UInt8]]] = [:]) { self.spaces = Mutex(spaces) }

    func value(for key: [UInt8], in space: Space) throws(StorageError) -> [UInt8]? {
        spaces.withLock { $0[space]?[key] }
    }

    func records(
        in range: KeyRange, of space: Space, limit: Int, reversed: Bool
    ) throws(StorageError) -> [KeyValue] {
        let found = spaces.withLock { $0[space, default: [:]].filter { range.contains($0.key) } }
        let ordered = found.sorted { $0.key.lexicographicallyPrecedes($1.key) != reversed }
        return ordered.prefix(limit).map { KeyValue(key: $0.key, value: $0.value) }
    }

    func write(_ batch: WriteBatch, synced: Bool) throws(StorageError) {
        spaces.withLock { spaces in
            for operation in batch.operations {
                switch operation {
                case .put(let space, let key, let value): spaces[space, default: [:]][key] = value
                case .delete(let space, let key): spaces[space, default: [:]][key] = nil
                case .deleteRange(let space, let lower, let upper):
                    let range = KeyRange(lower: lower, upper: upper)
                    spaces[space] = spaces[space]?.filter { !range.contains($0.key) }
                }
            }
        }
    }

    func snapshot() throws(StorageError) -> any KeyValueReader { TestStore(spaces.withLock { $0 }) }

    /// All records of the state.
    var state: [[UInt8]: [UInt8]] { spaces.withLock { $0[.state] ?? [:] } }
}
