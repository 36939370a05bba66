import GRDB

/// Reads the columns from the tables: half a second for 100,000 models.
enum ColumnLoader {
    static func load(_ database: Database) throws -> Columns {
        var columns = Columns()
        let values = try Row.fetchCursor(database, sql: "SELECT id, key FROM facet_values")
        while let row = try values.next() { columns.apply([.value(ordinal: row[0], key: row[1])]) }
        let documents = try Row.fetchCursor(
            database,
            sql: "SELECT id, model, project, scope, updated, created, facets, numbers FROM documents")
        while let row = try documents.next() {
            let entry = Columns.Entry(
                name: row[1], project: row[2], scope: row[3], updated: row[4], created: row[5],
                facets: try row.withUnsafeData(atIndex: 6, PackedNumbers.ordinals),
                numbers: try row.withUnsafeData(atIndex: 7, PackedNumbers.cells))
            columns.apply([.set(row[0], entry)])
        }
        return columns
    }
}
