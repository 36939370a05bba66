import ArgumentParser
import Logging
import Node

/// `peerage serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run a node.",
        discussion: """
            Without options it is a cluster of one, in ./peerage-data. With --join it comes into a cluster that invited it \
            (peerage cluster add); from then on --data is enough. Each option can also be given as PEERAGE_NAME in \
            the environment, or in the JSON file named by --config, under "peerage".
            """)

    @Option(help: ArgumentHelp("Where the node keeps everything.", valueName: "directory"))
    var data: String?

    @Option(help: ArgumentHelp("The cluster's nodes; see cluster/topologies.", valueName: "file"))
    var topology: String?

    @Option(help: ArgumentHelp("The cluster's identity.", valueName: "32 hexadecimal digits"))
    var cluster: String?

    @Option(help: ArgumentHelp("Which of the topology's nodes this is.", valueName: "name"))
    var node: String?

    @Option(help: ArgumentHelp("Holds ca.pem, node.pem and node-key.pem.", valueName: "directory"))
    var certificates: String?

    @Option(help: ArgumentHelp("SHA-256 of the first administrator's token.", valueName: "file"))
    var administratorTokenDigestFile: String?

    @Option(help: ArgumentHelp("An invitation into a cluster; see peerage cluster add.", valueName: "file"))
    var join: String?

    @Option(
        help: ArgumentHelp("Where clients reach this node; with --join, or to move it.", valueName: "host:port"))
    var api: String?

    @Option(help: ArgumentHelp("Where clients reach the gRPC surface. Default: nowhere.", valueName: "host:port"))
    var grpc: String?

    @Option(
        help: ArgumentHelp("Where other nodes reach this node; with --join, or to move it.", valueName: "host:port"))
    var peer: String?

    @Option(
        help: ArgumentHelp("Holds ca.pem and ca-key.pem: this node can let others join.", valueName: "directory"))
    var authority: String?

    @Option(
        help: ArgumentHelp(
            "In how many days every stored chunk is read once, to find what has rotted; 0 for never. Default: 30.",
            valueName: "days"))
    var scrubDays: String?

    @Option(
        help: ArgumentHelp(
            "How often to remove chunks that nothing names; 0 for never. Default: 24.", valueName: "hours"))
    var collectHours: String?

    @Option(
        help: ArgumentHelp(
            "How long an uploaded file waits to be registered; the same on all nodes. Default: 8.", valueName: "days"))
    var stagedDays: String?

    @Option(
        help: ArgumentHelp(
            "Megabytes of chunks that each other node is sent in a second, at most; 0, the default, for no limit.",
            valueName: "n"))
    var streamMegabytes: String?

    @Option(
        help: ArgumentHelp(
            "An S3-compatible service for what the disk shall not hold; keys by PEERAGE_OBJECT_ACCESS_KEY and PEERAGE_OBJECT_SECRET_KEY.",
            valueName: "url"))
    var objectEndpoint: String?

    @Option(help: ArgumentHelp("The bucket there.", valueName: "name"))
    var objectBucket: String?

    @Option(help: ArgumentHelp("The service's region. Default: us-east-1.", valueName: "name"))
    var objectRegion: String?

    @Option(help: ArgumentHelp("A PEM file with the authorities that the service is trusted by.", valueName: "file"))
    var objectCertificateAuthority: String?

    @Option(
        help: ArgumentHelp(
            "Gigabytes of chunks that the disk holds all the same; “all” brings everything back. Default: 50.",
            valueName: "n"))
    var objectCacheGigabytes: String?

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel: String?

    @Option(
        help: ArgumentHelp(
            "Settings in JSON, for what is given neither here nor in the environment.", valueName: "file"))
    var config: String?

    func run() async throws {
        let flags = [
            "data": data, "topology": topology, "cluster": cluster, "node": node, "certificates": certificates,
            "administrator-token-digest-file": administratorTokenDigestFile, "log-level": logLevel, "join": join,
            "api": api, "grpc": grpc, "peer": peer, "authority": authority, "scrub-days": scrubDays,
            "collect-hours": collectHours, "staged-days": stagedDays,
            "stream-megabytes": streamMegabytes, "object-endpoint": objectEndpoint, "object-bucket": objectBucket,
            "object-region": objectRegion, "object-certificate-authority": objectCertificateAuthority,
            "object-cache-gigabytes": objectCacheGigabytes,
        ]
        let settings = try await NodeConfiguration.load(flags: flags.compactMapValues { $0 }, file: config)
        guard let level = Logger.Level(rawValue: settings.logLevel) else {
            throw ValidationError("“\(settings.logLevel)” is not a log level.")
        }
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        try await Node.run(settings, logger: Logger(label: "peerage"))
    }
}
