package import Models
import NIOPosix
package import Registry
import Replication
import Storage

/// How fresh an answer must be (design.md, invariant 7).
package enum Consistency: Hashable, Sendable {
    /// At least as new as this index, which the client has seen. The default, with 0 for a new client.
    case session(atLeast: UInt64)
    /// At least as new as every write acknowledged anywhere before the request.
    case linearizable
    /// Whatever this node has.
    case stale
}

/// An answer and how fresh it is.
package struct Answer<Value: Sendable>: Sendable {
    /// What was asked for.
    package let value: Value
    /// The index the answer was read at.
    package let appliedIndex: UInt64
    /// Whether this node knows of no leader: newer writes may exist elsewhere.
    package let isStale: Bool

    /// An answer read at `appliedIndex`.
    package init(value: Value, appliedIndex: UInt64, isStale: Bool) {
        self.value = value
        self.appliedIndex = appliedIndex
        self.isStale = isStale
    }

    /// Another value, as fresh as this one.
    package func map<Other: Sendable>(_ transform: (Value) throws -> Other) rethrows -> Answer<Other> {
        Answer<Other>(value: try transform(value), appliedIndex: appliedIndex, isStale: isStale)
    }
}

extension RegistryService {
    /// Reads the catalog at one moment, no older than `consistency` allows.
    /// - Parameter viewer: whose catalog; nil for the node's own, which has everything.
    package func read<Value: Sendable>(
        _ consistency: Consistency, for viewer: Principal? = nil, _ body: (Catalog) throws -> Value
    ) async throws(ServiceError) -> Answer<Value> {
        try await becomeFresh(consistency)
        do {
            let catalog = Catalog(try parts.store.snapshot(), seenBy: viewer)
            let value = try body(catalog)
            return Answer(
                value: value, appliedIndex: try catalog.applied().index, isStale: parts.replica.status.leader == nil)
        } catch let error as ServiceError {
            throw error
        } catch let error as StorageError {
            throw ServiceError(error)
        } catch let error as InvalidName {
            throw .invalidName(error)
        } catch {
            throw .nodeUnavailable("\(error)")
        }
    }

    /// Reads much of the catalog at one moment, on the disk's threads.
    package func survey<Value: Sendable>(
        _ consistency: Consistency, for viewer: Principal? = nil, _ body: @escaping @Sendable (Catalog) throws -> Value
    ) async throws(ServiceError) -> Answer<Value> { try await survey(consistency, viewer, on: parts.threads, body) }

    /// The same for what may take seconds: it waits for searches, and nothing else waits for it.
    package func search<Value: Sendable>(
        _ consistency: Consistency, for viewer: Principal, _ body: @escaping @Sendable (Catalog) throws -> Value
    ) async throws(ServiceError) -> Answer<Value> {
        try await survey(consistency, viewer, on: parts.searchThreads, body)
    }

    private func survey<Value: Sendable>(
        _ consistency: Consistency, _ viewer: Principal?, on threads: NIOThreadPool,
        _ body: @escaping @Sendable (Catalog) throws -> Value
    ) async throws(ServiceError) -> Answer<Value> {
        try await becomeFresh(consistency)
        let store = parts.store
        do {
            let (value, index) = try await threads.runIfActive {
                let catalog = Catalog(try store.snapshot(), seenBy: viewer)
                return (try body(catalog), try catalog.applied().index)
            }
            return Answer(value: value, appliedIndex: index, isStale: parts.replica.status.leader == nil)
        } catch let error as ServiceError {
            throw error
        } catch let error as StorageError {
            throw ServiceError(error)
        } catch {
            throw .nodeUnavailable("this node is stopping")
        }
    }

    /// Waits until the state is as new as `consistency` asks; gives what asks for no more than that.
    package func freshened(_ consistency: Consistency) async throws(ServiceError) -> Consistency {
        try await becomeFresh(consistency)
        return consistency == .linearizable ? .session(atLeast: parts.replica.status.appliedIndex) : consistency
    }

