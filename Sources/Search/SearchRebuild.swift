/// A new index in the making. It takes documents in any order, the newest of a model last, and replaces the old index
/// as a whole. When it is dropped unfinished, or the node stops, the old one stays.
package final class SearchRebuild: Sendable {
    private let file: IndexFile
    private let index: SearchIndex

    init(_ file: IndexFile, of index: SearchIndex) {
        self.file = file
        self.index = index
    }

    /// Adds documents in one transaction; a thousand at a time is fast.
    package func add(_ documents: [SearchDocument]) throws(SearchError) {
        guard index.isRebuilding(file) else { throw .rebuildEnded }
        try StorageFailure.mapped { try file.write(documents.map { .upsert($0) }, upTo: nil) }
    }

    /// Replaces the old index; its `appliedIndex` is then `applied`, the place in the log where the documents were
    /// read. What the old index took beyond it has to be applied again.
    package func finish(at applied: UInt64) throws(SearchError) {
        try index.replace(with: file, at: applied)
    }
}
