import Storage

extension MemoryStore {
    /// A store whose state holds these records.
    convenience init(state: [[UInt8]: [UInt8]]) throws {
        self.init()
        var batch = WriteBatch()
        for (key, value) in state { batch.put(value, for: key, in: .state) }
        try write(batch, synced: false)
    }

    /// All records of the state.
    var state: [[UInt8]: [UInt8]] {
        get throws {
            let all = try records(in: KeyRange(lower: [], upper: nil), of: .state, limit: .max, reversed: false)
            return Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0.value) })
        }
    }
}
