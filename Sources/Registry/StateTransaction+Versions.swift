import Models
import Storage

extension StateTransaction {
    /// Makes files the next version of a model and moves the aliases there: all of it or, when refused, nothing.
    mutating func register(_ command: RegisterVersion, _ header: CommandHeader) throws(StorageError) -> Effect {
        if let refusal = command.refusal { return .refused(refusal) }
        if let refusal = try Catalog(self).keepers(of: command.project).refusal(ofHolders: command.holders) {
            return .refused(refusal)
        }
        let refused = try record(.project(command.project), as: Project.self)?.refuses ?? Project.standardRefusals
        if let refusal = command.inspection?.refusal(refusing: refused) { return .refused(refusal) }
        if let refusal = try refusal(of: command.check, before: nil, in: command.project) { return .refused(refusal) }
        let count = try newContents(of: command.files, in: command.project)
        if let refusal = count.refusal { return .refused(refusal) }
        let key = ModelKey(command.project, command.model)
        let aliases = command.movedAliases
        if let refusal = try refusal(ofPlacing: aliases, in: key, header) { return .refused(refusal) }

        let links: [LineageLink]
        switch try lineage(of: command, in: key, header) {
        case .failure(let refusal): return .refused(refusal)
        case .success(let told): links = told
        }

        // Nothing can be refused from here on.
        let (model, created) = try place(key, header)
        try add(count, to: command.project)
        let version = command.version(number: model.latestVersion + 1, header)
        insert(version, at: .version(key, version.number))
        try enter(links, of: key, version.number)
        try put(model.with(latestVersion: version.number), at: .model(key.project, key.name))
        var events = created
        events.append(.versionRegistered(project: key.project, model: key.name, number: version.number))
        for alias in aliases {
            let moved = try point(alias, of: key, at: version.number, reason: command.message, header)
            events.append(.moved(moved.name, of: key, to: moved.version))
        }
        let result = Outcome.Result.version(
            project: key.project, model: key.name, number: version.number, digest: version.digest)
        return .accepted(result, events)
    }

    /// What the version is made of, as its metadata says, or why it cannot be.
    private mutating func lineage(
        of command: RegisterVersion, in model: ModelKey, _ header: CommandHeader
    ) throws(StorageError) -> Result<[LineageLink], Rejection> {
        guard try level() >= Command.levelOfLifecycles else { return .success([]) }
        let links: [LineageLink]
        do throws(InvalidLineage) { links = try Lineage.links(in: command.metadata) } catch {
            return .failure(Rejection(.invalid, "metadata: \(error)"))
        }
        let next = (try record(.model(model.project, model.name), as: Model.self)?.latestVersion ?? 0) + 1
        return try refusal(of: links, number: next, of: model, by: header.principal).map { .failure($0) }
            ?? .success(links)
    }

    private mutating func refusal(
        ofPlacing aliases: [AliasName], in model: ModelKey, _ header: CommandHeader
    ) throws(StorageError) -> Rejection? {
        if try !contains(.project(model.project)) {
            if let refusal = try refusal(ofNew: model.project, header) { return refusal }
        }
        if try !contains(.model(model.project, model.name)) {
            let skeleton = StateKey.modelSkeleton(model.project, model.name)
            if let refusal = try refusal(ofNew: model.name, skeleton: skeleton) { return refusal }
        }
        var added: [AliasName] = []
        for alias in aliases where try !contains(.alias(model, alias)) { added.append(alias) }
        return try refusal(ofNew: added, in: model)
    }

    /// The model, with its project, created where missing.
    private mutating func place(
        _ key: ModelKey, _ header: CommandHeader
    ) throws(StorageError) -> (model: Model, created: [Event]) {
        if let model: Model = try record(.model(key.project, key.name)) { return (model, []) }
        var created: [Event] = []
        if try !contains(.project(key.project)) {
            created.append(.projectCreated(try addProject(key.project, description: "", header).name))
        }
        let model = try addModel(key, description: "", header)
        created.append(.modelCreated(project: key.project, model: key.name))
        return (model, created)
    }
}

extension RegisterVersion {
    /// `main`, and the others once each, in the order given.
    fileprivate var movedAliases: [AliasName] {
        var seen: Set<AliasName> = []
        return ([.main] + aliases).filter { seen.insert($0).inserted }
    }

    /// The version that this makes.
    fileprivate func version(number: UInt64, _ header: CommandHeader) -> Version {
        Version(
            project: project, model: model, number: number, files: files, metadata: metadata, tags: tags,
            message: message, createdAt: header.at, createdBy: header.principal, site: header.site,
            inspection: inspection)
    }
}

extension Model {
    fileprivate func with(latestVersion: UInt64) -> Model {
        Model(
            project: project, name: name, description: description, latestVersion: latestVersion,
            createdAt: createdAt, createdBy: createdBy)
    }
}
