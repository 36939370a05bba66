import ArgumentParser
import Foundation
import PeerageClient

/// `peerage-bench artifacts`: what bytes cost, in and out, at rest and on the line.
struct ArtifactsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifacts", abstract: "What bytes cost: in, out, at rest and on the line.",
        discussion: """
            Beside SHA-256, and beside nginx and docker-registry when they are installed. Starts what it needs in a \
            temporary directory.
            """)

    @OptionGroup var options: BenchOptions

    @Option(help: ArgumentHelp("Large files have so many MB.", valueName: "n"))
    var megabytes = 1_000

    @Option(
        help: ArgumentHelp(
            "A model in f32, such as all-MiniLM-L6-v2, for what real weights take.", valueName: "file.safetensors"))
    var model: String?

    func validate() throws {
        guard megabytes >= 10 else { throw ValidationError("Files must have at least 10 MB to be measured.") }
    }

    func run() async throws {
        try await options.report { root, report in
            let bytes = megabytes * 1_000_000
            let sha256 = MachineLimits.measureSHA256()
            report.add("limit: SHA-256, one core", sha256 / 1e6, "MB/s")
            try Ingest.measure(bytes: bytes / 2, in: root.appending(path: "ingest"), sha256, &report)
            let cluster = try BenchCluster(
                peerage: URL(filePath: options.peerage), directory: root.appending(path: "nodes"))
            defer { cluster.stop() }
            let benchmarks = ArtifactBenchmarks(cluster: cluster, root: root, bytes: bytes)
            try await benchmarks.start()
            try await benchmarks.push(&report)
            try await benchmarks.pull(&report)
            try await benchmarks.pullWhileItsNodeDies(&report)
            try await benchmarks.series(model: model.map { URL(filePath: $0) }, &report)
            benchmarks.memory(&report)
        }
    }
}
