import ArgumentParser
import AsyncHTTPClient
import Foundation
import PeerageClient

/// `peerage-bench`: what three real nodes do on this machine, each figure beside a limit taken in the same run.
///
/// Single times mean nothing on a machine that others use too; ratios of one run do. Nodes, load and limits share the
/// cores, as on a laptop.
@main
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peerage-bench",
        abstract: "Measure three nodes on this machine, and the limits of the machine in the same run.",
        discussion:
            "Starts nodes of its own in a temporary directory, and a three-member etcd when etcd is installed.")

    @Option(help: ArgumentHelp("The binary to measure.", valueName: "path"))
    var peerage = ".build/release/peerage"

    @Option(help: ArgumentHelp("Apply each load for so long.", valueName: "n"))
    var seconds = 5.0

    @Option(help: ArgumentHelp("Push and pull a file of so many MB.", valueName: "n"))
    var megabytes = 512

    @Option(help: ArgumentHelp("Keep data here instead of in the system's temporary directory.", valueName: "dir"))
    var directory: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard FileManager.default.isExecutableFile(atPath: peerage) else {
            throw ValidationError("\(peerage) is not built: swift build -c release --product peerage")
        }
        guard seconds > 0, megabytes > 0 else { throw ValidationError("Seconds and megabytes must be above 0.") }
    }

    func run() async throws {
        let parent = directory.map { URL(filePath: $0) } ?? FileManager.default.temporaryDirectory
        let root = parent.appending(path: "peerage-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        defer { removeOrSay(root) }
        var report = Report()
        try await measure(in: root, &report)
        print(try json ? report.json() : report.text)
    }

    private func measure(in root: URL, _ report: inout Report) async throws {
        let cluster = try BenchCluster(peerage: URL(filePath: peerage), directory: root.appending(path: "nodes"))
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

    private func removeOrSay(_ root: URL) {
        do { try FileManager.default.removeItem(at: root) } catch {
            FileHandle.standardError.write(Data("\(root.path) could not be removed: \(error)\n".utf8))
        }
    }
}

/// Why nothing can be measured.
struct BenchFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
