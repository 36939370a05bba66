import Models
import Storage

extension StateTransaction {
    /// Takes versions out of the registry, or keeps them in it.
    mutating func carryOut(_ command: RetentionCommand, _ header: CommandHeader) throws(StorageError) -> Effect {
        switch command {
        case .delete(let version, let reason, let days):
            return try delete(version, reason: reason, graceDays: days, header)
        case .deleteByRule(let version, let reason, let days, let policy, let moves):
            let rules: RetentionPolicy? = try record(.retention(version.project))
            let standing: VersionStage? = try record(.stage(version))
            guard let rules, Digest(of: rules.canonicalBytes) == policy, standing?.moves ?? 0 == moves else {
                return .refused(.conflict, "\(version) or the rules of its project have changed; look at them again")
            }
            return try delete(version, reason: reason, graceDays: days, header)
        case .undelete(let version, let reason): return try undelete(version, reason: reason, header)
        case .purge(let project, let versions): return try purge(versions, of: project, header)
        case .hold(let version, let reason): return try hold(version, reason: reason, header)
        case .release(let version, let reason): return try release(version, reason: reason, header)
        case .deleteModel(let project, let model, let reason):
            return try delete(ModelKey(project, model), reason: reason, header)
        case .deleteProject(let project, let reason): return try delete(project, reason: reason, header)
        }
    }

    private mutating func delete(
        _ key: VersionKey, reason: String, graceDays: UInt32, _ header: CommandHeader
    ) throws(StorageError) -> Effect {
        if let refusal = refusal(ofReason: reason) { return .refused(refusal) }
        guard graceDays <= RetentionCommand.mostGraceDays else {
            return .refused(.invalid, "a deleted version is kept for at most \(RetentionCommand.mostGraceDays) days")
        }
        guard let version: Version = try record(.version(key.modelKey, key.number)) else {
            return .refused(.missing(key.modelKey, key.number))
        }
        if let hold: Hold = try record(.hold(key)) {
            return .refused(.conflict, "\(key) is held by “\(hold.by)” since \(hold.at): \(hold.reason)")
        }
        if let refusal = try refusal(ofLosing: key, by: header.principal) { return .refused(refusal) }
        let end = header.at.milliseconds.addingReportingOverflow(Int64(graceDays) * 86_400_000).partialValue
        let purgeAt = min(Timestamp(milliseconds: end), Timestamp.writable.upperBound)
        try delete(.version(key.modelKey, key.number))
        try put(
            DeletedVersion(version, at: header.at, by: header.principal, reason: reason, purgeAt: purgeAt),
            at: .deletedVersion(key))
        try put(key, at: .purgeDue(purgeAt, key))
        try leaveStage(key)
        let moved = try moveMain(of: key, header)
        return .accepted(.none, [.versionChanged(project: key.project, model: key.model, number: key.number)] + moved)
    }

    /// `main` names the newest version that is left.
    private mutating func moveMain(of key: VersionKey, _ header: CommandHeader) throws(StorageError) -> [Event] {
        let model = key.modelKey
        guard let main: Alias = try record(.alias(model, .main)), main.version == key.number else { return [] }
        let reason = Self.reason(ofDeleting: key)
        if let newest = try Catalog(self).newestVersion(project: key.project, model: key.model) {
            _ = try point(.main, of: model, at: newest.number, reason: reason, header)
            return [.moved(.main, of: model, to: newest.number)]
        }
        try unset(main, of: model, reason: reason, header)
        return [.moved(.main, of: model, to: nil)]
    }

