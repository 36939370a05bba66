import ArgumentParser
import Models
import PeerageClient

/// `peerage events`.
struct EventsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Print what changes, in the order of the log, as it does.",
        discussion: """
            One event a line; with --json one CloudEvent a line. Ends with the newest event, or never with --follow. \
            Whatever node answers, --after goes on behind an event.
            """)

    @Option(help: ArgumentHelp("Begin behind this event, or at “latest”. Default: the first.", valueName: "id"))
    var after: String?

    @Flag(help: "Wait for what comes.")
    var follow = false

    @OptionGroup var options: SharedOptions

    func run(_ client: PeerageClient) async throws(ClientError) {
        var position = after
        while true {
            let page = try await client.events(
                after: position, limit: Limits.standard.pageRecords, waiting: follow ? 8 : 0)
            for event in page.items { StandardStream.write(text(event) + "\n", to: .output) }
            guard follow || (page.next != position && page.next != nil) else { return }
            position = page.next ?? position
        }
    }

    private func text(_ event: RegistryEvent) -> String {
        guard !output.asJSON else { return Output.line(event) }
        let what = event.type.dropFirst("peerage.".count)
        return PrintableText.line("\(event.id)  \(event.time)  \(event.data.by)  \(what)  \(event.subject)")
    }
}
