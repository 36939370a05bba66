import GRDB

/// In how many documents each word stands: corrections prefer frequent words, similar models are found by rare ones.
/// Differences are gathered before they are written, for documents share most of their words.
struct WordCounts: Hashable, Sendable {
    private var differences: [String: Int] = [:]

    var count: Int { differences.count }

    mutating func add(_ words: Set<String>, times difference: Int) {
        for word in words { differences[word, default: 0] += difference }
    }

    /// Writes what was gathered, in the order of the words: the tree is then walked once.
    mutating func flush(to database: Database) throws {
        let update = try database.cachedStatement(
            sql: "UPDATE words SET documents = documents + ? WHERE word = ?")
        let learn = try database.cachedStatement(sql: "INSERT INTO words(word, documents) VALUES (?, ?)")
        var pairs: [(trigram: Int64, word: Int64)] = []
        for (word, difference) in differences.sorted(by: { $0.key < $1.key }) where difference != 0 {
            try update.execute(arguments: [difference, word])
            if database.changesCount > 0 { continue }
            try learn.execute(arguments: [word, difference])
            let id = database.lastInsertedRowID
            pairs += Words.trigrams(word).map { ($0, id) }
        }
        differences.removeAll()
        let insert = try database.cachedStatement(sql: "INSERT OR IGNORE INTO trigrams VALUES (?, ?)")
        for (trigram, word) in pairs.sorted(by: { $0 < $1 }) { try insert.execute(arguments: [trigram, word]) }
    }
}