    private mutating func undelete(
        _ key: VersionKey, reason: String, _ header: CommandHeader
    ) throws(StorageError) -> Effect {
        if let refusal = refusal(ofReason: reason) { return .refused(refusal) }
        guard let deleted: DeletedVersion = try record(.deletedVersion(key)) else {
            return .refused(.notFound, "\(key) was not deleted")
        }
        guard let version = deleted.version else {
            return .refused(.conflict, "\(key) was purged, and cannot come back")
        }
        let standing: VersionStage? = try record(.stage(key))
        if let standing, try lifecycle(of: key.project).stage(standing.stage) == nil {
            return .refused(
                .conflict,
                "\(key) was in the stage “\(standing.stage)”, which is no more; give the project's lifecycle that stage again first"
            )
        }
        try delete(.deletedVersion(key))
        try delete(.purgeDue(deleted.purgeAt, key))
        try put(version, at: .version(key.modelKey, key.number))
        if let standing { try enterStage(key, standing.stage) }
        var events: [Event] = [.versionRegistered(project: key.project, model: key.model, number: key.number)]
        // It names what it named, as if nothing had been.
        if try didLoseMain(key) {
            _ = try point(.main, of: key.modelKey, at: key.number, reason: "version \(key.number) is back", header)
            events.append(.moved(.main, of: key.modelKey, to: key.number))
        }
        return .accepted(.none, events)
    }

    /// Whether the deletion of a version was the last that moved `main`.
    private mutating func didLoseMain(_ key: VersionKey) throws(StorageError) -> Bool {
        let moves = try record(.aliasMoveCount(key.modelKey, .main), as: CountRecord.self)?.count ?? 0
        let main: Alias? = try record(.alias(key.modelKey, .main))
        let last: AliasChange? = try record(.aliasMove(key.modelKey, .main, moves))
        return main == nil || last?.from == key.number && last?.reason == Self.reason(ofDeleting: key)
    }

    private static func reason(ofDeleting key: VersionKey) -> String { "version \(key.number) was deleted" }

    private mutating func purge(
        _ keys: [VersionKey], of project: ProjectName, _ header: CommandHeader
    ) throws(StorageError) -> Effect {
        guard keys.count <= RetentionCommand.mostPurged else {
            return .refused(.invalid, "at most \(RetentionCommand.mostPurged) versions are purged at once")
        }
        var files: Int?
        for key in keys where key.project == project && files ?? 0 < RetentionCommand.mostPurgedFiles {
            guard let deleted: DeletedVersion = try record(.deletedVersion(key)), let version = deleted.version,
                deleted.purgeAt <= header.at, try !contains(.hold(key))
            else { continue }
            try put(deleted.purged, at: .deletedVersion(key))
            try delete(.purgeDue(deleted.purgeAt, key))
            try uncount(version)
            try forget(version, key)
            files = (files ?? 0) + version.files.count
        }
        if files == nil { return .refused(.notFound, "no version of project “\(project)” is due to be purged") }
        return .accepted(.none)
    }

    /// Of what was said about a version nothing stays. What others say of it is theirs: recalls, and what is made of it.
    private mutating func forget(_ version: Version, _ key: VersionKey) throws(StorageError) {
        let model = key.modelKey
        for link in try Catalog(self).lineageLinks(of: version) {
            for identity in link.thing.identities {
                try delete(.lineageEdge(identity, model, key.number, link.relation))
            }
        }
        for number in 0..<(try record(.lineageAdditionCount(model, key.number), as: CountRecord.self)?.count ?? 0) {
            try delete(.lineageAddition(model, key.number, number + 1))
        }
        try delete(.lineageAdditionCount(model, key.number))
        for number in 0..<(try record(.evaluationCount(key), as: CountRecord.self)?.count ?? 0) {
            try delete(.evaluation(key, number + 1))
        }
        try delete(.evaluationCount(key))
        for approval in try Catalog(self).allApprovals(of: key) {
            try delete(.approval(key, to: approval.to, by: approval.by))
        }
        guard let standing: VersionStage = try record(.stage(key)) else { return }
        for number in 0..<min(standing.moves, RetentionCommand.mostForgottenMoves) {
            try delete(.stageMove(key, standing.moves - number))
        }
        try delete(.stage(key))
    }

