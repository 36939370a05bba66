import AsyncHTTPClient
import Foundation
import Glibc
import Models
import NIOCore
import NIOHTTP1
import PeerageClient

/// The measurements, in the order they are taken.
struct Benchmarks {
    let cluster: BenchCluster
    let limits: MachineLimits
    let seconds: Double

    private static let project = "bench"
    private static let model = "model"
    /// A model of its own for reads: one with few aliases, as most have.
    private static let readModel = "read"
    private static let clientCounts = [1, 8, 64]
    /// With the names around it, a command of 256 bytes.
    private static let reason = String(repeating: "r", count: 180)

    private static func path(_ model: String) -> String { "/api/v1/projects/\(project)/models/\(model)" }

    /// Starts the cluster: how long until all are ready, and what a node takes that does nothing.
    func start(_ report: inout Report) async throws {
        let client = try cluster.httpClient()
        let start = ContinuousClock.now
        try cluster.start()
        for position in cluster.sites.indices { try await cluster.waitUntilReady(position, client) }
        report.add("three empty nodes, start to all ready", start.duration(to: .now).inSeconds, "s", goal: 1)
        try await client.shutdown()
        try await Task.sleep(for: .seconds(3))
        let idle = cluster.processes.map(\.memory.now).max() ?? 0
        report.add("memory of an idle node, largest of three", idle / 1e6, "MB", goal: 80)
        try await register()
    }

    /// Two versions to move aliases between.
    private func register() async throws {
        let site = cluster.sites[0]
        let file = site.directory.appending(path: "tiny")
        for text in ["one", "two"] {
            try Data(text.utf8).write(to: file)
            for model in [Self.model, Self.readModel] { try await push(file, to: model, at: site) }
        }
    }

