import Consensus
import Logging
import Models
import Registry
import Replication
import Storage

/// Versions go by themselves, asked for by whoever leads: by the rules of their project, and for good when their time
/// has come.
extension RegistryService {
    private static let timeBetweenPurges: Duration = .seconds(30)
    /// Rules count in days: looking at every version more often than hourly finds nothing new.
    private static let timeBetweenRules: Duration = .seconds(3_600)

    /// Asks for deletions and purges that are due, now and then, while this node leads. Runs until its task is
    /// cancelled.
    package func purge() async {
        /// When the rules of a project were last gone by, and which.
        var followed: [ProjectName: (policy: RetentionPolicy, at: ContinuousClock.Instant)] = [:]
        while !Task.isCancelled {
            do { try await Task.sleep(for: Self.timeBetweenPurges) } catch { return }
            guard parts.replica.status.role == .leader else {
                followed = [:]
                continue
            }
            do throws(ServiceError) {
                while try await purgeSome() {}
                for (project, policy) in try policies() {
                    if let last = followed[project], last.policy == policy,
                        last.at.duration(to: .now) < Self.timeBetweenRules
                    {
                        continue
                    }
                    try await follow(policy, in: project)
                    followed[project] = (policy, .now)
                }
            } catch {
                parts.logger.warning("versions cannot be deleted and purged now: \(error)")
            }
        }
    }

    /// Purges what is due in one project; whether there was anything.
    private func purgeSome() async throws(ServiceError) -> Bool {
        let now = now
        let due = try reading { catalog throws(StorageError) in
            try catalog.versionsToPurge(at: now)
        }
        guard let due else { return false }
        _ = try await execute(
            .retention(.purge(due.project, due.versions)), as: Principal(name: .peerage, role: .administrator), key: nil
        )
        parts.logger.notice("\(due.versions.count) deleted versions of project “\(due.project)” were purged")
        return true
    }

    private func policies() throws(ServiceError) -> [(ProjectName, RetentionPolicy)] {
        try reading { catalog throws(StorageError) in try catalog.retentionPolicies() }
    }

    /// Deletes what the rules of a project say. What came to be used meanwhile is refused by the log, and stays.
    private func follow(_ policy: RetentionPolicy, in project: ProjectName) async throws(ServiceError) {
        var (after, deleted): (ModelName?, Int) = (nil, 0)
        while true {
            let (last, now) = (after, now)
            let (next, decisions) = try await survey(.stale) { catalog in
                guard let model = try catalog.models(in: project, after: last, limit: 1).first else {
                    return (ModelName?.none, [(RetentionDecision, moves: UInt64)]())
                }
                let decisions = try catalog.decisions(of: policy, project: project, model: model.name, at: now)
                return (
                    model.name,
                    try decisions.filter(\.deletes).map { decision in
                        let key = VersionKey(project: project, model: decision.model, number: decision.version)
                        return (decision, moves: try catalog.stage(of: key)?.moves ?? 0)
                    }
                )
            }.value
            guard let next else { break }
            for (decision, moves) in decisions {
                let key = VersionKey(project: project, model: decision.model, number: decision.version)
                do throws(ServiceError) {
                    _ = try await execute(
                        .retention(
                            .deleteByRule(
                                key, reason: "rule \(decision.reason)", graceDays: decision.graceDays ?? 30,
                                policy: Digest(of: policy.canonicalBytes), moves: moves)),
                        as: Principal(name: .peerage, role: .administrator), key: nil)
                    deleted += 1
                } catch {
                    guard case .rejected(let rejection) = error else { throw error }
                    parts.logger.notice("\(key) is not deleted by rule: \(rejection)")
                }
            }
            after = next
        }
        if deleted > 0 { parts.logger.notice("\(deleted) versions of project “\(project)” were deleted by its rules") }
    }
}
