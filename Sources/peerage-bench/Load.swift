import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// What a load met.
struct LoadResult {
    let perSecond: Double
    /// Ascending.
    let latencies: [Duration]

    /// The time that `share` of all requests took at most, in milliseconds.
    func milliseconds(at share: Double) -> Double {
        guard !latencies.isEmpty else { return 0 }
        let latency = latencies[min(latencies.count - 1, Int(Double(latencies.count) * share))]
        return latency.inSeconds * 1_000
    }
}

/// Closed-loop clients: each asks, waits for the whole answer, and asks again.
struct Load {
    let client: HTTPClient
    let seconds: Double

    /// Runs so many clients; throws at the first answer that is not 2xx.
    func run(
        clients: Int, _ request: @escaping @Sendable (_ client: Int, _ sequence: Int) -> HTTPClientRequest
    ) async throws -> LoadResult {
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        let latencies = try await withThrowingTaskGroup(of: [Duration].self) { group in
            for number in 0..<clients {
                group.addTask { try await run(number, until: end, request) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let elapsed = start.duration(to: .now).inSeconds
        return LoadResult(perSecond: Double(latencies.count) / elapsed, latencies: latencies.sorted())
    }

    private func run(
        _ number: Int, until end: ContinuousClock.Instant,
        _ request: @Sendable (_ client: Int, _ sequence: Int) -> HTTPClientRequest
    ) async throws -> [Duration] {
        var latencies: [Duration] = []
        while ContinuousClock.now < end {
            let start = ContinuousClock.now
            let answer = try await client.execute(request(number, latencies.count), timeout: .seconds(30))
            let body = try await answer.body.collect(upTo: 1 << 20)
            guard (200..<300).contains(answer.status.code) else {
                throw BenchFailure("\(answer.status): \(String(buffer: body))")
            }
            latencies.append(start.duration(to: .now))
        }
        return latencies
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
