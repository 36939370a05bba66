/// When a call is tried again, and when it is given up.
struct RetryPolicy: Hashable, Sendable {
    /// For the whole call, counted from its start or its last progress.
    var deadline: Duration
    /// For one try at one server; nil leaves it to the connection's own idle limits.
    var attempt: Duration?
    /// For any answer at all, counted like `deadline`.
    var silence: Duration
    /// Tries in all: bounds what a transfer repeats that breaks again and again after it moved.
    var maximumAttempts = 100
    /// The pause after the first round over all servers; it doubles with each round.
    var firstPause = Duration.milliseconds(100)
    /// The longest pause: a cluster elects a leader within about a second, so longer ones only add waiting.
    var longestPause = Duration.seconds(3)

    /// The pause before the round after `rounds` failed ones: exponential, capped, and spread over its upper half so
    /// that clients which failed together do not come back together.
    /// - Parameter jitter: from 0 to 1.
    func pause(afterRounds rounds: Int, jitter: Double) -> Duration {
        var pause = firstPause
        for _ in 1..<max(rounds, 1) where pause < longestPause { pause *= 2 }
        return min(pause, longestPause) * (0.5 + jitter / 2)
    }
}

extension Deadlines {
    /// For a call with a JSON answer.
    var forCalls: RetryPolicy { RetryPolicy(deadline: call, attempt: attempt, silence: silence) }

    /// For a registration: the node reads all files of the version before it answers.
    var forRegistrations: RetryPolicy { RetryPolicy(deadline: transfer, attempt: stall, silence: stall) }

    /// For a file that comes in: a broken transfer goes on where it stopped.
    var forDownloads: RetryPolicy { RetryPolicy(deadline: transfer, attempt: attempt, silence: silence) }

    /// For a file that goes out: a broken transfer begins again, hence few tries.
    var forUploads: RetryPolicy {
        RetryPolicy(
            deadline: transfer, attempt: nil, silence: silence, maximumAttempts: 12, firstPause: .milliseconds(500))
    }
}
