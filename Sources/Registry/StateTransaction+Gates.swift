import Models
import Storage

/// What speaks against a move.
extension StateTransaction {
    /// The lifecycle of a project's versions.
    mutating func lifecycle(of project: ProjectName) throws(StorageError) -> Lifecycle {
        try record(.lifecycle(project)) ?? .standard
    }

    /// Why a version in such a stage cannot be named by an alias, or nil.
    mutating func refusal(ofNaming key: VersionKey) throws(StorageError) -> Rejection? {
        guard let standing: VersionStage = try record(.stage(key)) else { return nil }
        guard try lifecycle(of: key.project).stage(standing.stage)?.serves == false else { return nil }
        let successor = standing.successor.map { "; use \($0)" } ?? ""
        return Rejection(.conflict, "\(key) is in “\(standing.stage)” and is used no more\(successor)")
    }

    mutating func refusal(
        of name: PrincipalName, taking way: Lifecycle.Transition, in project: ProjectName
    ) throws(StorageError) -> Rejection? {
        guard let principal = try livingPrincipal(name) else { return .missing(name) }
        guard let role = try Catalog(self).role(of: principal, in: project) else { return .missing(project) }
        guard role.strength < way.role.strength else { return nil }
        return Rejection(
            .forbidden,
            "“\(name)” is \(role.rawValue) in project “\(project)”; to take a version from “\(way.from)” to “\(way.to)” one must be \(way.role.rawValue)"
        )
    }

    mutating func refusal(
        ofSuccessor successor: String?, of key: VersionKey, by name: PrincipalName
    ) throws(StorageError) -> Rejection? {
        guard let successor else { return nil }
        guard let (model, number) = LineageThing(id: "version:\(successor)")?.version else {
            return Rejection(.invalid, "the successor “\(successor.prefix(100))” is no version; write PROJECT/MODEL:N")
        }
        if model == key.modelKey, number == key.number {
            return Rejection(.invalid, "\(key) cannot be its own successor; name another version")
        }
        let viewer = try livingPrincipal(name)
        guard try contains(.version(model, number)), try Catalog(self, seenBy: viewer).sees(model.project) else {
            return .missing(model, number)
        }
        return nil
    }

    /// All gates that a version does not pass, in one sentence; nil when it passes all.
    mutating func refusal(
        ofPassing version: Version, through way: Lifecycle.Transition
    ) throws(StorageError) -> Rejection? {
        guard !way.gates.isEmpty else { return nil }
        let key = VersionKey(version)
        let catalog = Catalog(self)
        let metrics = try catalog.metrics(of: version)
        var incumbent: [Metric]?
        if let number = try catalog.newest(of: key.modelKey, in: way.to), number != key.number,
            let other: Version = try record(.version(key.modelKey, number))
        {
            incumbent = try catalog.metrics(of: other)
        }
        let failures = way.gates.compactMap { $0.failure(of: version, metrics: metrics, incumbent: incumbent) }
        guard !failures.isEmpty else { return nil }
        return Rejection(
            .conflict, "\(key) does not pass to “\(way.to)”: \(failures.prefix(10).joined(separator: "; "))")
    }

    /// Why a version cannot be taken out of use: who uses it.
    mutating func refusal(ofLosing key: VersionKey, by name: PrincipalName) throws(StorageError) -> Rejection? {
        let viewer = try livingPrincipal(name)
        return try Catalog(self, seenBy: viewer).objection(toLosing: key).map { Rejection(.conflict, "\(key) \($0)") }
    }

    /// Who approved the move, as far as that still counts.
    func validApprovals(
        of version: Version, _ key: VersionKey, through way: Lifecycle.Transition, _ moves: UInt64, at time: Timestamp
    ) throws(StorageError) -> [PrincipalName] {
        guard way.approvals > 0 else { return [] }
        var valid: [PrincipalName] = []
        for state in try Catalog(self).approvals(of: key, to: way.to, at: time) where state.counts {
            valid.append(state.approval.by)
        }
        return valid
    }
}
