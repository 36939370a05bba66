import ArgumentParser
import Foundation
import Models
import PeerageClient

/// `peerage pull`.
struct PullCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Bring a version's files here.",
        discussion: """
            Each file is compared with its SHA-256 before it takes its place. A file of the version that is here already \
            is left alone when its bytes are right and replaced when they are not; other files stay. A pull that was \
            interrupted goes on where it stopped.
            """)

    @Argument(
        help: ArgumentHelp(
            "The version: PROJECT/MODEL for the newest, PROJECT/MODEL:N or PROJECT/MODEL@ALIAS.", valueName: "version"),
        transform: References.version)
    var reference: ModelReference

    @OptionGroup var moment: MomentOption

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Where to; made when it does not exist. Default: ./MODEL.", valueName: "directory"),
        completion: .directory)
    var directory: String?

    @Option(
        name: .customLong("reuse"),
        help: ArgumentHelp(
            "A file or directory here whose files are like the version's; may be repeated.", valueName: "path"),
        completion: .directory)
    var reused: [String] = []

    @Option(
        name: .customLong("cache"),
        help: ArgumentHelp(
            "Keep pulled files in this directory, for pulls to come; else PEERAGE_CACHE.", valueName: "directory"),
        completion: .directory)
    var cacheDirectory: String?

    @Option(
        name: .customLong("cache-size"),
        help: ArgumentHelp(
            "How large the cache may be; else PEERAGE_CACHE_SIZE. Default: 50GB.", valueName: "size"),
        transform: { try Quantity.bytes(of: $0) })
    var cacheSize: UInt64?

    @OptionGroup var options: SharedOptions

    func validate() throws {
        if directory == "" { throw ValidationError("The output directory is empty. Write . for this one.") }
    }

    private static let standardCacheSize: UInt64 = 50_000_000_000

    /// Where pulled files are kept, when they shall be.
    private func cache(in environment: [String: String]) throws(ClientError) -> LocalCache? {
        guard let directory = cacheDirectory ?? environment["PEERAGE_CACHE"], !directory.isEmpty else { return nil }
        var size = cacheSize
        if size == nil, let text = environment["PEERAGE_CACHE_SIZE"] {
            do { size = try Quantity.bytes(of: text) } catch {
                throw .invalidConfiguration("PEERAGE_CACHE_SIZE: “\(text)” is not a number of bytes. Write 50GB.")
            }
        }
        return LocalCache(
            directory: URL(filePath: directory, directoryHint: .isDirectory),
            limitBytes: size ?? Self.standardCacheSize)
    }

    func run(_ client: PeerageClient) async throws(ClientError) {
        let cache = try cache(in: ProcessInfo.processInfo.environment)
        let target = URL(filePath: directory ?? reference.model.text, directoryHint: .isDirectory)
        let display = ProgressDisplay()
        defer { display.finish() }
        let result = try await client.pull(
            reference, at: moment.at, into: target, reusing: reused.map { URL(filePath: $0) }, cache: cache,
            observer: display.observer)
        display.finish()
        if let problem = result.cacheProblem {
            StandardStream.write("peerage: the files are here, but not in the cache: \(problem)\n", to: .error)
        }
        for recall in result.version.recalls ?? [] {
            StandardStream.write("peerage: \(RecallText.line(recall))\n", to: .error)
        }
        let report = PullReport(result: result, directory: target.absoluteURL.path(percentEncoded: false))
        output.show(report, text: report.text)
    }
}

/// What a pull did: the version's description with three members more.
struct PullReport: Encodable, Sendable {
    let result: TransferResult
    /// Where the files are.
    let directory: String

    enum CodingKeys: String, CodingKey {
        case directory
        case receivedFiles = "received_files"
        case receivedBytes = "received_bytes"
    }

    func encode(to encoder: any Encoder) throws {
        try result.version.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(directory, forKey: .directory)
        try container.encode(result.summary.filesMoved, forKey: .receivedFiles)
        try container.encode(result.summary.bytesMoved, forKey: .receivedBytes)
    }

    /// For people.
    var text: String {
        let (version, summary) = (result.version.version, result.summary)
        let fields = TextTable.fields([
            "digest": "sha256:\(version.digest) verified",
            "files": "\(Quantity.count(version.files.count, "file")), \(Quantity.bytes(version.size))",
            "received": "\(Quantity.count(summary.filesMoved, "file")), \(Quantity.bytes(summary.bytesMoved))",
            "here already": "\(Quantity.count(summary.filesPresent, "file")), \(Quantity.bytes(summary.bytesPresent))",
        ])
        let name = "\(version.project)/\(version.model):\(version.number)"
        return "pulled \(name) to \(PrintableText.line(directory))\n\(fields)"
    }
}
