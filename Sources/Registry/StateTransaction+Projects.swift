import Models
import Storage

extension StateTransaction {
    /// Creates a project.
    mutating func create(_ command: CreateProject, _ header: CommandHeader) throws(StorageError) -> Effect {
        if isTooLong(command.description) { return .refused(.tooLong("description")) }
        if let refusal = try refusal(ofNew: command.name, header) { return .refused(refusal) }
        let project = try addProject(
            command.name, description: command.description, visibility: command.visibility, header)
        return .accepted(.project(project), [.projectCreated(project.name)])
    }

    /// Changes a project that exists.
    mutating func change(_ command: ChangeProject) throws(StorageError) -> Effect {
        guard var project: Project = try record(.project(command.name)) else {
            return .refused(.missing(command.name))
        }
        if case .value(let text) = command.description, isTooLong(text) { return .refused(.tooLong("description")) }
        if case .value(let sites) = command.sites {
            if let refusal = try refusal(of: sites) { return .refused(refusal) }
            let archives = try lifecycle(of: project.name).archives
            if let refusal = Self.refusal(ofArchives: archives, keptAt: sites) { return .refused(refusal) }
        }
        project.description = command.description.applied(to: project.description) ?? ""
        let sites = command.sites.applied(to: project.sites)
        let hasMoved = sites != project.sites
        if hasMoved { (project.sites, project.sitesSince) = (sites, appliedIndex) }
        project.quotaBytes = command.quotaBytes.applied(to: project.quotaBytes)
        project.refuses = command.refuses.applied(to: project.refuses)
        project.visibility = command.visibility.applied(to: project.visibility)
        if project.quotaBytes != nil, let refusal = try count(&project) { return .refused(refusal) }
        try put(project, at: .project(project.name))
        if command.visibility != .unchanged { try mark(project) }
        return .accepted(.project(project), [.projectChanged(project.name, hasMoved: hasMoved)])
    }

    private func refusal(of sites: [SiteName]) throws(StorageError) -> Rejection? {
        let known = Set(
            (try record(.cluster, as: ClusterRecord.self)?.members ?? []).filter { !$0.isLeaving }.map(\.site))
        if sites.isEmpty { return Rejection(.invalid, "bytes must be kept somewhere: name at least one site") }
        guard let stranger = sites.first(where: { !known.contains($0) }) else { return nil }
        let names = known.map(\.text).sorted().joined(separator: ", ")
        return Rejection(.invalid, "there is no node at site “\(stranger)”; the sites are \(names)")
    }

    /// Why stages cannot name these sites in a project that is kept at `sites`, or nil. What a project does not let out
    /// of its sites is archived within them.
    static func refusal(ofArchives archives: [StageName: [SiteName]], keptAt sites: [SiteName]?) -> Rejection? {
        guard let sites else { return nil }
        for (stage, archive) in archives.sorted(by: { $0.key.text < $1.key.text }) {
            guard let stranger = archive.first(where: { !sites.contains($0) }) else { continue }
            return Rejection(
                .conflict,
                "the stage “\(stage)” keeps bytes at “\(stranger)”, which is none of the sites that may hold those of the project; let it keep them elsewhere (peerage stage lifecycle PROJECT --archive \(stage)=…)"
            )
        }
        return nil
    }

    /// Why a stage cannot keep bytes at `sites`, or nil.
    func refusal(ofArchiving stage: StageName, at sites: [SiteName]) throws(StorageError) -> Rejection? {
        try refusal(of: sites).map { Rejection($0.code, "the stage “\(stage)”: \($0.detail)") }
    }

    /// A project, and perhaps a stage of it, of which bytes are kept at sites where no node is but `member`; nil when there
    /// is none.
    func keptOnly(
        by member: ClusterMember, among members: [ClusterMember]
    ) throws(StorageError) -> (project: ProjectName, stage: StageName?)? {
        let others = Set(members.filter { !$0.isLeaving && $0.member != member.member }.map(\.site))
        func isOnly(_ sites: [SiteName]) -> Bool { sites.contains(member.site) && others.isDisjoint(with: sites) }
        let catalog = Catalog(self)
        for project in try catalog.allProjects() {
            if isOnly(project.sites ?? []) { return (project.name, nil) }
            let archives = try catalog.lifecycle(of: project.name).archives.sorted { $0.key.text < $1.key.text }
            if let archive = archives.first(where: { isOnly($0.value) }) { return (project.name, archive.key) }
        }
        return nil
    }

    /// Creates a model in a project that exists.
    mutating func create(_ command: CreateModel, _ header: CommandHeader) throws(StorageError) -> Effect {
        if isTooLong(command.description) { return .refused(.tooLong("description")) }
        guard try contains(.project(command.project)) else { return .refused(.missing(command.project)) }
        let skeleton = StateKey.modelSkeleton(command.project, command.name)
        if let refusal = try refusal(ofNew: command.name, skeleton: skeleton) { return .refused(refusal) }
        let key = ModelKey(command.project, command.name)
        let model = try addModel(key, description: command.description, header)
        return .accepted(.model(model), [.modelCreated(project: key.project, model: key.name)])
    }

    /// Adds a project whose name was found free.
    mutating func addProject(
        _ name: ProjectName, description: String, visibility: Visibility? = nil, _ header: CommandHeader
    ) throws(StorageError) -> Project {
        let project = Project(
            name: name, description: description, createdAt: header.at, createdBy: header.principal,
            usedBytes: try level() >= Command.levelOfProjects ? 0 : nil, visibility: visibility)
        try put(project, at: .project(name))
        try mark(project)
        try put(NameRecord(name.text), at: .projectSkeleton(name))
        try letCreatorAdminister(name, header)
        return project
    }

    /// Notes whether a project is private where that is looked up.
    private mutating func mark(_ project: Project) throws(StorageError) {
        let key = StateKey.privateProject(project.name)
        if project.visibility == .private { try put(NameRecord(project.name.text), at: key) } else { try delete(key) }
    }

    /// Adds a model whose name was found free.
    mutating func addModel(
        _ key: ModelKey, description: String, _ header: CommandHeader
    ) throws(StorageError) -> Model {
        let model = Model(
            project: key.project, name: key.name, description: description, latestVersion: 0, createdAt: header.at,
            createdBy: header.principal)
        try put(model, at: .model(key.project, key.name))
        try put(NameRecord(key.name.text), at: .modelSkeleton(key.project, key.name))
        return model
    }
}
