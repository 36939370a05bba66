import Consensus
import Logging
import Models
import Peering
import Registry
import Replication
import Storage

/// Versions go by themselves, asked for by whoever leads: by the rules of their project, and for good when their time
/// has come.
extension RegistryService {
    private static let timeBetweenPurges: Duration = .seconds(30)
    /// Rules count in days: looking at every version more often than hourly finds nothing new.
    private static let timeBetweenRules: Duration = .seconds(3_600)
    /// Milliseconds by which this node's clock may be behind the others' while it goes by rules.
    private static let mostBehind: Int64 = 300_000
    /// For how long another voter may think about what time it is.
    private static let clockPatience: Duration = .seconds(2)

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
            guard let time = await agreedTime() else {
                parts.logger.debug("too few voters tell the time: no version is deleted or purged by it now")
                continue
            }
            do throws(ServiceError) {
                // The log purges nothing whose time is not over by this node's clock, too.
                while try await purgeSome(at: min(time, now)) {}
                // Their days of grace count from it.
                guard now.milliseconds > time.milliseconds - Self.mostBehind else {
                    parts.logger.warning(
                        "this node's clock is behind those of most voters: it leads, and goes by no rules")
                    continue
                }
                for (project, policy) in try policies() {
                    if let last = followed[project], last.policy == policy,
                        last.at.duration(to: .now) < Self.timeBetweenRules
                    {
                        continue
                    }
                    try await follow(policy, in: project, at: time)
                    followed[project] = (policy, .now)
                }
            } catch {
                parts.logger.warning("versions cannot be deleted and purged now: \(error)")
            }
        }
    }

    /// Purges what is due in one project; whether there was anything.
    private func purgeSome(at time: Timestamp) async throws(ServiceError) -> Bool {
        let due = try reading { catalog throws(StorageError) in try catalog.versionsToPurge(at: time) }
        guard let due else { return false }
        _ = try await execute(
            .retention(.purge(due.project, due.versions)), as: Principal(name: .peerage, role: .administrator), key: nil
        )
        parts.logger.notice("\(due.versions.count) deleted versions of project “\(due.project)” were purged")
        return true
    }

    /// The time that the clocks of most voters have reached: one that is wrong, be it this node's, brings no version nearer
    /// to its end. Nil where most of them are not heard.
    private func agreedTime() async -> Timestamp? {
        let voters = parts.replica.membership.voters.map(\.rawValue)
        let clocks = await withTaskGroup(of: Timestamp?.self) { group in
            for voter in voters {
                group.addTask {
                    guard voter != self.parts.member else { return self.now }
                    // Probe: who does not tell is not counted.
                    return try? await self.parts.peers.clock(of: voter, deadline: Self.clockPatience)
                }
            }
            return await group.reduce(into: [Timestamp]()) { clocks, clock in if let clock { clocks.append(clock) } }
        }
        let majority = voters.count / 2 + 1
        return clocks.count < majority ? nil : clocks.sorted { $0 > $1 }[majority - 1]
    }

    private func policies() throws(ServiceError) -> [(ProjectName, RetentionPolicy)] {
        try reading { catalog throws(StorageError) in try catalog.retentionPolicies() }
    }

    /// Deletes what the rules of a project say. What came to be used meanwhile is refused by the log, and stays.
    private func follow(
        _ policy: RetentionPolicy, in project: ProjectName, at time: Timestamp
    ) async throws(ServiceError) {
        var (after, deleted): (ModelName?, Int) = (nil, 0)
        while true {
            let last = after
            let (next, decisions) = try await survey(.stale) { catalog in
                guard let model = try catalog.models(in: project, after: last, limit: 1).first else {
                    return (ModelName?.none, [(RetentionDecision, moves: UInt64)]())
                }
                let decisions = try catalog.decisions(of: policy, project: project, model: model.name, at: time)
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
