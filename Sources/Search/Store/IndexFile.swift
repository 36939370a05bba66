import GRDB
import Synchronization

/// One file of the index with its columns in memory. Made, written, read, and removed when it is retired and the last
/// search in it has ended.
final class IndexFile: Sendable {
    /// What readers see: it changes with a commit, under one lock, so that columns and tables are of one moment.
    fileprivate struct Published {
        var columns: Columns
        var applied: UInt64
        /// Rows of the newest changes, the newest last.
        var changed: [(version: UInt64, row: UInt32)] = []
    }

    /// A moment of the index.
    struct Snapshot: Sendable {
        let columns: Columns
        let applied: UInt64
    }

    let generation: Int
    let matches: RememberedMatches
    private let folder: IndexFolder
    private let limits: SearchLimits
    private let pool: DatabasePool
    private let published: Mutex<Published>
    /// Held by the one who writes, for as long as it writes.
    private let ledger: Mutex<Ledger>
    private let isRetired = Atomic(false)

    /// Opens a finished file; nil when it is of another format or was not finished.
    static func open(_ generation: Int, in folder: IndexFolder, limits: SearchLimits) throws -> IndexFile? {
        let pool = try DatabasePool(path: folder.file(generation), configuration: Schema.configuration(limits))
        guard try pool.writeWithoutTransaction(Schema.isUsable) else { return nil }
        let (columns, applied) = try pool.read { (try ColumnLoader.load($0), try IndexFile.applied($0)) }
        return IndexFile(generation, folder, pool, columns, applied: applied, limits: limits)
    }

    /// Makes an empty file, not finished.
    static func create(_ generation: Int, in folder: IndexFolder, limits: SearchLimits) throws -> IndexFile {
        folder.remove(generation)
        let pool = try DatabasePool(path: folder.file(generation), configuration: Schema.configuration(limits))
        try pool.writeWithoutTransaction { database in
            try Schema.create(database)
            try Schema.prepareForLoading(database, limits)
        }
        return IndexFile(generation, folder, pool, Columns(), applied: 0, limits: limits)
    }

    private init(
        _ generation: Int, _ folder: IndexFolder, _ pool: DatabasePool, _ columns: Columns, applied: UInt64,
        limits: SearchLimits
    ) {
        self.generation = generation
        self.folder = folder
        self.pool = pool
        self.limits = limits
        matches = RememberedMatches(limits: limits)
        ledger = Mutex(Ledger(columns, limits: limits))
        published = Mutex(Published(columns: columns, applied: applied))
    }

    deinit {
        guard isRetired.load(ordering: .acquiring) else { return }
        // Probe: a connection that cannot be closed keeps its files alive without their names.
        try? pool.close()
        folder.remove(generation)
    }

    /// Takes back `retire`.
    func keep() { isRetired.store(false, ordering: .releasing) }

    /// Removes the file once nothing uses it.
    func retire() { isRetired.store(true, ordering: .releasing) }

    func close() throws { try pool.close() }

    var applied: UInt64 { published.withLock { $0.applied } }
    var count: Int { published.withLock { $0.columns.count } }

    /// Runs `body` in one moment of the tables and columns. GRDB's `read` would begin the transaction before the lock: it
    /// asks for the schema's version first.
    func read<Result>(_ body: (Database, Snapshot) throws -> Result) throws -> Result {
        try pool.unsafeRead { database in
            try database.beginTransaction(.deferred)
            do {
                let result = try body(database, try snapshot(database))
                try database.commit()
                return result
            } catch {
                if database.isInsideTransaction { try database.rollback() }
                throw error
            }
        }
    }

    private func snapshot(_ database: Database) throws -> Snapshot {
        try published.withLock { published in
            // The moment is that of the first statement: here, where no commit comes between.
            _ = try IndexFile.applied(database)
            return Snapshot(columns: published.columns, applied: published.applied)
        }
    }

    /// Rows that changed since the columns had this version; nil when they are too many to know.
    func rowsChanged(since version: UInt64, until: UInt64) -> Set<UInt32>? {
        published.withLock { published in
            let first = published.changed.first?.version ?? .max
            guard version == until || first <= version + 1 else { return nil }
            return Set(published.changed.lazy.filter { version < $0.version && $0.version <= until }.map(\.row))
        }
    }

    /// Applies changes in one transaction; nil leaves `applied` as it is.
    func write(_ changes: [SearchChange], upTo index: UInt64?) throws {
        try ledger.withLock { ledger in
            do {
                try pool.writeWithoutTransaction { database in
                    try transact(database, changes, upTo: index, &ledger)
                    ledger.changesInLog += changes.count
                    if ledger.changesInLog >= limits.checkpointChanges {
                        try database.checkpoint(.passive)
                        ledger.changesInLog = 0
                    }
                }
            } catch {
                ledger = Ledger(published.withLock { $0.columns }, limits: limits)
                throw error
            }
        }
    }

    /// Marks the file as finished: from here on it is opened.
    func complete(at index: UInt64) throws {
        try write([], upTo: index)
        try pool.writeWithoutTransaction { database in
            try Schema.endLoading(database)
            try database.execute(
                sql: "UPDATE state SET is_complete = 1")
            try database.checkpoint(.truncate)
        }
    }

    private func transact(
        _ database: Database, _ changes: [SearchChange], upTo index: UInt64?, _ ledger: inout Ledger
    ) throws {
        try database.beginTransaction(.immediate)
        do {
            var writer = try DocumentWriter(database, ledger: ledger, limits: limits)
            for change in changes { try writer.apply(change) }
            let done = try writer.finish(mayGather: index == nil)
            if let index {
                try database.execute(sql: "UPDATE state SET applied = ?", arguments: [Int64(bitPattern: index)])
            }
            try publish(done.changes, upTo: index) { try database.commit() }
            ledger = done.ledger
        } catch {
            if database.isInsideTransaction { try database.rollback() }
            throw error
        }
    }

    private func publish(_ changes: [Columns.Change], upTo index: UInt64?, commit: () throws -> Void) throws {
        try published.withLock { published in
            try commit()
            if let index { published.applied = index }
            guard !changes.isEmpty else { return }
            published.columns.apply(changes)
            published.note(changes, limit: limits.correctedMatches)
        }
    }

    private static func applied(_ database: Database) throws -> UInt64 {
        let statement = try database.cachedStatement(sql: "SELECT applied FROM state")
        return UInt64(bitPattern: try Int64.fetchOne(statement) ?? 0)
    }
}

extension IndexFile.Published {
    /// Remembers which rows changed, at most `limit` and always whole versions.
    fileprivate mutating func note(_ changes: [Columns.Change], limit: Int) {
        let version = columns.version
        for change in changes {
            switch change {
            case .set(let row, _), .clear(let row): changed.append((version, row))
            case .value: break
            }
        }
        guard changed.count > limit else { return }
        let cut = changed[changed.count - limit - 1].version
        changed.removeAll { $0.version <= cut }
    }
}
