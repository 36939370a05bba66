import Models

/// What carrying a command out gave.
struct Effect {
    let outcome: Outcome
    let events: [Event]
    /// Whether a repetition gets this outcome. Not for a second command under a used id: the first keeps the id. Nor
    /// for what passes by itself: a repetition shall succeed then.
    let isRemembered: Bool

    static func accepted(_ result: Outcome.Result, _ events: [Event] = []) -> Effect {
        Effect(outcome: .accepted(result), events: events, isRemembered: true)
    }

    static func refused(_ rejection: Rejection) -> Effect {
        Effect(
            outcome: .rejected(rejection), events: [],
            isRemembered: ![.bytesNotReplicated, .schemaChanged].contains(rejection.code))
    }

    static func refused(_ code: Rejection.Code, _ detail: String) -> Effect { refused(Rejection(code, detail)) }

    static let keyReused = Effect(
        outcome: .rejected(
            Rejection(.keyReused, "the idempotency key was used for another request; use a new key for a new request")),
        events: [], isRemembered: false)
}
