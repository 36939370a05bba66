package import Models
package import Storage

/// Questions to the state: a store, a snapshot of one, or a transaction. For answers that belong together, ask a
/// snapshot. A listing gives at most `limit` items and, with `after` or `before`, begins beyond that one, which need
/// not exist.
///
/// A catalog may be for one principal. Then projects that this one does not see are not there, nor is what lineages,
/// recalls and objections would tell of them. Models, versions and what belongs to them are found by their project's
/// name: ask for the project first.
package struct Catalog: Sendable {
    let reader: any KeyValueReader
    /// For whom it is; nil for the node itself, which sees everything.
    let viewer: Principal?

    /// The catalog that `reader` holds in `Space.state`.
    package init(_ reader: any KeyValueReader, seenBy viewer: Principal? = nil) {
        self.reader = reader
        self.viewer = viewer
    }

    /// The project, or nil.
    package func project(_ name: ProjectName) throws(StorageError) -> Project? {
        guard let project: Project = try reader.record(.project(name)) else { return nil }
        return try shows(project) ? project : nil
    }

    private func shows(_ project: Project) throws(StorageError) -> Bool {
        project.visibility == nil ? true : try sees(project.name)
    }

    /// Projects by name.
    package func projects(after: ProjectName?, limit: Int) throws(StorageError) -> [Project] {
        var (found, last) = ([Project](), after)
        while found.count < limit {
            let range = StateKey.Listing.projects.range(after: last.map { .project($0) })
            let page: [Project] = try reader.records(range, limit: limit)
            guard !page.isEmpty else { break }
            for project in page where try shows(project) { found.append(project) }
            last = page.last?.name
            if page.count < limit { break }
        }
        return Array(found.prefix(limit))
    }

    /// The model, or nil.
    package func model(project: ProjectName, name: ModelName) throws(StorageError) -> Model? {
        try reader.record(.model(project, name))
    }

    /// A project's models by name.
    package func models(in project: ProjectName, after: ModelName?, limit: Int) throws(StorageError) -> [Model] {
        let range = StateKey.Listing.models(project).range(after: after.map { .model(project, $0) })
        return try reader.records(range, limit: limit)
    }

    /// All projects, by name.
    package func allProjects() throws(StorageError) -> [Project] {
        var all: [Project] = []
        while true {
            let next = try projects(after: all.last?.name, limit: Limits.standard.pageRecords)
            guard !next.isEmpty else { return all }
            all += next
        }
    }

    /// All models of a project, by name.
    package func allModels(in project: ProjectName) throws(StorageError) -> [Model] {
        var all: [Model] = []
        while true {
            let next = try models(in: project, after: all.last?.name, limit: Limits.standard.pageRecords)
            guard !next.isEmpty else { return all }
            all += next
        }
    }

    /// Gives every version of a project to `body`, each model's newest first, until it returns false.
    package func forEachVersion(
        of project: ProjectName, _ body: (Version) throws(StorageError) -> Bool
    ) throws(StorageError) {
        for model in try allModels(in: project) {
            for number in stride(from: model.latestVersion, to: 0, by: -1) {
                let version = try version(project: project, model: model.name, number: number)
                if let version, try !body(version) { return }
            }
        }
    }

    /// The version, or nil.
    package func version(project: ProjectName, model: ModelName, number: UInt64) throws(StorageError) -> Version? {
        try reader.record(.version(ModelKey(project, model), number))
    }

    /// A model's versions, newest first, older than `before`.
    package func versions(
        project: ProjectName, model: ModelName, before: UInt64?, limit: Int
    ) throws(StorageError) -> [Version] {
        let model = ModelKey(project, model)
        let range = StateKey.Listing.versions(model).range(before: before.map { .version(model, $0) })
        return try reader.records(range, limit: limit, reversed: true)
    }

    /// The version, also while it is deleted and can be taken back: its bytes are kept as long.
    package func keptVersion(_ key: VersionKey) throws(StorageError) -> Version? {
        if let version = try version(project: key.project, model: key.model, number: key.number) { return version }
        return try deletedVersion(key)?.version
    }

    /// Gives every version of a project to `body` that is there or can be taken back.
    package func forEachKeptVersion(
        of project: ProjectName, _ body: (Version) throws(StorageError) -> Void
    ) throws(StorageError) {
        for model in try allModels(in: project) {
            for number in stride(from: model.latestVersion, to: 0, by: -1) {
                let key = VersionKey(project: project, model: model.name, number: number)
                if let version = try keptVersion(key) { try body(version) }
            }
        }
    }

    /// The pages of files that `record` of the state names: those of a version, also while it is deleted and can be taken
    /// back; none for any other record.
    package static func pages(namedBy record: KeyValue) throws(StorageError) -> [PageReference] {
        try version(in: record)?.files.flatMap(\.pages) ?? []
    }

    /// The version that `record` of the state is, also while it is deleted and can be taken back; nil for any other
    /// record.
    package static func version(in record: KeyValue) throws(StorageError) -> Version? {
        if StateKey.isVersion(record.key) { return try decode(record.value, at: record.key) }
        guard StateKey.isDeletedVersion(record.key) else { return nil }
        let deleted: DeletedVersion = try decode(record.value, at: record.key)
        return deleted.version
    }

    /// Why `project` has no room for a content of `size` bytes, or nil. Decided again when a version is registered.
    package func refusal(ofContent digest: Digest, size: UInt64, in project: ProjectName) throws(StorageError)
        -> Rejection?
    {
        guard let project = try self.project(project), let refusal = project.refusal(ofAdding: size) else { return nil }
        return try reader.record(.content(project.name, digest), as: ContentRecord.self) == nil ? refusal : nil
    }

    /// The version that `selector` names, or nil.
    package func resolve(
        project: ProjectName, model: ModelName, selector: VersionSelector
    ) throws(StorageError) -> Version? {
        let number: UInt64?
        switch selector {
        case .latest: return try newestVersion(project: project, model: model)
        case .number(let given): number = given
        case .alias(let name): number = try alias(project: project, model: model, name: name)?.version
        }
        guard let number else { return nil }
        return try version(project: project, model: model, number: number)
    }

    /// The alias, or nil.
    package func alias(project: ProjectName, model: ModelName, name: AliasName) throws(StorageError) -> Alias? {
        try reader.record(.alias(ModelKey(project, model), name))
    }

    /// All aliases of a model by name: at most `Limits.aliases`.
    package func aliases(project: ProjectName, model: ModelName) throws(StorageError) -> [Alias] {
        let range = StateKey.Listing.aliases(ModelKey(project, model)).range()
        return try reader.records(range, limit: Limits.standard.aliases)
    }

    /// The aliases that name a version, in order. Reads all aliases of the model: for a page of versions, call
    /// `aliases` once instead.
    package func aliases(
        project: ProjectName, model: ModelName, naming number: UInt64
    ) throws(StorageError) -> [AliasName] {
        try aliases(project: project, model: model).filter { $0.version == number }.map(\.name)
    }

    /// The moves of an alias, oldest first, numbered from 1: those after number `after`. A removed alias keeps them.
    package func aliasHistory(
        project: ProjectName, model: ModelName, alias: AliasName, after: UInt64, limit: Int
    ) throws(StorageError) -> [AliasChange] {
        let model = ModelKey(project, model)
        let range = StateKey.Listing.aliasMoves(model, alias).range(after: .aliasMove(model, alias, after))
        return try reader.records(range, limit: limit)
    }
}

