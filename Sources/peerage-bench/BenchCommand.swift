import ArgumentParser
import Foundation

/// `peerage-bench`: what real nodes do on this machine, each figure beside a limit or a peer taken in the same run.
///
/// Single times mean nothing on a machine that others use too; ratios of one run do. Nodes, load and limits share the
/// cores, as on a laptop.
@main
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peerage-bench",
        abstract: "Measure three nodes on this machine, and the limits of the machine in the same run.",
        subcommands: [ClusterCommand.self, ArtifactsCommand.self, RegistryCommand.self],
        defaultSubcommand: ClusterCommand.self)
}

/// What every measurement is told.
struct BenchOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The binary to measure.", valueName: "path"))
    var peerage = ".build/release/peerage"

    @Option(help: ArgumentHelp("Keep data here instead of in the system's temporary directory.", valueName: "dir"))
    var directory: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard FileManager.default.isExecutableFile(atPath: peerage) else {
            throw ValidationError("\(peerage) is not built: swift build -c release --product peerage")
        }
    }

    /// Runs `body` in a directory of its own, which is removed afterwards, and prints the report.
    func report(_ body: (_ root: URL, _ report: inout Report) async throws -> Void) async throws {
        let parent = directory.map { URL(filePath: $0) } ?? FileManager.default.temporaryDirectory
        let root = parent.appending(path: "peerage-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        defer { removeOrSay(root) }
        var report = Report()
        try await body(root, &report)
        print(try json ? report.json() : report.text)
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
