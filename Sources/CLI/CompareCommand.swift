import ArgumentParser
import Models
import PeerageClient

/// `peerage compare`.
struct CompareCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Put versions beside each other: metrics, size, parameters.",
        discussion: """
            The versions may be of any models and projects. The best value of each row is marked with * where it is known \
            what is better: from the metric's “higher_is_better”, else from its name.
            """)

    @Argument(
        help: ArgumentHelp("Versions: PROJECT/MODEL[:N|@ALIAS].", valueName: "version"), transform: References.version)
    var versions: [ModelReference]

    @OptionGroup var options: SharedOptions

    func validate() throws {
        guard (2...Limits.standard.comparedVersions).contains(versions.count) else {
            throw ValidationError("Name from 2 to \(Limits.standard.comparedVersions) versions.")
        }
    }

    func run(_ client: PeerageClient) async throws(ClientError) {
        let comparison = try await client.compare(versions)
        output.show(comparison, text: Self.text(comparison))
    }

    static func text(_ comparison: VersionComparison) -> String {
        var table = TextTable(
            [.text("METRIC")] + comparison.versions.map { .number("\($0.project)/\($0.model):\($0.number)") })
        for row in comparison.rows {
            let cells = row.values.enumerated().map { position, value in
                value.map { text($0, row) + (row.best.contains(position) ? " *" : "") } ?? ""
            }
            table.add([name(row)] + cells)
        }
        return table.text(orElse: "There is nothing to compare.")
    }

    private static func name(_ row: VersionComparison.Row) -> String {
        let data = [row.dataset, row.split].compactMap { $0 }.joined(separator: ", ")
        let unit = row.name == "size" ? nil : row.unit
        return row.name + (unit.map { " [\($0)]" } ?? "") + (data.isEmpty ? "" : " (\(data))")
    }

    private static func text(_ value: Double, _ row: VersionComparison.Row) -> String {
        if row.name == "size", row.unit == "B" { return Quantity.bytes(UInt64(max(value, 0))) }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }
}