extension Catalog {
    /// The principal, or nil.
    package func principal(_ name: PrincipalName) throws(StorageError) -> Principal? {
        try reader.record(.principal(name))
    }

    /// The principal whose token has this SHA-256 and holds at `time`; nil when there is none, or it was removed.
    package func principal(tokenDigest digest: Digest, at time: Timestamp) throws(StorageError) -> Principal? {
        guard let token: TokenRecord = try reader.record(.token(digest)) else { return nil }
        if let expiresAt = token.expiresAt, expiresAt <= time { return nil }
        guard let principal = try principal(token.principal), principal.removedAt == nil else { return nil }
        return principal
    }

    /// The cluster's identity and members; nil before it is established.
    package func cluster() throws(StorageError) -> (cluster: UniqueID, members: [ClusterMember])? {
        guard let record = try reader.record(.cluster, as: ClusterRecord.self) else { return nil }
        return (record.cluster, record.members)
    }

    /// The level of commands that the cluster understands: see `Command.level`.
    package func level() throws(StorageError) -> UInt32 {
        try reader.record(.cluster, as: ClusterRecord.self)?.level ?? 1
    }

    /// The least member id that was never given out: a smaller one that is no member's was removed. Nil before the
    /// cluster is established.
    package func nextMember() throws(StorageError) -> UInt64? {
        try reader.record(.cluster, as: ClusterRecord.self)?.nextMember
    }