    /// Commits of small commands: aliases moved to and fro, through all three nodes.
    func commits(_ client: HTTPClient, _ report: inout Report) async throws {
        let (urls, token, base) = (cluster.sites.map(\.url.absoluteString), cluster.token, Self.path(Self.model))
        for clients in Self.clientCounts {
            let result = try await Load(client: client, seconds: seconds).run(clients: clients) { number, sequence in
                var request = HTTPClientRequest(
                    url: "\(urls[number % urls.count])\(base)/aliases/bench-\(clients)-\(number)")
                request.method = .PUT
                request.headers.add(name: "Authorization", value: "Bearer \(token)")
                request.body = .bytes(
                    ByteBuffer(string: #"{"version":\#(1 + sequence % 2),"reason":"\#(Self.reason)"}"#))
                return request
            }
            report.add(result, "Peerage commits, \(clients) clients", ratioTo: limits.syncs, "fdatasync/s")
        }
    }

    /// The same load on etcd.
    func commits(of etcd: EtcdCluster, _ report: inout Report) async throws {
        let client = try cluster.httpClient()
        try await etcd.waitUntilReady(client)
        let value = String(repeating: "v", count: 256)
        // Requests are made beforehand: the load shall not measure base64.
        let requests = (0..<64).map { etcd.put("bench-\($0)", value: value, at: $0 % 3) }
        for clients in Self.clientCounts {
            let result = try await Load(client: client, seconds: seconds).run(clients: clients) { number, _ in
                requests[number]
            }
            report.add(result, "etcd puts, \(clients) clients", ratioTo: limits.syncs, "fdatasync/s")
            if let ours = report.value(of: "Peerage commits, \(clients) clients") {
                report.add(
                    "Peerage to etcd, \(clients) clients", ours / result.perSecond, "×", ratio: ours / result.perSecond,
                    to: "etcd")
            }
        }
        report.add("memory of an etcd member after the load", (etcd.memory.max() ?? 0) / 1e6, "MB")
        try await client.shutdown()
    }

    /// Reads of a version by alias, beside the cheapest request there is.
    func reads(_ client: HTTPClient, _ report: inout Report) async throws {
        let (urls, token, base) = (cluster.sites.map(\.url.absoluteString), cluster.token, Self.path(Self.readModel))
        for clients in [1, 8] {
            let load = Load(client: client, seconds: seconds)
            let nothing = try await load.run(clients: clients) { number, _ in
                HTTPClientRequest(url: urls[number % urls.count] + "/healthz")
            }
            let version = try await load.run(clients: clients) { number, _ in
                var request = HTTPClientRequest(url: urls[number % urls.count] + base + "/versions/main")
                request.headers.add(name: "Authorization", value: "Bearer \(token)")
                return request
            }
            report.add("GET /healthz, \(clients) clients, p50", nothing.milliseconds(at: 0.5), "ms")
            for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
                report.add(
                    "GET version by alias, \(clients) clients, \(name)", version.milliseconds(at: share), "ms",
                    ratio: version.milliseconds(at: share) / max(nothing.milliseconds(at: share), 1e-6),
                    to: "/healthz")
            }
            report.add("GET version by alias, \(clients) clients", version.perSecond, "per second")
        }
    }

    /// A large file in and out.
    func transfers(megabytes: Int, in directory: URL, _ report: inout Report) async throws {
        let file = directory.appending(path: "large")
        try Noise.write(to: file, bytes: megabytes * 1_000_000)
        let pushed = try await timed { try await push(file, to: "large", at: cluster.sites[0]) }
        report.add(pushed, "push of \(megabytes) MB, kept by all three", megabytes, limits)
        let target = directory.appending(path: "pulled")
        let reference = try ModelReference("\(Self.project)/large")
        for site in cluster.sites.prefix(2) {
            let pulled = try await timed {
                _ = try await PeerageClient.with(cluster.sdk(site)) { client throws(ClientError) in
                    try await client.pull(reference, into: target.appending(path: site.name))
                }
            }
            report.add(pulled, "pull of it at \(site.name)", megabytes, limits)
        }
    }

    /// What a node took at most, under all of it.
    func memoryUnderLoad(_ report: inout Report) {
        let most = cluster.processes.map(\.memory.most).max() ?? 0
        report.add("memory of a node under all loads, largest of three", most / 1e6, "MB", goal: 256)
    }

    /// One node ends and comes back, with what it holds.
    func restart(_ report: inout Report) async throws {
        let client = try cluster.httpClient()
        cluster.processes[1].terminate()
        let start = ContinuousClock.now
        try cluster.start(1)
        try await cluster.waitUntilReady(1, client)
        report.add("one node, start to ready, with data", start.duration(to: .now).inSeconds, "s", goal: 1)
        try await client.shutdown()
    }

    @discardableResult
    private func push(_ file: URL, to model: String, at site: BenchCluster.Site) async throws -> TransferResult {
        let (project, model) = (try ProjectName(Self.project), try ModelName(model))
        return try await PeerageClient.with(cluster.sdk(site)) { client throws(ClientError) in
            try await client.push(LocalFile.files(at: file), to: model, in: project)
        }
    }

    private func timed(_ body: () async throws -> Void) async throws -> Effort {
        let (start, nodes, own) = (
            ContinuousClock.now, cluster.processorSeconds, BenchProcess.processorSeconds(of: getpid())
        )
        try await body()
        return Effort(
            seconds: start.duration(to: .now).inSeconds, nodes: cluster.processorSeconds - nodes,
            client: BenchProcess.processorSeconds(of: getpid()) - own)
    }
}

/// What a transfer took: wall time, and processor time of all nodes together and of the client, in seconds.
struct Effort {
    let seconds: Double
    let nodes: Double
    let client: Double
}

extension Report {
    mutating func add(_ limits: MachineLimits) {
        add("limit: SHA-256, one core", limits.sha256 / 1e6, "MB/s")
        add("limit: fdatasync of 4 KiB, one after the other", limits.syncs, "per second")
        add("limit: TLS over loopback, one connection", limits.tls.bytesPerSecond / 1e6, "MB/s")
        add("limit: TLS over loopback, both ends", limits.tls.processorSecondsPerGiB, "core-s/GiB")
    }

    mutating func add(_ name: String, _ value: Double, _ unit: String, goal: Double) {
        add(name, value, unit, ratio: value / goal, to: "the goal of \(goal.formatted()) \(unit)")
    }

    mutating func add(_ result: LoadResult, _ name: String, ratioTo limit: Double, _ limitName: String) {
        add(name, result.perSecond, "per second", ratio: result.perSecond / limit, to: limitName)
        add("\(name), p50", result.milliseconds(at: 0.5), "ms")
        add("\(name), p99", result.milliseconds(at: 0.99), "ms")
    }

    mutating func add(_ effort: Effort, _ name: String, _ megabytes: Int, _ limits: MachineLimits) {
        let bytes = Double(megabytes) * 1e6
        let gibibytes = bytes / Double(1 << 30)
        add(name, bytes / effort.seconds / 1e6, "MB/s", ratio: bytes / effort.seconds / limits.sha256, to: "SHA-256")
        add(
            "\(name), nodes", effort.nodes / gibibytes, "core-s/GiB",
            ratio: effort.nodes / gibibytes / limits.tls.processorSecondsPerGiB, to: "TLS over loopback")
        add("\(name), client", effort.client / gibibytes, "core-s/GiB")
    }
}
