import GRDB

/// Reads what a page shows of its hits.
struct HitReader {
    private let index: TextIndex
    private let snippets: SnippetMaker

    init(_ terms: [SearchQuery.Term], in index: TextIndex) throws {
        self.index = index
        snippets = try SnippetMaker(terms, TokenReader(index.database), limits: index.limits)
    }

    func hit(_ row: UInt32) throws -> SearchAnswer.Hit {
        let find = try index.database.cachedStatement(sql: "SELECT title, version FROM documents WHERE id = ?")
        let found = try Row.fetchOne(find, arguments: [row])
        let title: String? = found?[0]
        let version: Int64? = found?[1]
        let text = try StoredText.read(row, in: index.database)
        let (segment, local) = Columns.place(row)
        return SearchAnswer.Hit(
            id: index.identity(row), title: title ?? "",
            snippet: try text.map(snippets.snippet) ?? Snippet(parts: []),
            updatedAt: index.columns.segments[segment].updated[local],
            createdAt: index.columns.segments[segment].created[local],
            latestVersion: UInt64(bitPattern: version ?? 0))
    }
}