    private mutating func hold(
        _ key: VersionKey, reason: String, _ header: CommandHeader
    ) throws(StorageError) -> Effect {
        if let refusal = refusal(ofReason: reason) { return .refused(refusal) }
        let deleted: DeletedVersion? = try record(.deletedVersion(key))
        guard try contains(.version(key.modelKey, key.number)) || deleted?.isPurged == false else {
            return .refused(.missing(key.modelKey, key.number))
        }
        if try contains(.hold(key)) { return .refused(.conflict, "\(key) is held already") }
        try put(Hold(reason: reason, at: header.at, by: header.principal), at: .hold(key))
        return .accepted(.none)
    }

    /// By whoever holds it, or an administrator of the cluster: who administers a project made it himself, perhaps.
    private mutating func release(
        _ key: VersionKey, reason: String, _ header: CommandHeader
    ) throws(StorageError) -> Effect {
        if let refusal = refusal(ofReason: reason) { return .refused(refusal) }
        guard let hold: Hold = try record(.hold(key)) else { return .refused(.notFound, "\(key) is not held") }
        let role = try livingPrincipal(header.principal)?.role
        guard hold.by == header.principal || role == .administrator else {
            return .refused(
                .forbidden, "\(key) is held by “\(hold.by)”; they or an administrator of the cluster may release it")
        }
        try delete(.hold(key))
        return .accepted(.none)
    }

    /// Its name stays taken: whoever knew a model by it must not find another.
    private mutating func delete(
        _ model: ModelKey, reason: String, _ header: CommandHeader
    ) throws(StorageError) -> Effect {
        if let refusal = refusal(ofReason: reason) { return .refused(refusal) }
        guard let record: Model = try record(.model(model.project, model.name)) else {
            return .refused(.missing(model))
        }
        if let version = try Catalog(self).newestVersion(project: model.project, model: model.name) {
            return .refused(.conflict, "\(model) has versions, such as \(version.number); delete them first")
        }
        if let deleted = try Catalog(self).unpurged(of: model.project, model.name) {
            return .refused(
                .conflict,
                "version \(deleted.number) of \(model) can be taken back until \(deleted.purgeAt); its model can be deleted then"
            )
        }
        try delete(.model(model.project, model.name))
        try delete(.risk(model))
        try put(
            Tombstone(reason: reason, at: header.at, by: header.principal), at: .tombstone(model.project, model.name))
        return .accepted(
            .none, [.versionChanged(project: model.project, model: model.name, number: record.latestVersion)])
    }

    private mutating func delete(
        _ project: ProjectName, reason: String, _ header: CommandHeader
    ) throws(StorageError) -> Effect {
        if let refusal = refusal(ofReason: reason) { return .refused(refusal) }
        guard try contains(.project(project)) else { return .refused(.missing(project)) }
        if let model = try Catalog(self).models(in: project, after: nil, limit: 1).first {
            return .refused(.conflict, "project “\(project)” has models, such as “\(model.name)”; delete them first")
        }
        // That it was private is remembered: who did not see it does not read in its events what it was.
        try delete(.project(project))
        try delete(.lifecycle(project))
        try delete(.retention(project))
        for schema in try Catalog(self).schemas(of: project) { try delete(.schema(project, before: schema.stage)) }
        // They come by pages.
        while case let grants = try Catalog(self).grants(in: project), !grants.isEmpty {
            for grant in grants { try delete(.grant(project, grant.principal)) }
        }
        try put(Tombstone(reason: reason, at: header.at, by: header.principal), at: .tombstone(project, nil))
        return .accepted(.none, [.projectChanged(project, hasMoved: false)])
    }

    private func refusal(ofReason reason: String) -> Rejection? {
        if isTooLong(reason) { return .tooLong("reason") }
        return reason.isEmpty ? Rejection(.invalid, "it needs a reason; say why") : nil
    }
}
