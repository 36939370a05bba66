import Models
import Synchronization

/// The versions whose bytes this node does not hold whole, as far as it has looked.
final class Shortfall: Sendable {
    private struct State {
        /// How many chunks the store had lost when everything was looked through last; nil when it must be once more.
        var lossesThen: UInt64?
        /// How often it was found that everything must be looked through.
        var reasons: UInt64 = 0
        var missing: Set<String> = []
    }

    /// A look through everything that has begun.
    struct Look: Sendable {
        fileprivate let losses: UInt64
        fileprivate let reasons: UInt64
    }

    private let state = Mutex(State())

    /// How many; nil until everything was looked through once.
    var count: UInt64? { state.withLock { $0.lossesThen == nil ? nil : UInt64($0.missing.count) } }

    /// A look through everything, when the store has lost so many chunks; nil when there is nothing to be found.
    func look(losses: UInt64) -> Look? {
        state.withLock { state in
            guard state.lossesThen != losses || !state.missing.isEmpty else { return nil }
            return Look(losses: losses, reasons: state.reasons)
        }
    }

    /// The look has come to its end. It counts unless there was a reason for another one meanwhile.
    func end(_ look: Look) {
        state.withLock { state in if state.reasons == look.reasons { state.lossesThen = look.losses } }
    }

    /// Everything must be looked through once more.
    func forget() {
        state.withLock { state in
            state.lossesThen = nil
            state.reasons += 1
        }
    }

    /// The bytes of `version` are being looked for.
    func begin(_ version: String) { state.withLock { _ = $0.missing.insert(version) } }

    /// They are all here.
    func end(_ version: String) { state.withLock { _ = $0.missing.remove(version) } }
}
