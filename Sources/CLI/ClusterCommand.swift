import ArgumentParser
import Models
import PeerageClient

/// `peerage cluster`.
struct ClusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster", abstract: "See and steer the cluster.", subcommands: [Status.self, Transfer.self])

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
            .text("NODE"), .text("SITE"), .text("ROLE"), .text("HEALTH"), .number("TERM"), .number("COMMIT"),
            .number("APPLIED"), .text("STATE"), .text("ENDPOINT"))
        for node in status.nodes {
            table.add(
                node.id.text, node.site.text, node.leader ? "\(node.role), leads" : node.role,
                node.healthy ? "healthy" : node.problem.isEmpty ? "unhealthy" : node.problem, "\(node.term)",
                "\(node.commit)", "\(node.applied)", String(node.stateHash.prefix(12)), node.endpoint)
        }
        return "cluster \(status.cluster)\n\n\(table.text(orElse: "It has no nodes."))"
    }
}

/// `peerage audit`.
struct AuditCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "List what every command did, accepted or refused, one page at a time.")

    @Option(help: ArgumentHelp("At most so many records.", valueName: "n"))
    var limit = Limits.standard.defaultPageRecords

    @Option(help: ArgumentHelp("Go on where a page ended: its “next”.", valueName: "cursor"))
    var cursor: String?

    @OptionGroup var options: SharedOptions

    func validate() throws {
        guard (1...Limits.standard.pageRecords).contains(limit) else {
            throw ValidationError("--limit is a number from 1 to \(Limits.standard.pageRecords).")
        }
    }

    func run(_ client: PeerageClient) async throws(ClientError) {
        let page = try await client.auditRecords().page(after: cursor, limit: limit)
        output.show(page, text: Self.text(page))
    }

    static func text(_ page: Page<AuditRecord>) -> String {
        var table = TextTable(
            .number("SEQUENCE"), .text("AT"), .text("BY"), .text("SITE"), .text("ACTION"), .text("OBJECT"),
            .text("OUTCOME"))
        for record in page.items {
            table.add(
                "\(record.sequence)", record.at.description, record.by.text, record.site.text, record.action,
                record.object, record.outcome)
        }
        let more = page.next.map { "\n\nThere are more: --cursor \(PrintableText.line($0))" } ?? ""
        return table.text(orElse: "There are no records.") + more
    }
}
