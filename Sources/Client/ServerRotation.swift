/// The tries of one logical call over the servers, without sockets, clocks or randomness: a round asks every server
/// once, beginning with the one that answered last; between rounds there is a pause.
///
/// Time is what has elapsed since the call began.
struct ServerRotation: Hashable, Sendable {
    /// What to do next.
    enum Step: Hashable, Sendable {
        /// Ask the server at this position, for no longer than this.
        case attempt(server: Int, within: Duration?)
        /// Wait, then ask for the next step.
        case pause(Duration)
        /// Tell the caller.
        case giveUp
    }

    /// How a try failed.
    enum Failure: Hashable, Sendable {
        /// No answer came: connection refused or lost, or too late.
        case silent
        /// An answer came that asks for patience.
        case unavailable(retryAfter: Duration?)
        /// This server cannot serve this call, another may: asked once only.
        case unfit
    }

    private let servers: Int
    private let policy: RetryPolicy
    private var server: Int
    private var askedInRound = 0
    private var unfitInRound = 0
    private var rounds = 0
    private var attempts = 0
    private var progressAt = Duration.zero
    private var answeredAt = Duration.zero
    private var patience = Duration.zero
    private var mustPause = false

    /// A call to one of `servers` servers, at least one, that begins with `preferred`.
    init(servers: Int, preferred: Int, policy: RetryPolicy) {
        precondition(servers > 0, "a call needs a server")
        self.servers = servers
        self.policy = policy
        server = preferred % servers
    }

    /// What to do now.
    /// - Parameter jitter: from 0 to 1, drawn by the caller.
    mutating func step(elapsed: Duration, jitter: Double) -> Step {
        let end = min(progressAt + policy.deadline, max(progressAt, answeredAt) + policy.silence)
        guard elapsed < end || attempts == 0, attempts < policy.maximumAttempts else { return .giveUp }
        if mustPause {
            if unfitInRound == servers { return .giveUp }
            let pause = max(policy.pause(afterRounds: rounds, jitter: jitter), patience)
            guard elapsed + pause < end else { return .giveUp }
            (mustPause, patience, askedInRound, unfitInRound) = (false, .zero, 0, 0)
            return .pause(pause)
        }
        attempts += 1
        let left = max(progressAt + policy.deadline - elapsed, .milliseconds(1))
        return .attempt(server: server, within: policy.attempt.map { min($0, left) })
    }

    /// The try failed: the next one goes to the next server.
    mutating func failed(_ failure: Failure, elapsed: Duration) {
        switch failure {
        case .silent: break
        case .unavailable(let retryAfter):
            answeredAt = elapsed
            patience = max(patience, retryAfter ?? .zero)
        case .unfit:
            answeredAt = elapsed
            unfitInRound += 1
        }
        server = (server + 1) % servers
        askedInRound += 1
        if askedInRound == servers {
            rounds += 1
            mustPause = true
        }
    }

    /// Bytes moved: the deadlines begin anew. The pauses do not: whoever breaks every transfer is not to be hurried.
    mutating func progressed(elapsed: Duration) { progressAt = elapsed }
}
