import GRDB

/// What the writer remembers between transactions: numbers already given, so that most documents need no look-up.
/// A transaction that fails leaves it wrong: it is then made anew.
struct Ledger: Sendable {
    /// Changes since pages were last moved from the write-ahead log into the file.
    var changesInLog = 0
    private var keys: [String: UInt32] = [:]
    private var values: [Value: UInt32] = [:]
    /// Counted and not yet written.
    var words = WordCounts()
    private var freeRows: [UInt32] = []
    private var nextRow: UInt32 = 1
    private let limit: Int

    private struct Value: Hashable {
        var key: UInt32
        var value: String
    }

    init(_ columns: Columns, limits: SearchLimits) {
        limit = limits.internedValues
        guard let last = (0..<UInt32(columns.rows)).last(where: { !columns.isFree($0) }) else { return }
        nextRow = last + 1
        freeRows = (1..<nextRow).filter { columns.isFree($0) }.reversed()
    }

    mutating func takeRow() -> UInt32 {
        if let row = freeRows.popLast() { return row }
        defer { nextRow += 1 }
        return nextRow
    }

    mutating func giveBack(_ row: UInt32) { freeRows.append(row) }

    /// The number of a facet's or a number's key.
    mutating func key(_ name: String, in database: Database) throws -> UInt32 {
        if let known = keys[name] { return known }
        let find = try database.cachedStatement(sql: "SELECT id FROM keys WHERE name = ?")
        let id: UInt32
        if let found = try UInt32.fetchOne(find, arguments: [name]) {
            id = found
        } else {
            try database.cachedStatement(sql: "INSERT INTO keys(name) VALUES (?)").execute(arguments: [name])
            id = UInt32(truncatingIfNeeded: database.lastInsertedRowID)
        }
        if keys.count >= limit { keys.removeAll(keepingCapacity: true) }
        keys[name] = id
        return id
    }

    /// The ordinal of a facet's value, and whether it is new.
    mutating func value(_ value: String, key: UInt32, in database: Database) throws -> (ordinal: UInt32, isNew: Bool) {
        let entry = Value(key: key, value: value)
        if let known = values[entry] { return (known, false) }
        let folded = value.lowercased()
        let find = try database.cachedStatement(
            sql: "SELECT id FROM facet_values WHERE key = ? AND folded = ? AND value = ?")
        var isNew = false
        let ordinal: UInt32
        if let found = try UInt32.fetchOne(find, arguments: [key, folded, value]) {
            ordinal = found
        } else {
            isNew = true
            try database.cachedStatement(sql: "INSERT INTO facet_values(key, folded, value) VALUES (?, ?, ?)")
                .execute(arguments: [key, folded, value])
            ordinal = UInt32(truncatingIfNeeded: database.lastInsertedRowID)
        }
        if values.count >= limit { values.removeAll(keepingCapacity: true) }
        values[entry] = ordinal
        return (ordinal, isNew)
    }
}
