import GRDB

/// Tables of the file. A change of any of them, or of what stands in them, is a new `format`: the file is then rebuilt.
enum Schema {
    static let format: Int32 = 1

    /// Splits at all that is neither letter nor digit, forgets capitals and accents.
    static let tokenizer = FTS5TokenizerDescriptor.unicode61(diacritics: .remove)

    static let tables = """
        CREATE TABLE state(
            id INTEGER PRIMARY KEY CHECK (id = 1), applied INTEGER NOT NULL, is_complete INTEGER NOT NULL);
        INSERT INTO state VALUES (1, 0, 0);
        CREATE TABLE documents(
            id INTEGER PRIMARY KEY, project TEXT NOT NULL, model TEXT NOT NULL, scope TEXT NOT NULL,
            title TEXT NOT NULL, updated INTEGER NOT NULL, created INTEGER NOT NULL, version INTEGER NOT NULL,
            facets BLOB NOT NULL, numbers BLOB NOT NULL, UNIQUE (project, model));
        CREATE VIRTUAL TABLE texts USING fts5(
            name, tags, description, card, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
        CREATE TABLE keys(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE facet_values(
            id INTEGER PRIMARY KEY, key INTEGER NOT NULL, folded TEXT NOT NULL, value TEXT NOT NULL,
            UNIQUE (key, folded, value));
        CREATE TABLE words(id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE, documents INTEGER NOT NULL);
        CREATE TABLE trigrams(
            trigram INTEGER NOT NULL, word INTEGER NOT NULL, PRIMARY KEY (trigram, word)) WITHOUT ROWID;
        """

    /// What BM25 counts a match for in name, tags, description and card.
    static let weights = "10.0, 5.0, 3.0, 1.0"

    static func configuration(_ limits: SearchLimits) -> Configuration {
        var configuration = Configuration()
        configuration.label = "search"
        configuration.maximumReaderCount = limits.readers
        configuration.busyMode = .timeout(10)
        let kibibytes = limits.cacheBytes >> 10
        configuration.prepareDatabase { database in
            // A crash of the machine may lose the newest changes: the log has them. It must not tear the file.
            try database.execute(sql: "PRAGMA synchronous = NORMAL")
            try database.execute(sql: "PRAGMA cache_size = -\(kibibytes)")
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            try database.execute(sql: "PRAGMA secure_delete = OFF")
            // Commits are made under a lock; `IndexFile` moves the pages outside of it.
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 0")
        }
        return configuration
    }

    static func create(_ database: Database) throws {
        try database.inTransaction {
            try database.execute(sql: tables)
            try database.execute(sql: "PRAGMA user_version = \(format)")
            return .commit
        }
    }

    /// Gathers more words before they are written and merges them at the end, once: twice as fast.
    static func prepareForLoading(_ database: Database, _ limits: SearchLimits) throws {
        try configureTexts(database, "hashsize", limits.loadingBytes)
        try configureTexts(database, "automerge", 0)
    }

    static func endLoading(_ database: Database) throws {
        try database.execute(sql: "INSERT INTO texts(texts) VALUES ('optimize')")
        try configureTexts(database, "automerge", 4)
    }

    private static func configureTexts(_ database: Database, _ setting: String, _ value: Int) throws {
        try database.execute(
            sql: "INSERT INTO texts(texts, rank) VALUES (?, ?)", arguments: [setting, value])
    }

    /// Whether the file is of this format and was finished.
    static func isUsable(_ database: Database) throws -> Bool {
        guard try Int32.fetchOne(database, sql: "PRAGMA user_version") == format else { return false }
        return try Bool.fetchOne(database, sql: "SELECT is_complete FROM state") ?? false
    }
}
