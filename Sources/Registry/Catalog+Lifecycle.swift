package import Models
package import Storage

/// An approval, and whether it counts.
package struct ApprovalState: Hashable, Sendable {
    /// The approval.
    package let approval: Approval
    /// Why it does not count any more; nil when it does.
    package let objection: String?

    /// Whether it counts.
    package var counts: Bool { objection == nil }
}

extension Catalog {
    /// The lifecycle of a project's versions.
    package func lifecycle(of project: ProjectName) throws(StorageError) -> Lifecycle {
        try reader.record(.lifecycle(project)) ?? .standard
    }

    /// Where a version stands, once it was moved; until then it is in the first stage.
    package func stage(of version: VersionKey) throws(StorageError) -> VersionStage? {
        try reader.record(.stage(version))
    }

    /// Where a version stood at `time`: by its last move of then or before.
    package func stage(of version: VersionKey, at time: Timestamp) throws(StorageError) -> VersionStage? {
        guard let now = try stage(of: version) else { return nil }
        if now.since <= time { return now }
        var number = now.moves
        while number > 0 {
            if let move: StageMove = try reader.record(.stageMove(version, number)), move.at <= time {
                return VersionStage(
                    stage: move.to, since: move.at, by: move.by, reason: move.reason, successor: nil,
                    effectiveAt: nil, moves: number)
            }
            number -= 1
        }
        return nil
    }

    /// The moves of a version, oldest first.
    package func stageMoves(of version: VersionKey, limit: Int) throws(StorageError) -> [StageMove] {
        try reader.records(StateKey.Listing.stageMoves(version).range(), limit: limit)
    }

    /// What was measured of a version after its registration, oldest first.
    package func evaluations(of version: VersionKey) throws(StorageError) -> [Evaluation] {
        try reader.records(
            StateKey.Listing.evaluations(version).range(), limit: Int(Limits.standard.evaluations))
    }

    /// What was measured of a version: at its registration, and after it, the newest last.
    package func metrics(of version: Version) throws(StorageError) -> [Metric] {
        return Metric.all(in: version.metadata) + (try evaluations(of: VersionKey(version))).flatMap(\.metrics)
    }

    /// The approvals of a version, and whether each counts at a time.
    /// - Parameter to: where the version shall go; nil for anywhere.
    package func approvals(
        of version: VersionKey, to stage: StageName? = nil, at time: Timestamp
    ) throws(StorageError) -> [ApprovalState] {
        let listing = stage.map { StateKey.Listing.approvals(version, $0) } ?? StateKey.Listing.approvals(version)
        let found: [Approval] = try reader.records(listing.range(), limit: Limits.standard.pageRecords)
        guard !found.isEmpty else { return [] }
        let (moves, lifecycle) = (try self.stage(of: version)?.moves ?? 0, try lifecycle(of: version.project))
        let author = try self.version(project: version.project, model: version.model, number: version.number)?.createdBy
        var states: [ApprovalState] = []
        for approval in found {
            var objection = try objection(to: approval, of: version, moves: moves, at: time)
            let way = lifecycle.transition(from: approval.from, to: approval.to)
            if objection == nil, approval.by == author, way?.authorMayApprove != true {
                objection = "“\(approval.by)” registered it, and somebody else has to approve it"
            }
            states.append(ApprovalState(approval: approval, objection: objection))
        }
        return states
    }

    /// Every approval of a version that was not withdrawn, whether it counts or not.
    func allApprovals(of version: VersionKey) throws(StorageError) -> [Approval] {
        var all: [Approval] = []
        let range = StateKey.Listing.approvals(version).range()
        try reader.forEachRecord(in: range, page: Limits.standard.pageRecords) { (record) throws(StorageError) in
            all.append(try decode(record.value, at: record.key))
            return true
        }
        return all
    }

    private func objection(
        to approval: Approval, of version: VersionKey, moves: UInt64, at time: Timestamp
    ) throws(StorageError) -> String? {
        if approval.moves != moves { return "the version has moved since" }
        if approval.expiresAt <= time { return "it expired" }
        guard let principal = try principal(approval.by), principal.removedAt == nil else {
            return "“\(approval.by)” was removed"
        }
        guard try role(of: principal, in: version.project)?.permits(.decide) ?? false else {
            return "“\(approval.by)” may not approve any more"
        }
        return nil
    }

    /// Who uses a version, so that it cannot be taken out of use, and what to do; nil when nobody does.
    func objection(toLosing key: VersionKey) throws(StorageError) -> String? {
        let aliases = try aliases(project: key.project, model: key.model, naming: key.number).filter { $0 != .main }
        if !aliases.isEmpty {
            let names = aliases.prefix(5).map { "@\($0)" }.joined(separator: ", ")
            return "is named by \(names); move those aliases first"
        }
        let places = try deployments(project: key.project, model: key.model, version: key.number)
        if !places.isEmpty {
            let names = places.prefix(5).map { "“\($0.name)”" }.joined(separator: ", ")
            return "serves at \(names); end those deployments first"
        }
        let most = Limits.standard.lineageNodes
        let children = try versions(madeOf: key, limit: most + 1)
        for other in children {
            guard try stage(of: other)?.stage.text == "production",
                try version(project: other.project, model: other.model, number: other.number) != nil
            else { continue }
            let name = try sees(other.project) ? "\(other)" : "a version that you do not see"
            return "is what \(name), which is in production, is made of; take that out of use first"
        }
        return children.count > most
            ? "is what more than \(most) versions are made of, too many to see whether one is in production" : nil
    }

    /// Whether a version of a model was moved to a stage, and is there.
    package func hasVersion(
        of model: ModelName, in project: ProjectName, at stage: StageName
    ) throws(StorageError) -> Bool { try newest(of: ModelKey(project, model), in: stage) != nil }

    /// The number of a model's newest version in a stage that it was moved to; nil when there is none.
    func newest(of model: ModelKey, in stage: StageName) throws(StorageError) -> UInt64? {
        let range = StateKey.Listing.members(model, stage).range()
        let newest: [CountRecord] = try reader.records(range, limit: 1, reversed: true)
        return newest.first?.count
    }
}
