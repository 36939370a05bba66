import ArgumentParser
import Glibc
import Models
import Node
import PeerageClient

/// `peerage backup`.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Keep a cluster's state and bytes in a directory; again in the same one, what is new.",
        discussion: """
            The state is of one moment, by whichever node answers; every byte is checked against the hash that names it. A \
            backup that was cut off goes on where it stopped. It holds everything the cluster does: keep it as you keep the \
            cluster's disks.
            """)

    @Argument(help: ArgumentHelp("Where to keep it.", valueName: "directory"))
    var directory: String

    @Flag(help: "Only read what is there and check every hash.")
    var verify = false

    @OptionGroup var options: SharedOptions

    func run() async throws {
        let backup = BackupDirectory(path: directory)
        let output = Output(asJSON: options.json)
        let manifest: BackupDirectory.Manifest
        if verify {
            manifest = try backup.verify(Counting.show)
        } else {
            let configuration = try Connection.configuration(servers: options.servers, in: .process)
            let client = try PeerageClient(configuration)
            let result: Result<BackupDirectory.Manifest, any Error>
            do {
                let cluster = try await client.clusterStatus().cluster
                result = .success(
                    try await backup.take(
                        from: client, cluster: cluster, now: Wall.now,
                        progress: Counting.show))
            } catch {
                result = .failure(error)
            }
            try await client.shutdown()
            manifest = try result.get()
        }
        output.show(
            manifest,
            text: """
                \(directory): cluster \(manifest.cluster) through entry \(manifest.index), \(manifest.bytes) bytes of files in \
                \(manifest.pages) pages\(verify ? ": every hash is right" : "")
                """)
    }
}

/// `peerage restore`.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Found a new cluster of one from a backup.",
        discussion: """
            The new cluster has an identity, an authority and certificates of its own: it can never argue with what is left of \
            the old one. Users, tokens and history are those of the backup. Start it with peerage serve --data DIR, and let \
            more nodes join with peerage cluster add.
            """)

    @Argument(help: ArgumentHelp("The backup.", valueName: "directory"))
    var backup: String

    @Option(help: ArgumentHelp("The new node's data directory.", valueName: "directory"))
    var data: String

    @Option(help: ArgumentHelp("The new node's name.", valueName: "name"), transform: { try NodeName($0) })
    var node: NodeName

    @Option(help: ArgumentHelp("Its site.", valueName: "name"), transform: { try SiteName($0) })
    var site: SiteName

    @Option(help: ArgumentHelp("Where clients will reach it.", valueName: "host:port"), transform: Wall.address)
    var api: Topology.Address

    @Option(help: ArgumentHelp("Where other nodes will reach it.", valueName: "host:port"), transform: Wall.address)
    var peer: Topology.Address

    func run() async throws {
        let cluster = try NewCluster.restore(
            BackupDirectory(path: backup), to: data, as: .init(node: node, site: site, api: api, peer: peer),
            now: Wall.now, progress: Counting.show)
        StandardStream.write(
            """
            \(data) is the first node of the new cluster \(cluster). Clients trust it by \(data)/certificates/ca.pem; tokens of \
            the old cluster are valid. Next:

              peerage serve --data \(data)

            """, to: .output)
    }
}

/// `peerage recover`.
struct RecoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Found a new cluster of one from a surviving node, when the majority is lost for good.",
        discussion: """
            THIS LOSES WRITES: whatever only the lost nodes had acknowledged. Do it when they will not come back, on ONE node \
            only, the one that has applied most (peerage cluster status), while it is stopped. The new cluster has an identity \
            of its own: lost nodes that do come back cannot join it and must be wiped.
            """)

    @Option(help: ArgumentHelp("The stopped node's data directory.", valueName: "directory"))
    var data: String

    @Option(
        help: ArgumentHelp("Where other nodes will reach it, when that was never told.", valueName: "host:port"),
        transform: Wall.address)
    var peer: Topology.Address?

    @Flag(help: "Says that you have read what peerage help recover says.")
    var acceptLostWrites = false

    func validate() throws {
        guard acceptLostWrites else {
            throw ValidationError(
                "This loses whatever only the lost nodes had acknowledged, and ends the old cluster for good. Read peerage "
                    + "help recover, then add --accept-lost-writes.")
        }
    }

    func run() async throws {
        let cluster = try NewCluster.recover(data, peer: peer, now: Wall.now)
        StandardStream.write(
            """
            \(data) is the first node of the new cluster \(cluster). Clients trust it by \(data)/certificates/ca.pem; tokens of \
            the old cluster are valid. Wipe the lost nodes before they are started again. Next:

              peerage serve --data \(data)

            """, to: .output)
    }
}

/// Counted work on a terminal: one line, written over itself.
enum Counting {
    static func show(_ done: Int, of all: Int) {
        guard isatty(STDERR_FILENO) != 0 else { return }
        StandardStream.write("\r\(done) of \(all) pages\(done == all ? "\n" : "")", to: .error)
    }
}

/// The clock, and addresses as arguments.
enum Wall {
    static var now: Timestamp { Node.now() }

    static func address(_ text: String) throws -> Topology.Address {
        guard let address = Topology.Address(text) else { throw ValidationError("Write HOST:PORT, not “\(text)”.") }
        return address
    }
}
