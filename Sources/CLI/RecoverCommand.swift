import ArgumentParser
import Models
import Node

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
        help: ArgumentHelp("Where other nodes will reach it, when that was never told.", valueName: "host:port"))
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
        let cluster = try NewCluster.recover(data, peer: peer, now: Node.now())
        StandardStream.write(
            """
            \(data) is the first node of the new cluster \(cluster). Clients trust it by \(data)/certificates/ca.pem; tokens of \
            the old cluster are valid. Wipe the lost nodes before they are started again. Next:

              peerage serve --data \(data)

            """, to: .output)
    }
}
