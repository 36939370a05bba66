import GRDB

/// The index at one moment, as a search sees it.
struct TextIndex {
    let database: Database
    let columns: Columns
    let applied: UInt64
    let limits: SearchLimits
    private let file: IndexFile

    init(_ database: Database, _ file: IndexFile, _ snapshot: IndexFile.Snapshot, limits: SearchLimits) {
        self.database = database
        self.file = file
        columns = snapshot.columns
        applied = snapshot.applied
        self.limits = limits
    }

    /// Rows whose text matches, and whether these are all.
    func rows(matching expression: String, _ budget: QueryBudget) throws -> (rows: RowSet, isComplete: Bool) {
        if let known = try remembered(expression) { return (known, true) }
        var rows = RowSet(capacity: columns.rows)
        var (last, visited, isComplete) = (-1, 0, false)
        while !isComplete {
            guard let next = try collect(expression, after: last, into: &rows) else { break }
            visited += next.count
            last = next.last
            isComplete = next.count < limits.portionRows
            if try !budget.visit(next.count) { break }
        }
        if isComplete, visited > limits.scoredRows {
            file.matches.remember(rows, of: expression, version: columns.version)
        }
        return (rows, isComplete)
    }

    /// Takes the next portion of rows, as one text: making it and reading it costs a quarter of stepping through rows.
    private func collect(
        _ expression: String, after last: Int, into rows: inout RowSet
    ) throws -> (count: Int, last: Int)? {
        let statement = try database.cachedStatement(
            sql: """
                SELECT coalesce(group_concat(rowid), '') FROM (
                    SELECT rowid FROM texts WHERE texts MATCH ? AND rowid > ? ORDER BY rowid LIMIT ?)
                """)
        guard var text = try String.fetchOne(statement, arguments: [expression, last, limits.portionRows]) else {
            return nil
        }
        var (count, row) = (0, last)
        text.withUTF8 { bytes in
            if bytes.isEmpty { return }
            row = 0
            for byte in bytes {
                if byte == UInt8(ascii: ",") {
                    rows.insert(UInt32(truncatingIfNeeded: row))
                    count += 1
                    row = 0
                } else {
                    row = row &* 10 &+ Int(byte &- 0x30)
                }
            }
            rows.insert(UInt32(truncatingIfNeeded: row))
            count += 1
        }
        return (count, row)
    }

    /// What was found before, corrected by the rows that have changed since.
    private func remembered(_ expression: String) throws -> RowSet? {
        guard let known = file.matches.find(expression), known.version <= columns.version,
            let changed = file.rowsChanged(since: known.version, until: columns.version)
        else { return nil }
        if changed.isEmpty { return known.rows }
        var rows = known.rows
        let matches = try database.cachedStatement(sql: "SELECT 1 FROM texts WHERE texts MATCH ? AND rowid = ?")
        for row in changed {
            if try Int.fetchOne(matches, arguments: [expression, row]) != nil {
                rows.insert(row)
            } else {
                rows.remove(row)
            }
        }
        file.matches.remember(rows, of: expression, version: columns.version)
        return rows
    }

    /// Whether more than `limit` rows match of those that `isWanted`. Looks no further than it must.
    func count(
        matching expression: String, upTo limit: Int, _ budget: QueryBudget, where isWanted: (UInt32) -> Bool
    ) throws -> Int {
        let cursor = try Int64.fetchCursor(
            database.cachedStatement(sql: "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rowid"),
            arguments: [expression])
        var (visited, found) = (0, 0)
        while found <= limit, let row = try cursor.next() {
            visited += 1
            if isWanted(UInt32(truncatingIfNeeded: row)) { found += 1 }
            if visited % QueryBudget.stride == 0, try !budget.visit(QueryBudget.stride) { break }
        }
        return found
    }

    /// The number of a facet's or a number's key; nil when no document has it.
    func key(_ name: String) throws -> UInt32? {
        try UInt32.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM keys WHERE name = ?"), arguments: [name])
    }

    func isInScope(_ row: UInt32, _ scope: [Bool]?) -> Bool {
        let (segment, local) = Columns.place(row)
        guard segment < columns.segments.count, !columns.segments[segment].names[local].isEmpty else { return false }
        return scope?[Int(columns.segments[segment].scopes[local])] ?? true
    }

    /// Whether each project is in the scope, by its ordinal; nil when all are.
    func flags(of scope: SearchScope) -> [Bool]? {
        guard case .allBut(let names) = scope else { return nil }
        var flags = Array(repeating: true, count: columns.projectNames.count)
        for name in names {
            if let ordinal = columns.ordinal(ofProject: name) { flags[Int(ordinal)] = false }
        }
        return flags
    }

    func identity(_ row: UInt32) -> SearchDocument.ID {
        let (segment, local) = Columns.place(row)
        let place = columns.segments[segment]
        return SearchDocument.ID(
            project: columns.projectNames[Int(place.projects[local])], model: place.names[local])
    }
}
