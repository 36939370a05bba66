import Foundation

/// Figures in the order they were taken.
struct Report {
    struct Row: Codable {
        let name: String
        let value: Double
        let unit: String
        /// `value` divided by a limit of the same run, and which.
        var ratio: Double?
        var to: String?
    }

    private struct Document: Codable {
        let rows: [Row]
        let notes: [String]
    }

    private(set) var rows: [Row] = []
    private var notes: [String] = []

    mutating func add(_ name: String, _ value: Double, _ unit: String, ratio: Double? = nil, to limit: String? = nil) {
        rows.append(Row(name: name, value: value, unit: unit, ratio: ratio, to: limit))
    }

    mutating func note(_ text: String) { notes.append(text) }

    func value(of name: String) -> Double? { rows.first { $0.name == name }?.value }

    var text: String {
        let names = rows.map(\.name.count).max() ?? 0
        let lines = rows.map { row in
            let name = row.name.padding(toLength: names, withPad: " ", startingAt: 0)
            let value = String(format: "%10.\(row.value < 10 ? 2 : row.value < 1_000 ? 1 : 0)f", row.value)
            let unit = row.unit.padding(toLength: 14, withPad: " ", startingAt: 0)
            let ratio = row.ratio.map { String(format: "%6.2f of %@", $0, row.to ?? "") } ?? ""
            return "\(name)  \(value) \(unit) \(ratio)"
        }
        return (lines + notes.map { "note: \($0)" }).joined(separator: "\n")
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Document(rows: rows, notes: notes)), as: UTF8.self)
    }
}