    func becomeFresh(_ consistency: Consistency) async throws(ServiceError) {
        if case .stopped(let reason) = parts.replica.health { throw .nodeUnavailable(reason) }
        switch consistency {
        case .stale: return
        case .linearizable:
            guard await parts.replica.waitForLinearizableState(patience: Self.readPatience) else { throw .noLeader }
        case .session(let index):
            guard index > parts.replica.status.appliedIndex else { return }
            guard await parts.replica.waitUntilApplied(index, patience: Self.readPatience) else {
                throw .nodeUnavailable(
                    "this node has not caught up with index \(index), which you have seen. "
                        + "Ask another node, or ask for stale answers")
            }
        }
    }
}

extension Catalog {
    /// The version that `selector` names, with its aliases; throws `ServiceError.notFound` naming what is missing.
    package func describe(_ project: ProjectName, _ model: ModelName, _ selector: VersionSelector) throws
        -> VersionDescription
    {
        _ = try existing(project, model)
        guard let version = try resolve(project: project, model: model, selector: selector) else {
            throw ServiceError.notFound("\(project)/\(model) has no version or alias “\(selector)”")
        }
        let aliases = try aliases(project: project, model: model, naming: version.number)
        return VersionDescription(
            version: version, aliases: aliases, stage: try stage(of: VersionKey(version)),
            recalls: try recalls(of: version))
    }

    /// The version that `selector` named at `time`, with the aliases it had then; throws `ServiceError.notFound`.
    package func describe(
        _ project: ProjectName, _ model: ModelName, _ selector: VersionSelector, at time: Timestamp
    ) throws -> VersionDescription {
        _ = try existing(project, model)
        guard let version = try resolve(project: project, model: model, selector: selector, at: time) else {
            throw ServiceError.notFound("at \(time) \(project)/\(model) had no version or alias “\(selector)”")
        }
        let aliases = try aliases(project: project, model: model, naming: version.number, at: time)
        return VersionDescription(
            version: version, aliases: aliases, stage: try stage(of: VersionKey(version), at: time))
    }

    /// What is known of a version, and what is not; throws `ServiceError.notFound`.
    package func report(
        _ project: ProjectName, _ model: ModelName, _ selector: VersionSelector
    ) throws -> ComplianceReport {
        let description = try describe(project, model, selector)
        let (version, key) = (description.version, VersionKey(description.version))
        let thing = LineageThing(project: project, model: model, number: key.number)
        var facts = ComplianceReport.Facts(
            lineage: try lineage(of: thing, .up, depth: Limits.standard.lineageDepth))
        facts.stage = description.stage
        facts.moves = try stageMoves(of: key, limit: Limits.standard.pageRecords)
        facts.evaluations = try evaluations(of: key)
        facts.deployments = try deployments(project: project, model: model, version: key.number)
        facts.recalls = description.recalls ?? []
        facts.risk = try risk(of: project, model)
        return ComplianceReport(version, facts)
    }

    /// The project; throws `ServiceError.notFound`.
    package func existing(_ name: ProjectName) throws -> Project {
        guard let project = try project(name) else {
            if try sees(name), let deleted = try tombstone(of: name) {
                throw ServiceError.notFound(
                    "project “\(name)” was deleted by “\(deleted.by)” at \(deleted.at): \(deleted.reason)")
            }
            throw ServiceError.notFound(Rejection.missing(name).detail)
        }
        return project
    }

    /// The model; throws `ServiceError.notFound` naming the project or the model.
    package func existing(_ project: ProjectName, _ name: ModelName) throws -> Model {
        _ = try existing(project)
        guard let model = try model(project: project, name: name) else {
            if let deleted = try tombstone(of: project, name) {
                throw ServiceError.notFound(
                    "\(project)/\(name) was deleted by “\(deleted.by)” at \(deleted.at): \(deleted.reason)")
            }
            throw ServiceError.notFound("project “\(project)” has no model “\(name)”")
        }
        return model
    }
}
