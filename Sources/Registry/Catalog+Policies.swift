package import Models
package import Storage

extension Catalog {
    /// What a project asks of metadata before a stage, or before registration; nil for nothing.
    package func schema(of project: ProjectName, before stage: StageName?) throws(StorageError) -> ProjectSchema? {
        try reader.record(.schema(project, before: stage))
    }

    /// Everything that a project asks of metadata, that for registration first.
    package func schemas(of project: ProjectName) throws(StorageError) -> [ProjectSchema] {
        // Stages that are no more may have left theirs.
        try reader.records(StateKey.Listing.schemas(project).range(), limit: Limits.standard.pageRecords)
    }

    /// By which rules versions of a project are deleted; nil when none are.
    package func retention(of project: ProjectName) throws(StorageError) -> RetentionPolicy? {
        try reader.record(.retention(project))
    }

    /// The policies of all projects that have one.
    package func retentionPolicies() throws(StorageError) -> [(ProjectName, RetentionPolicy)] {
        var policies: [(ProjectName, RetentionPolicy)] = []
        for project in try allProjects() {
            if let policy = try retention(of: project.name) { policies.append((project.name, policy)) }
        }
        return policies
    }

    /// In which tier of risk a model is; nil when nobody said.
    package func risk(of project: ProjectName, _ model: ModelName) throws(StorageError) -> RiskAssessment? {
        try reader.record(.risk(ModelKey(project, model)))
    }

    /// What a policy does with the versions of a model at a time, newest first.
    package func decisions(
        of policy: RetentionPolicy, project: ProjectName, model: ModelName, at time: Timestamp
    ) throws(StorageError) -> [RetentionDecision] {
        let first = try lifecycle(of: project).stages[0].name
        var decisions: [RetentionDecision] = []
        /// By rule, how many newer versions are in its stages.
        var newer = [UInt32](repeating: 0, count: policy.rules.count)
        var before: UInt64?
        while true {
            let versions = try versions(project: project, model: model, before: before, limit: 100)
            guard let last = versions.last else { return decisions }
            for version in versions {
                let key = VersionKey(version)
                let standing = try stage(of: key)
                let stage = standing?.stage ?? first
                let since = standing?.since ?? version.createdAt
                let days = max(0, time.milliseconds - since.milliseconds) / 86_400_000
                let age = RetentionAge(stage: stage, days: days, newer: newer)
                for (position, rule) in policy.rules.enumerated() where rule.looks(at: stage) { newer[position] += 1 }
                let (rule, reason) = age.verdict(of: policy)
                let objection = rule == nil ? nil : try objection(toLosing: key, heldBy: hold(on: key))
                decisions.append(
                    RetentionDecision(
                        model: model, version: version.number, stage: stage, rule: rule,
                        deletes: rule != nil && objection == nil, reason: objection ?? reason))
            }
            before = last.number
        }
    }

    private func objection(toLosing key: VersionKey, heldBy hold: Hold?) throws(StorageError) -> String? {
        if let hold { return "it is held since \(hold.at): \(hold.reason)" }
        return try objection(toLosing: key).map { "it \($0)" }
    }
}

/// What rules look at in a version.
private struct RetentionAge {
    let stage: StageName
    /// For how long it is there.
    let days: Int64
    /// By rule, how many newer versions are in its stages.
    let newer: [UInt32]

    /// The first rule that fits, and why; or nil, and why none does.
    func verdict(of policy: RetentionPolicy) -> (RetentionPolicy.Rule?, String) {
        var reason = "no rule looks at versions in “\(stage)”"
        for (position, rule) in policy.rules.enumerated() where rule.looks(at: stage) {
            guard days >= rule.olderThanDays else {
                reason = "“\(rule.name)”: in “\(stage)” for \(days) days, not \(rule.olderThanDays)"
                continue
            }
            guard newer[position] >= rule.keepNewest else {
                reason = "“\(rule.name)”: among the newest \(rule.keepNewest)"
                continue
            }
            return (rule, "“\(rule.name)”: in “\(stage)” for \(days) days")
        }
        return (nil, reason)
    }
}

extension RetentionPolicy.Rule {
    fileprivate func looks(at stage: StageName) -> Bool { stages.isEmpty || stages.contains(stage) }
}
