import ArgumentParser
import Models
import Node

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

    @Option(help: ArgumentHelp("Where clients will reach it.", valueName: "host:port"))
    var api: Topology.Address

    @Option(help: ArgumentHelp("Where other nodes will reach it.", valueName: "host:port"))
    var peer: Topology.Address

    func run() async throws {
        let cluster = try NewCluster.restore(
            BackupDirectory(path: backup), to: data, as: .init(node: node, site: site, api: api, peer: peer),
            now: Node.now(), progress: PageCount.show)
        StandardStream.write(
            """
            \(data) is the first node of the new cluster \(cluster). Clients trust it by \(data)/certificates/ca.pem; tokens of \
            the old cluster are valid. Next:

              peerage serve --data \(data)

            """, to: .output)
    }
}
