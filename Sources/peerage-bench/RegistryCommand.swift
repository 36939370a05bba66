import ArgumentParser
import AsyncHTTPClient
import Foundation
import Models

/// `peerage-bench registry`: registrations, look-ups and searches in a large catalog.
struct RegistryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry", abstract: "Registrations, look-ups and searches in a large catalog.",
        discussion: "Loads models through all three nodes, then asks one of them.")

    @OptionGroup var options: BenchOptions

    @Option(help: ArgumentHelp("Register so many models.", valueName: "n"))
    var models = 10_000

    @Option(help: ArgumentHelp("So many versions of each.", valueName: "n"))
    var versions = 1

    @Option(help: ArgumentHelp("Apply each load for so long.", valueName: "n"))
    var seconds = 5.0

    @Flag(help: "Ask an MLflow server with as many models the same, where one is installed.")
    var mlflow = false

    func validate() throws {
        guard models >= RegistryBenchmarks.few, versions > 0, seconds > 0 else {
            throw ValidationError(
                "Take at least \(RegistryBenchmarks.few) models, a version of each, and some seconds.")
        }
    }

    func run() async throws { try await options.report { try await measure(in: $0, &$1) } }

    private func measure(in root: URL, _ report: inout Report) async throws {
        let cluster = try BenchCluster(
            peerage: URL(filePath: options.peerage), directory: root.appending(path: "nodes"))
        defer { cluster.stop() }
        let client = try cluster.httpClient()
        do {
            let benchmarks = RegistryBenchmarks(cluster: cluster, client: client, seconds: seconds)
            try await benchmarks.start()
            try await benchmarks.load(models: 0..<RegistryBenchmarks.few, version: 1)
            try await benchmarks.lookUps(among: RegistryBenchmarks.few, &report)
            let start = ContinuousClock.now
            try await benchmarks.load(models: RegistryBenchmarks.few..<models, version: 1)
            for version in 2..<max(versions + 1, 2) { try await benchmarks.load(models: 0..<models, version: version) }
            let loaded = Double(models * versions - RegistryBenchmarks.few)
            report.add(
                "versions registered, 32 clients", loaded / start.duration(to: .now).inSeconds, "per second")
            try await benchmarks.waitForIndex()
            try await benchmarks.lookUps(among: models, &report)
            try await benchmarks.searches(&report)
            if mlflow {
                if let server = try MLflowServer(in: root.appending(path: "mlflow")) {
                    defer { server.stop() }
                    try await benchmarks.beside(server, models: models, &report)
                } else {
                    report.note("mlflow is not installed: Peerage is compared with nothing")
                }
            }
            try await benchmarks.registrations(after: models, &report)
            try await benchmarks.restart(&report)
            try await client.shutdown()
        } catch {
            try await client.shutdown()
            throw error
        }
    }
}
