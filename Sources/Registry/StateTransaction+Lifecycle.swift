import Models
import Storage

extension StateTransaction {
    /// Moves versions through the stages of their project.
    mutating func carryOut(_ command: LifecycleCommand, _ header: CommandHeader) throws(StorageError) -> Effect {
        switch command {
        case .setLifecycle(let project, let lifecycle): return try set(lifecycle, of: project, header)
        case .move(let move): return try self.move(move, header)
        case .approve(let version, let digest, let stage, let reason, let expiresAt):
            return try approve(version, digest, to: stage, reason: reason, expiresAt: expiresAt, header)
        case .withdrawApproval(let version, let stage): return try withdraw(version, stage, header)
        case .evaluate(let version, let metrics, let evidence, let note):
            return try evaluate(version, metrics, evidence, note, header)
        }
    }

    private mutating func set(
        _ lifecycle: Lifecycle?, of name: ProjectName, _ header: CommandHeader
    ) throws(StorageError) -> Effect {
        guard var project: Project = try record(.project(name)) else { return .refused(.missing(name)) }
        let (old, new) = (try self.lifecycle(of: name), lifecycle ?? .standard)
        if let problem = new.problem { return .refused(.invalid, problem) }
        guard old.stages[0].name == new.stages[0].name else {
            return .refused(
                .conflict,
                "versions begin in “\(old.stages[0].name)”; a lifecycle that begins elsewhere would move all that are there"
            )
        }
        for stage in old.stages where new.stage(stage.name) == nil {
            let count = try record(.stageCount(name, stage.name), as: CountRecord.self)?.count ?? 0
            guard count == 0 else {
                return .refused(
                    .conflict,
                    "\(count) versions are in the stage “\(stage.name)”, which would be no more; move them first")
            }
        }
        // What serves nobody has no alias but `main`: versions that are there may have some. The first always serves.
        for stage in old.stages where stage.serves && new.stage(stage.name)?.serves == false {
            let count = try record(.stageCount(name, stage.name), as: CountRecord.self)?.count ?? 0
            guard count == 0 else {
                return .refused(
                    .conflict,
                    "versions are in the stage “\(stage.name)”, which would not serve any more; move them first")
            }
        }
        let hasMoved = old.archives != new.archives
        if hasMoved {
            let moved = new.archives.filter { old.archives[$0.key] != $0.value }
            if let refusal = try refusal(ofMoving: moved, of: project, header) { return .refused(refusal) }
            project.sitesSince = appliedIndex
            try put(project, at: .project(name))
        }
        if let lifecycle { try put(lifecycle, at: .lifecycle(name)) } else { try delete(.lifecycle(name)) }
        return .accepted(.none, [.projectChanged(name, hasMoved: hasMoved)])
    }

    /// Where bytes are is the cluster's matter.
    private mutating func refusal(
        ofMoving archives: [StageName: [SiteName]], of project: Project, _ header: CommandHeader
    ) throws(StorageError) -> Rejection? {
        guard try livingPrincipal(header.principal)?.role == .administrator else {
            return Rejection(.forbidden, "where stages keep bytes is said by administrators of the cluster; ask one")
        }
        for (stage, sites) in archives.sorted(by: { $0.key.text < $1.key.text }) {
            if let refusal = try refusal(ofArchiving: stage, at: sites) { return refusal }
        }
        return Self.refusal(ofArchives: archives, keptAt: project.sites)
    }

    private mutating func move(_ move: LifecycleCommand.Move, _ header: CommandHeader) throws(StorageError) -> Effect {
        if isTooLong(move.reason) { return .refused(.tooLong("reason")) }
        let key = move.version
        guard let version: Version = try record(.version(key.modelKey, key.number)) else {
            return .refused(.missing(key.modelKey, key.number))
        }
        let lifecycle = try self.lifecycle(of: key.project)
        let standing: VersionStage? = try record(.stage(key))
        let from = standing?.stage ?? lifecycle.stages[0].name
        if let expected = move.expected, expected != from {
            return .refused(.conflict, "\(key) is in “\(from)”, not in “\(expected)”; read it again")
        }
        let risk: RiskAssessment? = try record(.risk(key.modelKey))
        guard let way = lifecycle.transition(from: from, to: move.to)?.asked(of: risk?.tier),
            let stage = lifecycle.stage(move.to)
        else { return .refused(lifecycle.refusal(ofLeading: key, from: from, to: move.to)) }
        if let risk, risk.tier == .prohibited, stage.serves {
            return .refused(.conflict, "\(key.modelKey) is prohibited since \(risk.at): \(risk.reason)")
        }
        if let refusal = try refusal(of: header.principal, taking: way, in: key.project) { return .refused(refusal) }
        if let refusal = try refusal(ofSuccessor: move.successor, of: key, by: header.principal) {
            return .refused(refusal)
        }
        if let refusal = try refusal(of: move.check, before: move.to, in: key.project) { return .refused(refusal) }
        if let refusal = try refusal(ofPassing: version, through: way) { return .refused(refusal) }
        if !stage.serves, let refusal = try refusal(ofLosing: key, by: header.principal) { return .refused(refusal) }
        let approvals = try validApprovals(of: version, key, through: way, standing?.moves ?? 0, at: header.at)
        guard approvals.count >= way.approvals else {
            return .refused(
                .conflict,
                "\(key) needs \(way.approvals) approvals to go from “\(from)” to “\(move.to)”, and has \(approvals.count); have a steward approve it"
            )
        }
        try place(key, from: standing?.stage, to: move.to)
        let moves = (standing?.moves ?? 0) + 1
        try put(
            VersionStage(
                stage: move.to, since: header.at, by: header.principal, reason: move.reason,
                successor: move.successor, effectiveAt: move.effectiveAt, moves: moves), at: .stage(key))
        insert(
            StageMove(
                from: from, to: move.to, at: header.at, by: header.principal, reason: move.reason,
                approvedBy: approvals), at: .stageMove(key, moves))
        var events: [Event] = [.versionChanged(project: key.project, model: key.model, number: key.number)]
        if lifecycle.archives[from] != lifecycle.archives[move.to] {
            events.append(.versionMoved(project: key.project, model: key.model, number: key.number))
        }
        return .accepted(.none, events)
    }

