import AsyncHTTPClient
import Crypto
import Foundation
import Models
import NIOCore
import NIOHTTP1

/// What is measured of a large catalog, in the order it is taken.
struct RegistryBenchmarks {
    let cluster: BenchCluster
    let client: HTTPClient
    let seconds: Double

    private var requests: CatalogRequests {
        CatalogRequests(servers: cluster.sites.map(\.url.absoluteString), token: cluster.token)
    }

    /// Models before the catalog is large.
    static let few = 1_000
    /// Starts the nodes, and uploads what all versions are made of: cards, which differ, to each project.
    func start() async throws {
        try cluster.start()
        for position in cluster.sites.indices { try await cluster.waitUntilReady(position, client) }
        // Until every node knows of every command.
        try await Task.sleep(for: .seconds(5))
        for project in 0..<CatalogRequests.projects {
            for card in 0..<CatalogRequests.cards {
                let bytes = CatalogRequests.card(card)
                var request = requests.request(
                    .PUT, 0, "projects/\(CatalogRequests.project(project))/uploads/\(Digest(of: bytes))")
                request.body = .bytes(ByteBuffer(bytes: bytes))
                try await Self.expect(request, client)
            }
        }
    }

    /// Registers a version of each of `models`.
    func load(models: Range<Int>, version: Int) async throws {
        let (clients, requests, client) = (32, requests, client)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<clients {
                group.addTask {
                    for model in stride(from: models.lowerBound + number, to: models.upperBound, by: clients) {
                        try await Self.expect(requests.registration(of: model, version: version, at: number), client)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// A version by its alias, at one node: alone, and for 8 clients.
    func lookUps(among models: Int, _ report: inout Report) async throws {
        let requests = requests
        for clients in [1, 8] {
            let result = try await Load(client: client, seconds: seconds).run(clients: clients) { number, sequence in
                let model = (number * 7_919 + sequence * 104_729) % models
                return requests.request(
                    .GET, 0, "projects/\(CatalogRequests.project(model))/models/m-\(model)/versions/main")
            }
            let name = "get by alias, \(models) models, \(clients) client\(clients == 1 ? "" : "s")"
            report.add(name, result.perSecond, "per second")
            report.add("  p50", result.milliseconds(at: 0.5), "ms")
            report.add("  p99", result.milliseconds(at: 0.99), "ms", goal: 5)
        }
    }

    /// Words and filters with four facets, at one node.
    func searches(_ report: inout Report) async throws {
        let requests = requests
        for clients in [1, 8] {
            let result = try await Load(client: client, seconds: seconds).run(clients: clients) { number, sequence in
                let word = CatalogRequests.words[(number + sequence) % CatalogRequests.words.count]
                let task = CatalogRequests.tasks[sequence % CatalogRequests.tasks.count]
                let queries = [
                    word, "\(word)%20task:\(task)", "task:\(task)%20metrics.f1%3E0.5", "m-\(sequence % 997)",
                ]
                let query = queries[sequence % queries.count]
                return requests.request(.GET, 0, "search?q=\(query)&facets=task,framework,license,project&limit=20")
            }
            report.add(
                "search with four facets, \(clients) client\(clients == 1 ? "" : "s")", result.perSecond, "per second")
            report.add("  p50", result.milliseconds(at: 0.5), "ms")
            report.add("  p99", result.milliseconds(at: 0.99), "ms", goal: 50)
        }
    }

    /// Look-ups and searches of the same catalog at one MLflow server, after those at Peerage.
    func beside(_ server: MLflowServer, models: Int, _ report: inout Report) async throws {
        try await server.waitUntilReady(client)
        try await server.load(models: models, client)
        let requests = server.requests
        for clients in [1, 8] {
            let plural = "\(clients) client\(clients == 1 ? "" : "s")"
            let load = Load(client: client, seconds: seconds)
            let found = try await load.run(clients: clients) { number, sequence in
                requests.lookUp((number * 7_919 + sequence * 104_729) % models)
            }
            let searched = try await load.run(clients: clients) { number, sequence in
                requests.search(number * 31 + sequence)
            }
            let pairs = [
                ("get by alias, \(models) models, \(plural)", found, 30.0),
                ("search with four facets, \(plural)", searched, 20),
            ]
            for (name, result, goal) in pairs {
                report.add("MLflow: \(name)", result.perSecond, "per second")
                report.add("  p50", result.milliseconds(at: 0.5), "ms")
                report.add("  p99", result.milliseconds(at: 0.99), "ms")
                let own = report.value(of: name) ?? 0
                report.add("  Peerage, times as many", own / result.perSecond, "times", goal: goal)
            }
        }
    }

    /// Registrations of models that are new, through three nodes.
    func registrations(after models: Int, _ report: inout Report) async throws {
        let requests = requests
        for clients in [1, 8] {
            let result = try await Load(client: client, seconds: seconds).run(clients: clients) { number, sequence in
                requests.registration(
                    of: models + clients * 10_000_000 + number * 100_000 + sequence, version: 1, at: number)
            }
            report.add(
                "register a version, \(clients) client\(clients == 1 ? "" : "s")", result.perSecond, "per second")
            report.add("  p50", result.milliseconds(at: 0.5), "ms")
            report.add("  p99", result.milliseconds(at: 0.99), "ms", goal: 30)
        }
    }

    /// What the catalog costs, and how soon a node that was killed serves it again.
    func restart(_ report: inout Report) async throws {
        report.add(
            "memory of a node, largest of three", (cluster.processes.map(\.memory.now).max() ?? 0) / 1e6, "MB",
            goal: 600)
        report.add("data of a node", try Self.bytes(below: cluster.sites[0].directory) / 1e6, "MB")
        cluster.processes[0].kill()
        let start = ContinuousClock.now
        try cluster.start(0)
        try await cluster.waitUntilReady(0, client)
        report.add("killed node, start to ready", start.duration(to: .now).inSeconds, "s", goal: 5)
        try await waitForIndex()
        report.add("killed node, start to search", start.duration(to: .now).inSeconds, "s")
    }

    /// Returns when the first node's index knows what its state does.
    func waitForIndex() async throws {
        let end = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < end {
            var request = requests.request(.GET, 0, "search?q=task:ner&limit=1")
            request.headers.replaceOrAdd(name: "Peerage-Consistency", value: "linearizable")
            let answer = try await client.execute(request, timeout: .seconds(10))
            let body = try await answer.body.collect(upTo: 1 << 20)
            if answer.status == .ok,
                let index = answer.headers.first(name: "Peerage-Applied-Index").flatMap({ UInt64($0) })
            {
                let state = try await client.execute(
                    requests.request(.GET, 0, "projects?limit=1"), timeout: .seconds(10))
                _ = try await state.body.collect(upTo: 1 << 20)
                let applied = state.headers.first(name: "Peerage-Applied-Index").flatMap { UInt64($0) } ?? .max
                if index + 2 >= applied { return }
            } else if answer.status != .serviceUnavailable {
                throw BenchFailure("\(answer.status): \(String(buffer: body))")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw BenchFailure("the search index is not there after two minutes")
    }

    private static func expect(_ request: HTTPClientRequest, _ client: HTTPClient) async throws {
        for _ in 0..<20 {
            let answer = try await client.execute(request, timeout: .seconds(60))
            let body = try await answer.body.collect(upTo: 1 << 20)
            if (200..<300).contains(answer.status.code) { return }
            // Another node may not know yet what was uploaded to this one.
            guard answer.status == .conflict || answer.status == .serviceUnavailable else {
                throw BenchFailure("\(answer.status): \(String(buffer: body))")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw BenchFailure("a request is refused again and again")
    }

    private static func bytes(below directory: URL) throws -> Double {
        var total = 0.0
        let files = FileManager.default.enumerator(at: directory, includingPropertiesForKeys: [.fileSizeKey])
        while let file = files?.nextObject() as? URL {
            total += Double(try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0)
        }
        return total
    }
}
