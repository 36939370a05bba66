import ArgumentParser
import Models
import PeerageClient

/// `peerage search`.
struct SearchCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find models by words and filters.",
        discussion: """
            Words must all be there; "a phrase", -word, word*. Filters: task:ner, license:mit,apache-2.0, -stage:retired, \\
            alias:production, format:gguf, base_model:…, dataset:…, owner:…, tag:…, metrics.f1>0.9, size<500MB, \\
            parameters>=1B, updated:<30d, created:>2026-01-01.
            """)

    @Argument(help: ArgumentHelp("Words and filters.", valueName: "query"))
    var query: [String] = []

    @Option(
        help: ArgumentHelp("Count the values of this: task, framework, stage…; may be repeated.", valueName: "name"))
    var facet: [String] = []

    @Option(
        help: ArgumentHelp(
            "relevance, updated, created, name or a number such as metrics.f1; -updated for the newest first.",
            valueName: "order"))
    var sort: String?

    @Option(help: ArgumentHelp("At most so many models. Default: 20.", valueName: "n"))
    var limit: Int?

    @Option(help: ArgumentHelp("Go on where a page ended: its “next”.", valueName: "cursor"))
    var cursor: String?

    @OptionGroup var options: SharedOptions

    func run(_ client: PeerageClient) async throws(ClientError) {
        let found = try await client.search(
            query.joined(separator: " "), facets: facet, sort: sort, limit: limit, cursor: cursor)
        output.show(found, text: Self.text(found))
    }

    static func text(_ found: SearchResults) -> String {
        var table = TextTable(.text("MODEL"), .number("VERSIONS"), .text("UPDATED"), .text("TEXT"))
        for hit in found.hits {
            table.add("\(hit.project)/\(hit.model)", "\(hit.latestVersion)", hit.updatedAt.description, hit.snippet)
        }
        var parts = [table.text(orElse: "No model is like that.")]
        for facet in found.facets {
            let values = facet.values.map { "\($0.value) (\($0.count))" }.joined(separator: ", ")
            parts.append(PrintableText.line("\(facet.name): \(values.isEmpty ? "none" : values)"))
        }
        for (written, taken) in found.corrected.sorted(by: { $0.key < $1.key }) {
            parts.append(PrintableText.line("Nothing has “\(written)”; searched for “\(taken)”."))
        }
        parts.append("\(found.isLowerBound ? "at least " : "")\(Quantity.count(found.total, "model"))")
        if let next = found.next { parts.append("There are more: --cursor \(PrintableText.line(next))") }
        return parts.joined(separator: "\n")
    }
}

/// `peerage similar`.
struct SimilarCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "similar", abstract: "List models like another one, and why.")

    @Argument(help: ArgumentHelp("The model: PROJECT/MODEL.", valueName: "project/model"), transform: References.model)
    var model: ModelReference

    @Option(help: ArgumentHelp("At most so many models. Default: 20.", valueName: "n"))
    var limit: Int?

    @OptionGroup var options: SharedOptions

    func run(_ client: PeerageClient) async throws(ClientError) {
        let found = try await client.models(like: model.model, in: model.project, limit: limit)
        var table = TextTable(.text("MODEL"), .text("WHY"))
        for one in found { table.add("\(one.project)/\(one.model)", one.reasons.joined(separator: "; ")) }
        output.show(list: found, text: table.text(orElse: "No other model is like it."))
    }
}
