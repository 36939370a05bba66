import ArgumentParser
import AsyncHTTPClient
import Foundation
import PeerageClient

/// `peerage-bench cluster`: commits, reads and memory, beside etcd.
struct ClusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster", abstract: "Commits, reads, transfers and memory, beside etcd.",
        discussion:
            "Starts nodes of its own in a temporary directory, and a three-member etcd when etcd is installed.")

    @OptionGroup var options: BenchOptions

    @Option(help: ArgumentHelp("Apply each load for so long.", valueName: "n"))
    var seconds = 5.0

    @Option(help: ArgumentHelp("Push and pull a file of so many MB.", valueName: "n"))
    var megabytes = 512

    func validate() throws {
        guard seconds > 0, megabytes > 0 else { throw ValidationError("Seconds and megabytes must be above 0.") }
    }

    func run() async throws { try await options.report { try await measure(in: $0, &$1) } }

    private func measure(in root: URL, _ report: inout Report) async throws {
        let cluster = try BenchCluster(
            peerage: URL(filePath: options.peerage), directory: root.appending(path: "nodes"))
        defer { cluster.stop() }
        let limits = try await MachineLimits.measure(in: root, cluster: cluster)
        report.add(limits)
        let core = try CoreBenchmark.measure(entries: 1_000_000)
        report.add("consensus core alone, three members, one entry at a time", core.perSecond, "per second", goal: 1e6)
        report.add("memory that a million entries more cost it", core.growth / 1e6, "MB")
        let benchmarks = Benchmarks(cluster: cluster, limits: limits, seconds: seconds)
        try await benchmarks.start(&report)
        let client = try cluster.httpClient()
        do {
            try await benchmarks.commits(client, &report)
            try await benchmarks.reads(client, &report)
            try await benchmarks.transfers(megabytes: megabytes, in: root, &report)
            benchmarks.memoryUnderLoad(&report)
            try await client.shutdown()
        } catch {
            try await client.shutdown()
            throw error
        }
        try await benchmarks.restart(&report)
        cluster.stop()
        guard let etcd = try EtcdCluster(cluster: cluster, directory: root.appending(path: "etcd")) else {
            return report.note("etcd is not installed (Debian: etcd-server), so it was not measured")
        }
        defer { etcd.stop() }
        try await benchmarks.commits(of: etcd, &report)
    }
}
