import Synchronization

/// Something that happens once, and that any number of tasks may wait for.
final class Signal: Sendable {
    private struct State {
        var hasHappened = false
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var lastID: UInt64 = 0
    }

    private let state = Mutex(State())

    /// It happened: everyone goes on.
    func fire() {
        let waiters = state.withLock { state in
            state.hasHappened = true
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        waiters.forEach { $0.resume() }
    }

    /// Returns when it has happened, or when the task is cancelled.
    func wait() async {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    if state.hasHappened || Task.isCancelled { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }
}

/// Lets so many in at a time, in the order they came.
final class Turnstile: Sendable {
    private struct State {
        var free: Int
        var queue: [Signal] = []
    }

    private let state: Mutex<State>

    init(places: Int) { state = Mutex(State(free: places)) }

    /// Runs `body` when there is room for it; throws `cancelled` when the task is cancelled before.
    func enter<Value: Sendable>(_ body: () async throws(PeerError) -> Value) async throws(PeerError) -> Value {
        try await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async throws(PeerError) {
        let turn = state.withLock { state -> Signal? in
            if state.free > 0 {
                state.free -= 1
                return nil
            }
            let turn = Signal()
            state.queue.append(turn)
            return turn
        }
        guard let turn else { return }
        await turn.wait()
        guard Task.isCancelled else { return }
        let wasQueued = state.withLock { state in
            let position = state.queue.firstIndex { $0 === turn }
            if let position { state.queue.remove(at: position) }
            return position != nil
        }
        // The place was given just before the cancellation: someone else may have it.
        if !wasQueued { leave() }
        throw .cancelled
    }

    private func leave() {
        let next = state.withLock { state -> Signal? in
            guard !state.queue.isEmpty else {
                state.free += 1
                return nil
            }
            return state.queue.removeFirst()
        }
        next?.fire()
    }
}
