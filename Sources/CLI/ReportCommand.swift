import ArgumentParser
import Models
import PeerageClient

/// `peerage report`.
struct ReportCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Show what is known of a version for its technical documentation, and what is not.",
        discussion:
            "The sections are those of the EU AI Act's Annex IV. What is missing is told in the version's metadata.")

    @Argument(help: StageCommand.versionHelp, transform: References.version)
    var version: ModelReference

    @OptionGroup var options: SharedOptions

    func run(_ client: PeerageClient) async throws(ClientError) {
        let report = try await client.report(on: version)
        output.show(report, text: Self.text(report))
    }

    static func text(_ report: ComplianceReport) -> String {
        var lines = ["# \(report.project)/\(report.model):\(report.version)"]
        for section in report.sections {
            lines.append("\n## \(section.number). \(section.title)\n")
            for item in section.items {
                let values = item.values.isEmpty ? "missing (\(item.source))" : item.values.joined(separator: "; ")
                lines.append(PrintableText.line("- \(item.name): \(values)"))
            }
        }
        lines.append("\n\(Quantity.count(report.missing.count, "item")) missing")
        return lines.joined(separator: "\n")
    }
}
