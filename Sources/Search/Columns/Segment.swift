/// What filters, counts and orders look at, of 1,024 rows. A row is a document's number in the file; it is free when
/// its name is empty.
struct Segment: Sendable {
    static let rows = 1_024

    /// A number of a document.
    struct Cell: Hashable, Sendable {
        var key: UInt32
        var value: Double
    }

    private(set) var names = Array(repeating: "", count: rows)
    /// Ordinals of projects' names in `Columns`.
    private(set) var projects = Array(repeating: UInt32(0), count: rows)
    /// Of the projects whose readers may see the rows.
    private(set) var scopes = Array(repeating: UInt32(0), count: rows)
    private(set) var updated = Array(repeating: Int64(0), count: rows)
    private(set) var created = Array(repeating: Int64(0), count: rows)
    /// Ordinals of facets' values.
    private(set) var facets = Ragged<UInt32>(rows: rows)
    private(set) var numbers = Ragged<Cell>(rows: rows)

    mutating func set(_ row: Int, to entry: Columns.Entry, project: UInt32, scope: UInt32) {
        names[row] = entry.name
        projects[row] = project
        scopes[row] = scope
        updated[row] = entry.updated
        created[row] = entry.created
        facets.replace(row, with: entry.facets)
        numbers.replace(row, with: entry.numbers)
    }

    mutating func clear(_ row: Int) {
        names[row] = ""
        facets.replace(row, with: [])
        numbers.replace(row, with: [])
    }

    /// The number, if the document has it under one of the keys; the first key that it has counts.
    func number(_ row: Int, keys: [UInt32]) -> Double? {
        for key in keys {
            for index in numbers.range(row) where numbers.elements[index].key == key {
                return numbers.elements[index].value
            }
        }
        return nil
    }
}
