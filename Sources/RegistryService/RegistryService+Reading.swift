package import Models
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
}

extension RegistryService {
    /// Reads the catalog at one moment, no older than `consistency` allows.
    package func read<Value: Sendable>(
        _ consistency: Consistency, _ body: (Catalog) throws -> Value
    ) async throws(ServiceError) -> Answer<Value> {
        try await becomeFresh(consistency)
        do {
            let catalog = Catalog(try parts.store.snapshot())
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

    /// The version that `selector` names.
    package func version(
        project: ProjectName, model: ModelName, selector: VersionSelector, _ consistency: Consistency
    ) async throws(ServiceError) -> Answer<VersionDescription> {
        try await read(consistency) { catalog in try catalog.describe(project, model, selector) }
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
        return VersionDescription(version: version, aliases: aliases)
    }

    /// The project; throws `ServiceError.notFound`.
    package func existing(_ name: ProjectName) throws -> Project {
        guard let project = try project(name) else {
            throw ServiceError.notFound("there is no project “\(name)”")
        }
        return project
    }

    /// The model; throws `ServiceError.notFound` naming the project or the model.
    package func existing(_ project: ProjectName, _ name: ModelName) throws -> Model {
        _ = try existing(project)
        guard let model = try model(project: project, name: name) else {
            throw ServiceError.notFound("project “\(project)” has no model “\(name)”")
        }
        return model
    }
}
