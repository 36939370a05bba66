import Synchronization

/// So many times yes, then no.
final class Countdown: Sendable {
    private let remaining: Mutex<Int>

    init(_ count: Int) { remaining = Mutex(count) }

    func take() -> Bool {
        remaining.withLock { remaining in
            remaining -= 1
            return remaining >= 0
        }
    }
}
