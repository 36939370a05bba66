import GRDB

/// Carries changes into the tables within one transaction, and gathers what they mean for the columns in memory.
struct DocumentWriter {
    private let database: Database
    private let limits: SearchLimits
    private var ledger: Ledger
    private let reader: TokenReader
    private var changes: [Columns.Change] = []

    init(_ database: Database, ledger: Ledger, limits: SearchLimits) throws {
        self.database = database
        self.ledger = ledger
        self.limits = limits
        reader = try TokenReader(database)
    }

    mutating func apply(_ change: SearchChange) throws {
        switch change {
        case .upsert(let document): try upsert(document)
        case .remove(let id):
            let find = try database.cachedStatement(sql: "SELECT id FROM documents WHERE project = ? AND model = ?")
            if let row = try UInt32.fetchOne(find, arguments: [id.project, id.model]) { try remove(row) }
        case .removeProject(let name):
            let find = try database.cachedStatement(sql: "SELECT id FROM documents WHERE project = ?")
            for row in try UInt32.fetchAll(find, arguments: [name]) { try remove(row) }
        }
    }

    /// To be called last: gives the changes of the columns and what the writer remembers. A file that nobody searches
    /// yet may keep the words' counts for later.
    mutating func finish(mayGather: Bool) throws -> (changes: [Columns.Change], ledger: Ledger) {
        if !mayGather || ledger.words.count > limits.gatheredWords { try ledger.words.flush(to: database) }
        return (changes, ledger)
    }

    private mutating func upsert(_ document: SearchDocument) throws {
        let id = document.id
        // A cursor holds names of so many bytes. The registry's are much shorter.
        guard [id.project, id.model].allSatisfy({ 1...limits.nameBytes ~= $0.utf8.count }) else { return }
        let content = DocumentFacets(document, limits: limits)
        let text = IndexedText(document, facets: content.facets, limits: limits)
        let find = try database.cachedStatement(sql: "SELECT id FROM documents WHERE project = ? AND model = ?")
        let known = try UInt32.fetchOne(find, arguments: [id.project, id.model])
        let row = known ?? ledger.takeRow()
        try write(text, to: row, isNew: known == nil)
        let entry = try entry(document, content)
        try write(document, entry, to: row, isNew: known == nil)
        changes.append(.set(row, entry))
    }

    private mutating func entry(_ document: SearchDocument, _ content: DocumentFacets) throws -> Columns.Entry {
        var facets: [UInt32] = []
        for (name, value) in content.facets {
            let key = try ledger.key(name, in: database)
            let (ordinal, isNew) = try ledger.value(value, key: key, in: database)
            if isNew { changes.append(.value(ordinal: ordinal, key: key)) }
            facets.append(ordinal)
        }
        var numbers: [Segment.Cell] = []
        for (name, value) in content.numbers {
            numbers.append(Segment.Cell(key: try ledger.key(name, in: database), value: value))
        }
        return Columns.Entry(
            name: document.id.model, project: document.id.project, scope: document.visibilityProject,
            updated: document.updatedAt, created: document.createdAt, facets: facets, numbers: numbers)
    }

    /// Most changes are of stages and aliases and leave the text as it is, which spares the dearest part.
    private mutating func write(_ text: IndexedText, to row: UInt32, isNew: Bool) throws {
        if !isNew, let old = try StoredText.read(row, in: database) {
            if old == text { return }
            try count(old, -1)
            try deleteText(row)
        }
        try count(text, 1)
        try database.cachedStatement(
            sql: "INSERT INTO texts(rowid, name, tags, description, card) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [row, text.name, text.tags, text.description, text.card])
    }

    /// Two statements and not `INSERT OR REPLACE`: what may have to be undone alone makes FTS5 write all it has
    /// gathered, for each document.
    private func write(
        _ document: SearchDocument, _ entry: Columns.Entry, to row: UInt32, isNew: Bool
    ) throws {
        let sql =
            isNew
            ? """
            INSERT INTO documents(scope, title, updated, created, version, facets, numbers, project, model, id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
            : """
            UPDATE documents SET scope = ?, title = ?, updated = ?, created = ?, version = ?, facets = ?, numbers = ?
            WHERE project = ? AND model = ? AND id = ?
            """
        try database.cachedStatement(sql: sql).execute(arguments: [
            entry.scope, IndexedText.clean(document.title, bytes: limits.titleBytes), entry.updated, entry.created,
            Int64(bitPattern: document.latestVersion), PackedNumbers.pack(entry.facets),
            PackedNumbers.pack(entry.numbers), entry.project, entry.name, row,
        ])
    }

    private mutating func remove(_ row: UInt32) throws {
        if let old = try StoredText.read(row, in: database) { try count(old, -1) }
        try deleteText(row)
        try database.cachedStatement(sql: "DELETE FROM documents WHERE id = ?").execute(arguments: [row])
        ledger.giveBack(row)
        changes.append(.clear(row))
    }

    private func deleteText(_ row: UInt32) throws {
        try database.cachedStatement(sql: "DELETE FROM texts WHERE rowid = ?").execute(arguments: [row])
    }

    private mutating func count(_ text: IndexedText, _ difference: Int) throws {
        ledger.words.add(try Words.distinct(in: text, reader, limits: limits), times: difference)
    }
}

/// Texts as they were indexed.
enum StoredText {
    static func read(_ row: UInt32, in database: Database) throws -> IndexedText? {
        let find = try database.cachedStatement(
            sql: "SELECT name, tags, description, card FROM texts WHERE rowid = ?")
        return try Row.fetchOne(find, arguments: [row]).map {
            IndexedText(name: $0[0], tags: $0[1], description: $0[2], card: $0[3])
        }
    }
}
