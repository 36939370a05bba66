import GRDB

/// What SQLite says, as what a caller would do about it.
enum StorageFailure {
    /// Runs `body`; throws only `SearchError`.
    static func mapped<Result>(_ body: () throws -> Result) throws(SearchError) -> Result {
        do {
            return try body()
        } catch let error as SearchError {
            throw error
        } catch let error as DatabaseError {
            throw mapped(error)
        } catch {
            throw .storage("\(error)")
        }
    }

    static func isDamage(_ error: SearchError) -> Bool {
        if case .damaged = error { true } else { false }
    }

    private static func mapped(_ error: DatabaseError) -> SearchError {
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT, .SQLITE_SCHEMA: .damaged(error.description)
        // A table that is missing or unlike what `Schema` makes.
        case .SQLITE_ERROR: .damaged(error.description)
        case .SQLITE_MISUSE where error.message == "Connection is closed": .closed
        default: .storage(error.description)
        }
    }
}
