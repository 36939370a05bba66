/// A table in aligned columns, two spaces apart, without lines: easy to read and to cut.
struct TextTable: Sendable {
    /// A column.
    struct Column: Sendable {
        let title: String
        var alignsRight = false

        /// Text.
        static func text(_ title: String) -> Column { Column(title: title) }

        /// Numbers, aligned right.
        static func number(_ title: String) -> Column { Column(title: title, alignsRight: true) }
    }

    let columns: [Column]
    private(set) var rows: [[String]] = []

    /// A table without rows.
    init(_ columns: Column...) { self.init(columns) }

    /// A table without rows.
    init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row: one cell a column. Empty cells show as `-`, so that columns can be counted.
    mutating func add(_ cells: String...) { add(cells) }

    /// Adds a row: one cell a column.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "a row has a cell for each column")
        rows.append(cells.map { $0.isEmpty ? "-" : PrintableText.line($0) })
    }

    /// The header and the rows; `empty` when there are none.
    func text(orElse empty: String) -> String {
        guard !rows.isEmpty else { return empty }
        let lines = [columns.map(\.title)] + rows
        let widths = columns.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { cells in
            let padded = columns.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - cells[column].count)
                if columns[column].alignsRight { return space + cells[column] }
                return column == columns.count - 1 ? cells[column] : cells[column] + space
            }
            return padded.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    /// Lines of `name  value`; those without a value are left out.
    static func fields(_ fields: KeyValuePairs<String, String?>) -> String {
        let present = fields.compactMap { name, value in value.map { (name, $0) } }
        let width = present.map(\.0.count).max() ?? 0
        return present.map { name, value in
            name + String(repeating: " ", count: width - name.count + 2) + PrintableText.line(value)
        }.joined(separator: "\n")
    }
}
