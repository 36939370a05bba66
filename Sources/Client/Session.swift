import Foundation
import Models
import Synchronization

/// What lasts between calls: the server that answered last and the newest index seen. Carries every call over the
/// servers until one answers for good.
final class Session: Sendable {
    private struct State {
        /// Position in `servers`.
        var preferred = 0
        /// The highest `Peerage-Applied-Index` of any answer.
        var appliedIndex: UInt64 = 0
    }

    let configuration: ClientConfiguration
    private let transport: Transport
    private let state: Mutex<State>

    /// A session without connections yet.
    init(_ configuration: ClientConfiguration) throws(ClientError) {
        try configuration.check()
        self.configuration = configuration
        state = Mutex(State(appliedIndex: configuration.seenIndex))
        transport = try Transport(configuration)
    }

    /// The newest index any answer told.
    var appliedIndex: UInt64 { state.withLock { $0.appliedIndex } }

    /// Closes all connections.
    func shutdown() async throws { try await transport.shutdown() }

    /// Reads JSON.
    func read<Value: Decodable & Sendable>(_ path: APIPath) async throws(ClientError) -> Value {
        try await call(APIRequest(method: .get, path: path))
    }

    /// Writes, with one idempotency key over all tries.
    /// - Parameter policy: nil for that of a call.
    func write<Value: Decodable & Sendable>(
        _ method: APIRequest.Method, _ path: APIPath, _ body: (any Encodable & Sendable)? = nil,
        _ policy: RetryPolicy? = nil
    ) async throws(ClientError) -> Value {
        var request = APIRequest(method: method, path: path, headers: [Self.drawIdempotencyKey()])
        if let body {
            do { request.body = .json(try JSONEncoder().encode(body)) } catch {
                throw .invalidInput("The request cannot be written as JSON: \(error).")
            }
        }
        return try await call(request, policy)
    }

    /// Writes what has no answer but that it was done.
    func writeAway(_ method: APIRequest.Method, _ path: APIPath) async throws(ClientError) {
        let request = APIRequest(method: method, path: path, headers: [Self.drawIdempotencyKey()])
        try await overServers(configuration.deadlines.forCalls) {
            (attempt: inout Attempt) async throws(AttemptFailure) in
            _ = try await self.send(request, attempt)
        }
    }

    /// A header that makes a write safe to repeat.
    static func drawIdempotencyKey() -> (name: String, value: String) {
        var generator = SystemRandomNumberGenerator()
        return ("Idempotency-Key", UniqueID(using: &generator).description)
    }

    private func call<Value: Decodable & Sendable>(
        _ request: APIRequest, _ policy: RetryPolicy? = nil
    ) async throws(ClientError) -> Value {
        try await overServers(policy ?? configuration.deadlines.forCalls) {
            (attempt: inout Attempt) async throws(AttemptFailure) -> Value in
            try await self.send(request, attempt).decode()
        }
    }
}

/// One try: where, for how long, and whether it got anywhere.
struct Attempt: Sendable {
    let server: URL
    let limit: Duration?
    /// Set by the try when bytes moved.
    var hasProgressed = false
}

extension Session {
    /// Sends a request with the headers of this session and learns from the answer's.
    func send(_ request: APIRequest, _ attempt: Attempt) async throws(AttemptFailure) -> Answer {
        var request = request
        if let token = configuration.token { request.headers.append(("Authorization", "Bearer \(token)")) }
        request.headers.append(("Peerage-Consistency", configuration.consistency.rawValue))
        request.headers.append(("Peerage-Applied-Index", String(appliedIndex)))
        let answer = try await transport.send(request, to: attempt.server, within: attempt.limit)
        if let index = answer["Peerage-Applied-Index"].flatMap({ UInt64($0) }) {
            state.withLock { $0.appliedIndex = max($0.appliedIndex, index) }
        }
        return answer
    }

    /// Runs `body` at one server after the other until it returns, fails for good, or time is up.
    func overServers<Value: Sendable>(
        _ policy: RetryPolicy, _ body: (inout Attempt) async throws(AttemptFailure) -> Value
    ) async throws(ClientError) -> Value {
        let servers = configuration.servers
        let start = ContinuousClock.now
        var rotation = ServerRotation(
            servers: servers.count, preferred: state.withLock { $0.preferred }, policy: policy)
        var last: AttemptFailure?
        while true {
            if Task.isCancelled { throw .cancelled }
            switch rotation.step(elapsed: start.duration(to: .now), jitter: .random(in: 0...1)) {
            case .giveUp:
                throw error(after: last)
            case .pause(let pause):
                do { try await Task.sleep(for: pause) } catch { throw .cancelled }
            case .attempt(let position, let limit):
                var attempt = Attempt(server: servers[position], limit: limit)
                do throws(AttemptFailure) {
                    let value = try await body(&attempt)
                    state.withLock { $0.preferred = position }
                    return value
                } catch {
                    let elapsed = start.duration(to: .now)
                    if attempt.hasProgressed { rotation.progressed(elapsed: elapsed) }
                    guard let failure = error.failure else { throw self.error(after: error) }
                    rotation.failed(failure, elapsed: elapsed)
                    last = error.moreTelling(than: last)
                }
            }
        }
    }

    private func error(after failure: AttemptFailure?) -> ClientError {
        switch failure {
        case .final(let error): error
        case .unavailable(let problem, _), .broken(let problem): .problem(problem)
        case .damaged(let path, let expected, let actual):
            .digestMismatch(path: path, expected: expected, actual: actual)
        case .silent(let reason), .untrusted(let reason):
            .notReachable(servers: configuration.servers, reason: reason)
        case nil: .notReachable(servers: configuration.servers, reason: "there was no time to ask")
        }
    }
}

extension AttemptFailure {
    /// A server's own words say more than silence.
    func moreTelling(than other: AttemptFailure?) -> AttemptFailure {
        if case .silent = self, let other { other } else { self }
    }
}
