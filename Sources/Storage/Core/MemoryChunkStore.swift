import Synchronization

/// A chunk store in memory that can fail, lose what was not secured, and damage what it holds: for tests and the
/// simulator.
package final class MemoryChunkStore: ChunkStore {
    private struct State {
        var live: [ChunkKey: [UInt8]] = [:]
        var secured: [ChunkKey: [UInt8]] = [:]
        var failure: StorageError?
        var losses: UInt64 = 0
        /// Chunks asked for or written while a sweep goes on.
        var touched: Set<ChunkKey>?
    }

    private let state = Mutex(State())

    /// An empty store.
    package init() {}

    package func contains(_ key: ChunkKey) throws(StorageError) -> Bool {
        state.withLock { state in
            state.touched?.insert(key)
            return state.live[key] != nil
        }
    }

    package func isPresent(_ key: ChunkKey) throws(StorageError) -> Bool {
        state.withLock { $0.live[key] != nil }
    }

    package func read(_ key: ChunkKey) throws(StorageError) -> [UInt8]? { state.withLock { $0.live[key] } }

    package func write(_ chunks: [(key: ChunkKey, bytes: [UInt8])], durability: ChunkDurability) throws(StorageError) {
        let failure = state.withLock { state -> StorageError? in
            if let failure = state.failure { return failure }
            for chunk in chunks {
                state.live[chunk.key] = chunk.bytes
                state.touched?.insert(chunk.key)
                if case .synced = durability { state.secured[chunk.key] = chunk.bytes }
            }
            return nil
        }
        if let failure { throw failure }
    }

    package func secure() throws(StorageError) {
        let failure = state.withLock { state -> StorageError? in
            if state.failure == nil { state.secured = state.live }
            return state.failure
        }
        if let failure { throw failure }
    }

    package func remove(_ keys: [ChunkKey]) throws(StorageError) {
        state.withLock { state in
            for key in keys {
                state.live[key] = nil
                state.secured[key] = nil
            }
        }
    }

    package func removeDamaged(_ key: ChunkKey, readAs bytes: [UInt8]) throws(StorageError) {
        state.withLock { state in
            guard state.live[key] == bytes else { return }
            state.losses += 1
            state.live[key] = nil
            state.secured[key] = nil
        }
    }

    package func beginSweep() { state.withLock { $0.touched = [] } }

    package func sweep(_ keys: [ChunkKey]) throws(StorageError) -> Int {
        state.withLock { state in
            guard let touched = state.touched else { return 0 }
            let doomed = keys.filter { state.live[$0] != nil && !touched.contains($0) }
            for key in doomed {
                state.live[key] = nil
                state.secured[key] = nil
            }
            return doomed.count
        }
    }

    package func endSweep() { state.withLock { $0.touched = nil } }

    package func reclaim(while mayGoOn: () -> Bool) throws(StorageError) -> Int { 0 }

    package var refusal: StorageError? { state.withLock(\.failure) }

    package var losses: UInt64 { state.withLock(\.losses) }

    package func keys(after: ChunkKey?, limit: Int) throws(StorageError) -> [ChunkKey] {
        let keys = state.withLock { Array($0.live.keys) }
        let sorted = keys.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        guard let after else { return Array(sorted.prefix(limit)) }
        return Array(sorted.drop { !after.bytes.lexicographicallyPrecedes($0.bytes) }.prefix(limit))
    }

    /// Every write fails with `error` from now on; nil heals.
    package func fail(with error: StorageError?) { state.withLock { $0.failure = error } }

    /// Forgets what was not secured, as a crash of the machine does.
    package func crash() { state.withLock { $0.live = $0.secured } }

    /// Flips one bit of a chunk, as a failing disk does.
    package func damage(_ key: ChunkKey) {
        state.withLock {
            guard var bytes = $0.live[key], !bytes.isEmpty else { return }
            bytes[bytes.count / 2] ^= 1
            $0.live[key] = bytes
        }
    }
}
