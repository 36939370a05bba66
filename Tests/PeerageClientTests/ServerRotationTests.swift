import Testing

@testable import PeerageClient

@Suite("The rotation over servers")
struct ServerRotationTests {
    /// A policy of round numbers: pauses of 1, 2, 4, 4 seconds without jitter's lower half.
    private let policy = RetryPolicy(
        deadline: .seconds(30), attempt: .seconds(10), silence: .seconds(10), firstPause: .seconds(1),
        longestPause: .seconds(4))

    private func rotation(_ servers: Int, preferred: Int = 0) -> ServerRotation {
        ServerRotation(servers: servers, preferred: preferred, policy: policy)
    }

    private func step(_ rotation: inout ServerRotation, at seconds: Int) -> ServerRotation.Step {
        rotation.step(elapsed: .seconds(seconds), jitter: 1)
    }

    @Test("a round begins with the server that answered last and asks each once, without a pause")
    func roundAsksEachOnce() {
        var rotation = rotation(3, preferred: 1)
        var asked: [ServerRotation.Step] = []
        for _ in 0..<3 {
            asked.append(step(&rotation, at: 0))
            rotation.failed(.silent, elapsed: .zero)
        }
        #expect(
            asked == [1, 2, 0].map { ServerRotation.Step.attempt(server: $0, within: .seconds(10)) })
        #expect(step(&rotation, at: 0) == .pause(.seconds(1)))
        #expect(step(&rotation, at: 1) == .attempt(server: 1, within: .seconds(10)))
    }

    @Test("pauses double from round to round up to the longest")
    func pausesDouble() {
        var rotation = rotation(1)
        var pauses: [ServerRotation.Step] = []
        for _ in 0..<4 {
            _ = step(&rotation, at: 0)
            rotation.failed(.silent, elapsed: .zero)
            pauses.append(step(&rotation, at: 0))
        }
        #expect(pauses == [1, 2, 4, 4].map { ServerRotation.Step.pause(.seconds($0)) })
    }

    @Test("a server that asks for patience gets it, when all servers have been asked")
    func retryAfterIsRespected() {
        var rotation = rotation(2)
        _ = step(&rotation, at: 0)
        rotation.failed(.unavailable(retryAfter: .seconds(3)), elapsed: .zero)
        #expect(step(&rotation, at: 0) == .attempt(server: 1, within: .seconds(10)))
        rotation.failed(.silent, elapsed: .zero)
        #expect(step(&rotation, at: 0) == .pause(.seconds(3)))
    }

    @Test("servers that never answer are given up after the silence, servers that answer after the deadline")
    func givesUp() {
        var silent = rotation(1)
        _ = step(&silent, at: 0)
        silent.failed(.silent, elapsed: .seconds(10))
        #expect(step(&silent, at: 10) == .giveUp)

        var unavailable = rotation(1)
        _ = step(&unavailable, at: 0)
        unavailable.failed(.unavailable(retryAfter: nil), elapsed: .seconds(10))
        #expect(step(&unavailable, at: 10) == .pause(.seconds(1)))
        _ = step(&unavailable, at: 28)
        unavailable.failed(.unavailable(retryAfter: nil), elapsed: .seconds(29))
        #expect(step(&unavailable, at: 29) == .giveUp)
    }

    @Test("a pause that would end after the deadline is not begun")
    func noUselessPause() {
        var rotation = rotation(1)
        _ = step(&rotation, at: 0)
        rotation.failed(.unavailable(retryAfter: .seconds(60)), elapsed: .zero)
        #expect(step(&rotation, at: 0) == .giveUp)
    }

    @Test("the last try is no longer than what is left of the deadline")
    func lastTryIsShort() {
        var rotation = rotation(1)
        _ = step(&rotation, at: 0)
        rotation.failed(.unavailable(retryAfter: nil), elapsed: .seconds(24))
        _ = step(&rotation, at: 24)
        #expect(step(&rotation, at: 25) == .attempt(server: 0, within: .seconds(5)))
    }

    @Test("when every server is unfit there is no second round")
    func unfitServersAreAskedOnce() {
        var rotation = rotation(2)
        for _ in 0..<2 {
            _ = step(&rotation, at: 0)
            rotation.failed(.unfit, elapsed: .zero)
        }
        #expect(step(&rotation, at: 0) == .giveUp)
    }

    @Test("one unfit server does not end the hope for the others")
    func oneUnfitServer() {
        var rotation = rotation(2)
        _ = step(&rotation, at: 0)
        rotation.failed(.unfit, elapsed: .zero)
        _ = step(&rotation, at: 0)
        rotation.failed(.unavailable(retryAfter: nil), elapsed: .zero)
        #expect(step(&rotation, at: 0) == .pause(.seconds(1)))
    }

    @Test("progress winds the deadlines up again, the number of tries stays bounded")
    func progress() {
        var policy = policy
        policy.maximumAttempts = 2
        var rotation = ServerRotation(servers: 2, preferred: 0, policy: policy)
        _ = step(&rotation, at: 0)
        rotation.progressed(elapsed: .seconds(500))
        rotation.failed(.silent, elapsed: .seconds(500))
        #expect(step(&rotation, at: 500) == .attempt(server: 1, within: .seconds(10)))
        rotation.progressed(elapsed: .seconds(900))
        rotation.failed(.silent, elapsed: .seconds(900))
        #expect(step(&rotation, at: 900) == .giveUp)
    }

    @Test("jitter spreads a pause over its upper half", arguments: [(0.0, 500), (0.5, 750), (1.0, 1000)])
    func jitter(jitter: Double, milliseconds: Int) {
        #expect(policy.pause(afterRounds: 1, jitter: jitter) == .milliseconds(milliseconds))
    }
}