    /// The node that may ask to be admitted with this token, and who invited it.
    package func invitation(tokenDigest digest: Digest) throws(StorageError) -> (
        node: NodeName, site: SiteName, expiresAt: Timestamp, by: PrincipalName
    )? {
        guard let record = try reader.record(.invitation(digest), as: InvitationRecord.self) else { return nil }
        return (record.node, record.site, record.expiresAt, record.by)
    }

    /// Who belongs to the cluster by the last change of members, or as founded; nil before it is established.
    package func membership() throws(StorageError) -> (voters: [UInt64], learners: [UInt64])? {
        if let record: MembershipRecord = try reader.record(.membership) { return (record.voters, record.learners) }
        return try cluster().map {
            let founded = MembershipRecord(founders: $0.members)
            return (founded.voters, founded.learners)
        }
    }

    /// Audit records, oldest first: those after sequence `after`.
    package func auditRecords(after: UInt64, limit: Int) throws(StorageError) -> [AuditRecord] {
        try reader.records(StateKey.Listing.audit.range(after: .audit(after)), limit: limit)
    }

    /// Audit records that `filter` includes, oldest first, at most `limit`: of those after sequence `after`, but not more than
    /// `most` of which are looked at. Also where to go on; nil at the end of the log.
    package func auditRecords(
        after: UInt64, matching filter: AuditFilter, limit: Int, lookingAt most: Int
    ) throws(StorageError) -> (records: [AuditRecord], next: UInt64?) {
        let count = try auditCount
        var (found, last): ([AuditRecord], UInt64) = ([], after)
        let (end, overflows) = after.addingReportingOverflow(UInt64(most))
        while last < (overflows ? .max : end) {
            let page = try auditRecords(after: last, limit: Limits.standard.pageRecords)
            guard !page.isEmpty else { return (found, nil) }
            for record in page {
                last = record.sequence
                guard filter.includes(record) else { continue }
                found.append(record)
                if found.count == limit { return (found, last < count ? last : nil) }
            }
        }
        return (found, last < count ? last : nil)
    }

    /// Audit records of entries behind log index `index`, oldest first: indexes of records never fall.
    package func auditRecords(behindIndex index: UInt64, limit: Int) throws(StorageError) -> [AuditRecord] {
        var (low, high) = (UInt64(0), try auditCount)
        while low < high {
            let middle = low + (high - low + 1) / 2
            if let record: AuditRecord = try reader.record(.audit(middle)), record.index > index {
                high = middle - 1
            } else {
                low = middle
            }
        }
        return try auditRecords(after: low, limit: limit)
    }

    /// The canonical bytes of audit records: those after sequence `after`.
    package func auditBytes(after: UInt64, limit: Int) throws(StorageError) -> [[UInt8]] {
        let range = StateKey.Listing.audit.range(after: .audit(after))
        return try reader.records(in: range, of: .state, limit: limit, reversed: false).map(\.value)
    }

    /// Whether a node has announced a key.
    package func hasAuditKey(_ key: String, of node: NodeName) throws(StorageError) -> Bool {
        try reader.value(for: StateKey.auditKey(node, key).bytes, in: .state) != nil
    }

    /// The keys by which nodes sign, or signed, the audit log: by node.
    package func auditKeys() throws(StorageError) -> [AuditKey] {
        try reader.records(StateKey.Listing.auditKeys.range(), limit: Limits.standard.pageRecords)
    }

    /// How many audit records there are: the sequence of the newest.
    package var auditCount: UInt64 {
        get throws(StorageError) { try appliedRecord().auditRecords }
    }

    /// What came of the command, while it is remembered (`Limits.rememberedOutcomes`); nil otherwise.
    package func outcome(of id: UniqueID) throws(StorageError) -> Outcome? {
        guard let record = try reader.record(.outcome(id), as: OutcomeRecord.self) else { return nil }
        return record.explained(by: try reader.record(.explanation(id)))
    }

    /// The last entry applied, and the hash of the state after it; zeros before the first.
    package func applied() throws(StorageError) -> (index: UInt64, term: UInt64, hash: StateHash) {
        let record = try appliedRecord()
        return (record.index, record.term, record.hash)
    }

    private func appliedRecord() throws(StorageError) -> AppliedRecord {
        try reader.record(.applied) ?? AppliedRecord()
    }
}
