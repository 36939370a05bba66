import ArgumentParser
import Models
import PeerageClient

/// `peerage best`.
struct BestCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "best", abstract: "Find the best of all versions by a number, under constraints.",
        discussion: """
            peerage best metrics.latency_ms --where "task:ner and metrics.f1>0.9 and size<500MB" --in acme
            Filters are those of search; they look at each version's own metadata, tags, stage and aliases, not at cards. Whether \
            more is better is known of usual names; else say --order.
            """)

    @Argument(help: ArgumentHelp("A number: metrics.f1, size, parameters.", valueName: "number"))
    var key: String

    @Option(name: .customLong("where"), help: ArgumentHelp("Filters that a version must pass.", valueName: "filters"))
    var filters: String?

    @Option(name: .customLong("in"), help: ArgumentHelp("PROJECT or PROJECT/MODEL. Default: all.", valueName: "place"))
    var place: String?

    @Option(help: ArgumentHelp("highest or lowest.", valueName: "order"))
    var order: String?

    @Option(help: ArgumentHelp("At most so many versions. Default: 20.", valueName: "n"))
    var limit: Int?

    @OptionGroup var options: SharedOptions

    func run(_ client: PeerageClient) async throws(ClientError) {
        let found = try await client.bestVersions(by: key, where: filters, in: place, order: order, limit: limit)
        var table = TextTable(.text("VERSION"), .text("STAGE"), .number(key))
        for entry in found.entries {
            table.add("\(entry.project)/\(entry.model):\(entry.number)", entry.stage.text, "\(entry.value)")
        }
        var text = table.text(orElse: "No version has that number and passes the filters.")
        if found.truncated {
            text +=
                "\nOnly \(found.lookedAt) versions were looked at, and there are more: name a project or model with --in."
        }
        output.show(found, text: text)
    }
}
