import Synchronization

/// A node's full-text index of models, derived from the replicated log and never the truth: when its folder is deleted,
/// it is made again. Each document is a model; see `SearchDocument`.
///
/// Words are found by SQLite's FTS5; filters, counts and orders by columns in memory, which are read when the index is
/// opened and change with each commit. A search sees both as they were at one moment, with its `appliedIndex`.
///
/// All calls block, on disk and on locks: call them from threads of your own, not on the cooperative pool. Any number
/// of threads may call; writers wait for each other, and `SearchLimits.readers` searches run at a time.
package final class SearchIndex: Sendable {
    private struct State {
        /// nil when closed.
        var file: IndexFile?
        var newest: Int
        /// The file of the rebuild that may finish.
        var rebuilding: Int?
    }

    private let folder: IndexFolder
    private let limits: SearchLimits
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>

    /// Opens the index in a folder, which is made when it is missing, but not its parent. What is damaged, unfinished
    /// or of another format is discarded: the index is then empty, with an `appliedIndex` of 0.
    package init(
        directory: String, limits: SearchLimits = .standard,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) throws(SearchError) {
        let folder = try IndexFolder(directory)
        self.folder = folder
        self.limits = limits
        self.clock = clock
        let generations = try folder.generations()
        var found: IndexFile?
        for generation in generations {
            if found == nil { found = try SearchIndex.openIfUsable(generation, in: folder, limits: limits) }
            if found?.generation != generation { folder.remove(generation) }
        }
        let newest = generations.first ?? 0
        let file: IndexFile
        if let found { file = found } else { file = try SearchIndex.makeEmpty(newest + 1, in: folder, limits: limits) }
        state = Mutex(State(file: file, newest: max(newest, file.generation)))
    }

    /// How far in the log the index is; 0 when it is empty and needs a rebuild.
    package var appliedIndex: UInt64 {
        get throws(SearchError) { try file().applied }
    }

    /// Models in the index.
    package var count: Int {
        get throws(SearchError) { try file().count }
    }

    /// Applies the changes of log entries up to `index` in one transaction, or none of them. A batch of many is much
    /// cheaper than many of one. Applying the same changes again does no harm.
    package func apply(_ changes: [SearchChange], upTo index: UInt64) throws(SearchError) {
        let file = try file()
        let applied = file.applied
        guard index >= applied else { throw .outOfOrder(applied: applied, given: index) }
        try StorageFailure.mapped { try file.write(changes, upTo: index) }
    }

    /// Begins a new file that replaces this one when it is finished; until then this one answers and takes changes. A
    /// rebuild begun before ends here.
    package func beginRebuild() throws(SearchError) -> SearchRebuild {
        let generation = try state.withLock { state throws(SearchError) -> Int in
            guard state.file != nil else { throw .closed }
            state.newest += 1
            state.rebuilding = state.newest
            return state.newest
        }
        let file = try StorageFailure.mapped {
            try IndexFile.create(generation, in: folder, limits: limits)
        }
        // Until it is finished, it goes when nobody holds it.
        file.retire()
        return SearchRebuild(file, of: self)
    }

    /// Answers a request. Throws `SearchError` of the kinds `request`, `cursor`, `tooExpensive` and of storage.
    package func search(_ request: SearchRequest) throws(SearchError) -> SearchAnswer {
        let file = try file()
        let budget = budget(request.duration)
        return try StorageFailure.mapped {
            try file.read { database, snapshot in
                let run = try SearchRun(
                    request, in: TextIndex(database, file, snapshot, limits: limits), budget: budget)
                return try run.answer()
            }
        }
    }

    /// Models of the scope that are like the given one, the most similar first, at most `limit`. Throws
    /// `SearchError.unknownModel` also when the given one is not in the scope.
    package func similar(
        to id: SearchDocument.ID, scope: SearchScope, limit: Int = 10
    ) throws(SearchError) -> [SimilarModel] {
        let file = try file()
        let budget = budget(nil)
        return try StorageFailure.mapped {
            try file.read { database, snapshot in
                let run = SimilarRun(in: TextIndex(database, file, snapshot, limits: limits), budget: budget)
                return try run.models(like: id, scope: scope, limit: limit)
            }
        }
    }

    /// Closes the file. Calls that come later throw `closed`; those under way end first.
    package func close() throws(SearchError) {
        let file = state.withLock { state in
            defer { state.file = nil }
            state.rebuilding = nil
            return state.file
        }
        guard let file else { return }
        try StorageFailure.mapped { try file.close() }
    }

    func isRebuilding(_ file: IndexFile) -> Bool { state.withLock { $0.rebuilding == file.generation } }

    /// Puts a finished rebuild in the place of the old file, which goes when the last search in it has ended.
    func replace(with file: IndexFile, at index: UInt64) throws(SearchError) {
        guard isRebuilding(file) else { throw .rebuildEnded }
        try StorageFailure.mapped { try file.complete(at: index) }
        let old = try state.withLock { state throws(SearchError) -> IndexFile? in
            guard state.rebuilding == file.generation else { throw .rebuildEnded }
            file.keep()
            state.rebuilding = nil
            defer { state.file = file }
            return state.file
        }
        old?.retire()
    }

    private func file() throws(SearchError) -> IndexFile {
        guard let file = state.withLock({ $0.file }) else { throw .closed }
        return file
    }

    private func budget(_ duration: Duration?) -> QueryBudget {
        let duration = min(duration ?? limits.duration, limits.duration)
        return QueryBudget(rows: limits.visitedRows, deadline: clock() + duration, allowed: duration, clock: clock)
    }

    private static func openIfUsable(
        _ generation: Int, in folder: IndexFolder, limits: SearchLimits
    ) throws(SearchError) -> IndexFile? {
        do {
            return try StorageFailure.mapped { try IndexFile.open(generation, in: folder, limits: limits) }
        } catch  where StorageFailure.isDamage(error) {
            return nil
        }
    }

    private static func makeEmpty(
        _ generation: Int, in folder: IndexFolder, limits: SearchLimits
    ) throws(SearchError) -> IndexFile {
        try StorageFailure.mapped {
            let file = try IndexFile.create(generation, in: folder, limits: limits)
            try file.complete(at: 0)
            return file
        }
    }
}
