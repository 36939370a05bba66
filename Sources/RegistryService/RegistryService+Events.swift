package import Models
import Registry
import Replication
import Synchronization

/// Events from a position on.
package struct EventPage: Hashable, Sendable {
    /// The events, in order.
    package let events: [RegistryEvent]
    /// Where the next ones begin: behind everything that was looked at.
    package let position: UInt64
}

extension RegistryService {
    /// How many clients may wait for events at this node: each holds a connection.
    package static let mostEventReaders = 1_000
    /// For how long a client may wait for an event before it is told that there was none.
    package static let longestEventWait: Duration = .seconds(60)

    /// The newest position: what comes behind it has not happened yet.
    package func eventPosition(_ consistency: Consistency) async throws(ServiceError) -> UInt64 {
        try await read(consistency) { try $0.auditCount }.value
    }

    /// Events behind `position`, at most `limit`. When there are none, waits until there is one, at most for `patience`.
    /// What concerns who may do what and the cluster's nodes is told to those who may read the audit log, what concerns a
    /// project to those who see it.
    package func events(
        after position: UInt64, limit: Int, patience: Duration, for principal: Principal, _ consistency: Consistency
    ) async throws(ServiceError) -> Answer<EventPage> {
        guard eventReaders.withLock({ $0 < Self.mostEventReaders }) else { throw .overloaded }
        eventReaders.withLock { $0 += 1 }
        defer { eventReaders.withLock { $0 -= 1 } }
        let deadline = ContinuousClock.now + patience
        var (page, consistency) = (EventPage(events: [], position: position), consistency)
        while true {
            let answer = try await read(consistency, for: principal) {
                try $0.events(after: page.position, limit: limit, for: principal)
            }
            page = answer.value
            let left = ContinuousClock.now.duration(to: deadline)
            guard page.events.isEmpty, left > .zero, !Task.isCancelled else {
                return Answer(value: page, appliedIndex: answer.appliedIndex, isStale: answer.isStale)
            }
            // In turns: a node that stops, or a client that went, is noticed within one.
            _ = await parts.replica.waitUntilApplied(answer.appliedIndex + 1, patience: min(left, .seconds(1)))
            consistency = .stale
        }
    }
}

extension Catalog {
    /// The accepted commands behind an audit record, at most `limit`; refused ones are passed over, some at a time.
    fileprivate func events(after position: UInt64, limit: Int, for principal: Principal) throws -> EventPage {
        guard let cluster = try cluster()?.cluster else { return EventPage(events: [], position: position) }
        let records = try auditRecords(after: position, limit: limit)
        let seesAll = principal.role.permits(.readAudit)
        let events = try records.filter { record in
            guard record.outcome == Outcome.acceptedCode else { return false }
            if seesAll { return true }
            return try record.isOfModels && (record.project.map { try sees($0) } ?? true)
        }.map { RegistryEvent($0, cluster: cluster) }
        return EventPage(events: events, position: records.last?.sequence ?? position)
    }
}

extension AuditRecord {
    /// Whether it concerns projects and what is in them, not people and machines.
    fileprivate var isOfModels: Bool {
        ["alias.", "deployment.", "model.", "project.", "recall.", "version."].contains { action.hasPrefix($0) }
    }
}
