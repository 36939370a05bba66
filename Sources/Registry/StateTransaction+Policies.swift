import Models
import Storage

extension StateTransaction {
    /// Says what a project asks of its versions, and for how long it keeps them.
    mutating func carryOut(_ command: PolicyCommand, _ header: CommandHeader) throws(StorageError) -> Effect {
        guard try contains(.project(command.project)) else { return .refused(.missing(command.project)) }
        switch command {
        case .setSchema(let project, let stage, let schema):
            return try set(schema, before: stage, in: project, header)
        case .setRetention(let project, let policy):
            if let problem = policy?.problem { return .refused(.invalid, problem) }
            if let policy { try put(policy, at: .retention(project)) } else { try delete(.retention(project)) }
            return .accepted(.none, [.projectChanged(project, hasMoved: false)])
        case .assess(let project, let model, let tier, let reason):
            return try assess(ModelKey(project, model), tier, reason, header)
        }
    }

    private mutating func set(
        _ schema: JSONValue?, before stage: StageName?, in project: ProjectName, _ header: CommandHeader
    ) throws(StorageError) -> Effect {
        if schema != nil, let stage, try lifecycle(of: project).stage(stage) == nil {
            return .refused(.notFound, "project “\(project)” has no stage “\(stage)”")
        }
        let place = StateKey.schema(project, before: stage)
        guard let schema else {
            guard try contains(place) else {
                return .refused(.notFound, "project “\(project)” has no schema there")
            }
            try delete(place)
            return .accepted(.none, [.projectChanged(project, hasMoved: false)])
        }
        let limits = Limits.standard
        guard schema.depth <= limits.metadataDepth else {
            return .refused(.limitExceeded, "a schema nests at most \(limits.metadataDepth) levels deep")
        }
        guard schema.canonicalBytes.count <= limits.metadataBytes else {
            return .refused(.limitExceeded, "a schema has at most \(limits.metadataBytes) bytes in canonical form")
        }
        try put(ProjectSchema(stage: stage, schema: schema, at: header.at, by: header.principal), at: place)
        return .accepted(.none, [.projectChanged(project, hasMoved: false)])
    }

    private mutating func assess(
        _ model: ModelKey, _ tier: RiskTier?, _ reason: String, _ header: CommandHeader
    ) throws(StorageError) -> Effect {
        if isTooLong(reason) { return .refused(.tooLong("reason")) }
        guard !reason.isEmpty else {
            return .refused(.invalid, "an assessment needs a reason; say what it is used for")
        }
        guard let record: Model = try record(.model(model.project, model.name)) else {
            return .refused(.missing(model))
        }
        if let tier {
            try put(RiskAssessment(tier: tier, reason: reason, at: header.at, by: header.principal), at: .risk(model))
        } else {
            try delete(.risk(model))
        }
        return .accepted(
            .none, [.versionChanged(project: model.project, model: model.name, number: record.latestVersion)])
    }

    /// Why metadata that was checked so cannot be taken, or nil.
    /// - Parameter check: what the node that was asked found; nil when it knew of no schema.
    mutating func refusal(
        of check: SchemaCheck?, before stage: StageName?, in project: ProjectName
    ) throws(StorageError) -> Rejection? {
        guard let asked: ProjectSchema = try record(.schema(project, before: stage)) else { return nil }
        guard let check, check.schema == asked.digest else {
            return Rejection(
                .schemaChanged, "the schema of project “\(project)” was changed meanwhile; send the request again")
        }
        guard let problem = check.problem else { return nil }
        let place = stage.map { "before “\($0)”" } ?? "of its versions"
        return Rejection(.invalid, "the metadata is not what project “\(project)” asks \(place): \(problem)")
    }
}
