import ArgumentParser
import Models
import PeerageClient

/// `peerage cluster`.
struct ClusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster", abstract: "See and steer the cluster.",
        subcommands: [Status.self, Add.self, Promote.self, Demote.self, Remove.self, Transfer.self])

    /// `peerage cluster status`.
    struct Status: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "status", abstract: "Show every node as the asked one knows it.")

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let status = try await client.clusterStatus()
            output.show(status, text: ClusterCommand.text(status))
        }
    }

    /// `peerage cluster transfer`.
    struct Transfer: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "transfer", abstract: "Hand leadership to another node.")

        @Argument(
            help: ArgumentHelp("The node; the voter that is furthest when none is named.", valueName: "node"),
            transform: { try NodeName($0) })
        var node: NodeName?

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let status = try await client.transferLeadership(to: node)
            output.show(status, text: ClusterCommand.text(status))
        }
    }

    static func text(_ status: ClusterStatus) -> String {
        var table = TextTable(
            .text("NODE"), .text("SITE"), .text("ROLE"), .text("HEALTH"), .number("TERM"), .number("APPLIED"),
            .number("LAG"), .text("STATE"), .text("BYTES"), .text("DISK"), .text("CERTIFICATE"), .text("BUILD"),
            .text("ENDPOINT"))
        for node in status.nodes {
            table.add(
                node.id.text, node.site.text, node.leader ? "\(node.role), leads" : node.role,
                node.problem.isEmpty ? node.healthy ? "healthy" : "unhealthy" : node.problem, "\(node.term)",
                "\(node.applied)", node.lag.map { "\($0)" } ?? "", state(node), bytes(node), disk(node),
                node.certificateExpires.map { "until \($0.description.prefix(10))" } ?? "", node.version, node.endpoint)
        }
        return "cluster \(status.cluster)\n\n\(table.text(orElse: "It has no nodes."))"
    }

    private static func state(_ node: NodeStatus) -> String {
        let hash = String(node.stateHash.prefix(8))
        return switch node.agrees {
        case true?: "\(hash) agrees"
        case false?: "\(hash) DIFFERS"
        case nil: hash
        }
    }

    private static func bytes(_ node: NodeStatus) -> String {
        switch node.versionsBehind {
        case nil: ""
        case 0?: "whole"
        case let count?: "\(count) versions behind"
        }
    }

    private static func disk(_ node: NodeStatus) -> String {
        guard let free = node.diskFreeBytes, let total = node.diskTotalBytes, total > 0 else { return "" }
        return "\(100 - free * 100 / total) % used"
    }
}