    /// Keeps the lists of which versions are in a stage, and how many.
    private mutating func place(_ key: VersionKey, from: StageName?, to: StageName) throws(StorageError) {
        if from != nil { try leaveStage(key) }
        try enterStage(key, to)
    }

    mutating func enterStage(_ key: VersionKey, _ stage: StageName) throws(StorageError) {
        try put(CountRecord(key.number), at: .stageMember(key, stage))
        let count = try record(.stageCount(key.project, stage), as: CountRecord.self)?.count ?? 0
        try put(CountRecord(count + 1), at: .stageCount(key.project, stage))
    }

    /// The version is in no stage's list any more; where it stands is still known.
    mutating func leaveStage(_ key: VersionKey) throws(StorageError) {
        guard let standing: VersionStage = try record(.stage(key)),
            try contains(.stageMember(key, standing.stage))
        else { return }
        try delete(.stageMember(key, standing.stage))
        let count = try record(.stageCount(key.project, standing.stage), as: CountRecord.self)?.count ?? 1
        try put(CountRecord(count > 0 ? count - 1 : 0), at: .stageCount(key.project, standing.stage))
    }

    private mutating func approve(
        _ key: VersionKey, _ digest: Digest, to stage: StageName, reason: String, expiresAt: Timestamp?,
        _ header: CommandHeader
    ) throws(StorageError) -> Effect {
        if isTooLong(reason) { return .refused(.tooLong("reason")) }
        guard let version: Version = try record(.version(key.modelKey, key.number)) else {
            return .refused(.missing(key.modelKey, key.number))
        }
        guard version.digest == digest else {
            return .refused(.conflict, "\(key) has the digest \(version.digest), not \(digest); look at it again")
        }
        let lifecycle = try self.lifecycle(of: key.project)
        let standing: VersionStage? = try record(.stage(key))
        let from = standing?.stage ?? lifecycle.stages[0].name
        guard let way = lifecycle.transition(from: from, to: stage) else {
            return .refused(lifecycle.refusal(ofLeading: key, from: from, to: stage))
        }
        if !way.authorMayApprove, version.createdBy == header.principal {
            return .refused(.forbidden, "“\(header.principal)” registered \(key), and somebody else has to approve it")
        }
        let longest = Timestamp(
            milliseconds: header.at.milliseconds.addingReportingOverflow(Int64(way.approvalDays) * 86_400_000)
                .partialValue)
        let end = min(expiresAt ?? longest, longest)
        guard end > header.at, Timestamp.writable.contains(end) else {
            return .refused(.invalid, "the approval would have expired before it is given")
        }
        try put(
            Approval(
                digest: digest, from: from, to: stage, by: header.principal, at: header.at, expiresAt: end,
                reason: reason, moves: standing?.moves ?? 0),
            at: .approval(key, to: stage, by: header.principal))
        return .accepted(.none, [.versionChanged(project: key.project, model: key.model, number: key.number)])
    }

    private mutating func withdraw(
        _ key: VersionKey, _ stage: StageName, _ header: CommandHeader
    ) throws(StorageError) -> Effect {
        let place = StateKey.approval(key, to: stage, by: header.principal)
        guard try contains(place) else {
            return .refused(.notFound, "“\(header.principal)” has not approved that \(key) goes to “\(stage)”")
        }
        try delete(place)
        return .accepted(.none)
    }

    private mutating func evaluate(
        _ key: VersionKey, _ metrics: [Metric], _ evidence: String, _ note: String, _ header: CommandHeader
    ) throws(StorageError) -> Effect {
        if isTooLong(evidence) { return .refused(.tooLong("evidence")) }
        if isTooLong(note) { return .refused(.tooLong("note")) }
        guard try contains(.version(key.modelKey, key.number)) else {
            return .refused(.missing(key.modelKey, key.number))
        }
        guard !metrics.isEmpty || !note.isEmpty else {
            return .refused(.invalid, "an evaluation has metrics or a note; this one says nothing")
        }
        guard metrics.count <= Limits.standard.evaluatedMetrics else {
            return .refused(.invalid, "an evaluation has at most \(Limits.standard.evaluatedMetrics) metrics")
        }
        if let problem = metrics.compactMap(\.problem).first { return .refused(.invalid, problem) }
        let count = try record(.evaluationCount(key), as: CountRecord.self)?.count ?? 0
        guard count < Limits.standard.evaluations else {
            return .refused(.limitExceeded, "\(key) has \(count) evaluations already")
        }
        try put(CountRecord(count + 1), at: .evaluationCount(key))
        insert(
            Evaluation(metrics: metrics, evidence: evidence, note: note, at: header.at, by: header.principal),
            at: .evaluation(key, count + 1))
        return .accepted(.none, [.versionChanged(project: key.project, model: key.model, number: key.number)])
    }
}

extension Lifecycle {
    /// There is no such way.
    fileprivate func refusal(ofLeading key: VersionKey, from: StageName, to: StageName) -> Rejection {
        let targets = targets(from: from).map { "“\($0)”" }.joined(separator: ", ")
        let ways = targets.isEmpty ? "nowhere" : "to \(targets)"
        return Rejection(.conflict, "\(key) is in “\(from)”, and from there one goes \(ways), not to “\(to)”")
    }
}
