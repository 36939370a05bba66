import Models
import Synchronization

/// The versions whose bytes this node does not hold whole, as far as it has looked.
final class Shortfall: Sendable {
    private struct State {
        var isKnown = false
        var missing: Set<String> = []
    }

    private let state = Mutex(State())

    /// How many; nil until everything was looked through once.
    var count: UInt64? { state.withLock { $0.isKnown ? UInt64($0.missing.count) : nil } }

    /// The bytes of `version` are being looked for.
    func begin(_ version: String) { state.withLock { _ = $0.missing.insert(version) } }

    /// They are all here.
    func end(_ version: String) { state.withLock { _ = $0.missing.remove(version) } }

    /// Everything was looked through, or must be once more.
    func set(isKnown: Bool) { state.withLock { $0.isKnown = isKnown } }
}
