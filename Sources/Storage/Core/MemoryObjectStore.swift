import Synchronization

/// An object store in memory that can fail and lose what it holds: for tests.
package final class MemoryObjectStore: ObjectStore {
    private struct State {
        var objects: [String: [UInt8]] = [:]
        var failure: StorageError?
        /// Names that cannot be stored.
        var refused: Set<String> = []
        var reads = 0
    }

    private let state = Mutex(State())

    /// An empty store.
    package init() {}

    /// All objects.
    package var objects: [String: [UInt8]] { state.withLock { $0.objects } }

    /// How often it was read from.
    package var reads: Int { state.withLock { $0.reads } }

    /// Every call fails with `failure`, or works again.
    package func fail(with failure: StorageError?) { state.withLock { $0.failure = failure } }

    /// The object is gone.
    package func lose(_ name: String) { state.withLock { $0.objects[name] = nil } }

    /// The object cannot be stored.
    package func refuse(_ name: String) { state.withLock { _ = $0.refused.insert(name) } }

    package func put(_ name: String, _ bytes: [UInt8]) throws(StorageError) {
        try check()
        let isRefused = state.withLock { state in
            if !state.refused.contains(name) { state.objects[name] = bytes }
            return state.refused.contains(name)
        }
        if isRefused { throw .unreachable("it is refused") }
    }

    package func read(_ name: String, _ range: Range<Int>, of size: Int) throws(StorageError) -> [UInt8]? {
        try check()
        return state.withLock { state in
            state.reads += 1
            guard let object = state.objects[name], object.count == size else { return nil }
            return Array(object[range.clamped(to: 0..<size)])
        }
    }

    package func remove(_ name: String) throws(StorageError) {
        try check()
        state.withLock { $0.objects[name] = nil }
    }

    package func names(_ prefix: String) throws(StorageError) -> [String] {
        try check()
        return state.withLock { $0.objects.keys.filter { $0.hasPrefix(prefix) } }
    }

    private func check() throws(StorageError) {
        let failure = state.withLock(\.failure)
        if let failure { throw failure }
    }
}
