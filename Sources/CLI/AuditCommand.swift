import ArgumentParser
import Models
import PeerageClient

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
