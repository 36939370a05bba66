import Logging
import ModelCards
import Models
import NIOPosix
import Registry
import Replication
import Search
import Storage
import Synchronization

/// The node's search index follows the log: each audit record of an accepted command names the model that changed, and
/// that model is read anew. What is lost or damaged is made again from the state.
extension RegistryService {
    /// Keeps the index at `directory` behind the log. Runs until its task is cancelled.
    package func index(at directory: String) async {
        while !Task.isCancelled {
            do {
                let index = try await openIndex(directory)
                searchIndex.withLock { $0 = index }
                try await follow(index)
            } catch is CancellationError {
                break
            } catch {
                if case .damaged = error as? SearchError { isSearchIndexDamaged.withLock { $0 = true } }
                parts.logger.warning("the search index is behind, and is tried again: \(error)")
            }
            do { try await Task.sleep(for: Self.pauseBeforeIndexing) } catch { break }
        }
        let index = searchIndex.withLock { index in
            defer { index = nil }
            return index
        }
        do { try index?.close() } catch { parts.logger.warning("the search index was not closed: \(error)") }
    }

    private static let pauseBeforeIndexing: Duration = .seconds(5)
    /// Waiting goes in turns: a node that stops is noticed within one.
    private static let turn: Duration = .seconds(1)
    /// Models that are indexed in one transaction, and audit records that are looked at in one step.
    private static let indexedAtATime = 500

    private func openIndex(_ directory: String) async throws -> SearchIndex {
        if let index = searchIndex.withLock({ $0 }) { return index }
        return try await onIndexThread { () throws(SearchError) in try SearchIndex(directory: directory) }
    }

    private func follow(_ index: SearchIndex) async throws {
        var applied = try index.appliedIndex
        if applied == 0 { applied = try await rebuild(index) }
        while true {
            try Task.checkCancellation()
            if isSearchIndexDamaged.withLock({ $0 }) {
                applied = try await rebuild(index)
                isSearchIndexDamaged.withLock { $0 = false }
            }
            let catalog = Catalog(try parts.store.snapshot())
            let now = try catalog.applied().index
            guard now > applied else {
                if now < applied { applied = try await rebuild(index) }
                _ = await parts.replica.waitUntilApplied(applied + 1, patience: Self.turn)
                continue
            }
            let records = try catalog.auditRecords(behindIndex: applied, limit: Self.indexedAtATime)
            let changed = Set(records.filter { $0.outcome == Outcome.acceptedCode }.compactMap(\.model))
            var changes: [SearchChange] = []
            for model in changed {
                if let document = try await document(model, in: catalog) {
                    changes.append(.upsert(document))
                } else {
                    changes.append(.remove(.init(project: model.project.text, model: model.name.text)))
                }
            }
            let reached = records.count < Self.indexedAtATime ? now : records.last?.index ?? now
            let batch = changes
            try await onIndexThread { () throws(SearchError) in try index.apply(batch, upTo: reached) }
            applied = reached
        }
    }

    private func rebuild(_ index: SearchIndex) async throws -> UInt64 {
        let catalog = Catalog(try parts.store.snapshot())
        let applied = try catalog.applied().index
        guard applied > 0 else {
            _ = await parts.replica.waitUntilApplied(1, patience: Self.turn)
            return 0
        }
        let rebuild = try await onIndexThread { () throws(SearchError) in try index.beginRebuild() }
        var (documents, count) = ([SearchDocument](), 0)
        for project in try catalog.allProjects() {
            for model in try catalog.allModels(in: project.name) {
                try Task.checkCancellation()
                if let document = try await document(ChangedModel(project.name, model.name), in: catalog) {
                    documents.append(document)
                }
                guard documents.count >= Self.indexedAtATime else { continue }
                count += documents.count
                let batch = documents
                try await onIndexThread { () throws(SearchError) in try rebuild.add(batch) }
                documents = []
            }
        }
        let (batch, total) = (documents, count + documents.count)
        try await onIndexThread { () throws(SearchError) in
            try rebuild.add(batch)
            try rebuild.finish(at: applied)
        }
        parts.logger.notice("the search index was made anew of \(total) models")
        return applied
    }

    private func document(_ model: ChangedModel, in catalog: Catalog) async throws -> SearchDocument? {
        let card = await card(of: model, in: catalog)
        return try catalog.searchDocument(model.project, model.name, card: card)
    }

    /// A model's card, the README.md of its newest version, as far as an index takes it. A node that cannot get at it does
    /// without.
    private func card(of model: ChangedModel, in catalog: Catalog) async -> ModelCard? {
        do {
            guard let version = try catalog.newestVersion(project: model.project, model: model.name),
                let file = version.card
            else { return nil }
            let bytes = try await cardBytes(file, of: model.project)
            do { return try ModelCard(reading: bytes) } catch {
                parts.logger.debug("\(model.project)/\(model.name) is indexed without its front matter: \(error)")
                return ModelCard(readingBodyOf: bytes)
            }
        } catch {
            parts.logger.debug("\(model.project)/\(model.name) is indexed without its card: \(error)")
            return nil
        }
    }

    /// Runs `body` where it may block.
    func onIndexThread<Value: Sendable>(
        _ body: @escaping @Sendable () throws(SearchError) -> Value
    ) async throws -> Value {
        try await parts.searchThreads.runIfActive { try body() }
    }
}

/// A model that an audit record names.
struct ChangedModel: Hashable {
    let project: ProjectName
    let name: ModelName

    init(_ project: ProjectName, _ name: ModelName) {
        self.project = project
        self.name = name
    }
}

extension AuditRecord {
    /// The model that a command changed; nil when it changed none.
    fileprivate var model: ChangedModel? {
        guard ["alias.", "deployment.", "model.", "version."].contains(where: { action.hasPrefix($0) }),
            let slash = object.firstIndex(of: "/")
        else { return nil }
        let rest = object[object.index(after: slash)...].prefix { !":@ /".contains($0) }
        // Probe: what is no name is no model.
        guard let project = try? ProjectName(String(object[..<slash])), let name = try? ModelName(String(rest)) else {
            return nil
        }
        return ChangedModel(project, name)
    }
}
