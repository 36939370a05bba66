package import Models
import Registry
import Replication
import Storage
package import Search
import Synchronization

extension RegistryService {
    /// How long a search waits for the index to know what its client has seen.
    private static let indexPatience: Duration = .seconds(2)

    /// Models that a text finds, with counts of what they have.
    package func search(
        _ text: String, facets: [String], sort: SearchSort, limit: Int, cursor: String?, for principal: Principal,
        _ consistency: Consistency
    ) async throws(ServiceError) -> SearchResults {
        let index = try await freshIndex(consistency)
        let now = now.milliseconds
        return try await answering(for: principal) { (scope) throws(SearchError) in
            var request = SearchRequest(try SearchQuery(parsing: text), scope: scope, now: now)
            request.facets = facets
            request.sort = sort
            request.limit = limit
            request.cursor = cursor
            return SearchResults(try index.search(request))
        }
    }

    /// Models like another one, the most similar first.
    package func models(
        like model: ModelName, in project: ProjectName, limit: Int, for principal: Principal, _ consistency: Consistency
    ) async throws(ServiceError) -> [SimilarModelDescription] {
        _ = try await read(consistency, for: principal) { try $0.existing(project, model) }
        let index = try await freshIndex(consistency)
        return try await answering(for: principal) { (scope) throws(SearchError) in
            try index.similar(to: .init(project: project.text, model: model.text), scope: scope, limit: limit)
                .compactMap { SimilarModelDescription($0) }
        }
    }

    /// The projects whose models `principal` sees.
    private func scope(of principal: Principal) throws(ServiceError) -> SearchScope {
        let unseen = try reading(for: principal) { catalog throws(StorageError) in try catalog.unseenProjects() }
        return unseen.isEmpty ? .all : .allBut(Set(unseen.map(\.text)))
    }

    /// The index, as far as it should be; an answer says how far it is.
    private func freshIndex(_ consistency: Consistency) async throws(ServiceError) -> SearchIndex {
        try await becomeFresh(consistency)
        guard let index = searchIndex.withLock({ $0 }) else {
            throw .nodeUnavailable("the search index of this node is not open yet. Try again, or ask another node")
        }
        let wanted: UInt64 =
            switch consistency {
            case .stale: 0
            case .session(let seen): seen
            case .linearizable: parts.replica.status.appliedIndex
            }
        let deadline = ContinuousClock.now + Self.indexPatience
        do {
            while try index.appliedIndex < wanted, .now < deadline { try await Task.sleep(for: .milliseconds(5)) }
        } catch {
            throw .nodeUnavailable("the search index cannot be read: \(error)")
        }
        return index
    }

    /// Searches what `principal` sees. The index is of another moment than the catalog: when that came to show something
    /// else meanwhile, again.
    private func answering<Value: Sendable>(
        for principal: Principal, _ body: @escaping @Sendable (SearchScope) throws(SearchError) -> Value
    ) async throws(ServiceError) -> Value {
        for _ in 0..<5 {
            let scope = try scope(of: principal)
            let answer = try await answering { () throws(SearchError) in try body(scope) }
            if try self.scope(of: principal) == scope { return answer }
        }
        throw .overloaded
    }

    func answering<Value: Sendable>(
        _ body: @escaping @Sendable () throws(SearchError) -> Value
    ) async throws(ServiceError) -> Value {
        do { return try await onIndexThread(body) } catch let error as SearchError {
            switch error {
            case .query, .request, .cursor, .tooExpensive: throw .invalidRequest(error.description)
            case .unknownModel: throw .notFound(error.description)
            case .damaged:
                isSearchIndexDamaged.withLock { $0 = true }
                throw .nodeUnavailable("the search index of this node is damaged, and made anew. Ask another node")
            case .outOfOrder, .rebuildEnded, .closed, .storage: throw .nodeUnavailable(error.description)
            }
        } catch {
            throw .nodeUnavailable("this node is stopping")
        }
    }
}

extension SearchResults {
    fileprivate init(_ answer: SearchAnswer) {
        self.init(
            hits: answer.hits.compactMap { Hit($0) }, total: answer.total.count,
            isLowerBound: answer.total.isLowerBound,
            facets: answer.facets.map { facet in
                Facet(
                    name: facet.name, values: facet.values.map { .init(value: $0.value, count: $0.count) },
                    distinct: facet.distinct)
            }, corrected: Dictionary(answer.corrected.map { ($0.written, $0.taken) }) { $1 }, next: answer.next,
            index: answer.appliedIndex)
    }
}

extension SearchResults.Hit {
    fileprivate init?(_ hit: SearchAnswer.Hit) {
        // Probe: the index has only names that were checked.
        guard let project = try? ProjectName(hit.id.project), let model = try? ModelName(hit.id.model) else {
            return nil
        }
        self.init(
            project: project, model: model, latestVersion: hit.latestVersion,
            snippet: hit.snippet.marked("**", "**"), updatedAt: Timestamp(milliseconds: hit.updatedAt))
    }
}

extension SimilarModelDescription {
    fileprivate init?(_ model: SimilarModel) {
        // Probe: the index has only names that were checked.
        guard let project = try? ProjectName(model.id.project), let name = try? ModelName(model.id.model) else {
            return nil
        }
        self.init(project: project, model: name, reasons: model.reasons.map(\.text))
    }
}

extension SimilarModel.Reason {
    fileprivate var text: String {
        switch self {
        case .derived(let id): "one is made of the other: \(id)"
        case .baseModel(let names): "same base model: \(names.joined(separator: ", "))"
        case .datasets(let names): "same data: \(names.joined(separator: ", "))"
        case .task(let names): "same task: \(names.joined(separator: ", "))"
        case .architecture(let names): "same architecture: \(names.joined(separator: ", "))"
        case .text(let words): "similar text: \(words.joined(separator: ", "))"
        }
    }
}
