import Models
import Storage

extension StateTransaction {
    /// Creates a project.
    mutating func create(_ command: CreateProject, _ header: CommandHeader) throws(StorageError) -> Effect {
        if isTooLong(command.description) { return .refused(.tooLong("description")) }
        if let refusal = try refusal(ofNew: command.name, skeleton: .projectSkeleton(command.name)) {
            return .refused(refusal)
        }
        let project = try addProject(command.name, description: command.description, header)
        return .accepted(.project(project), [.projectCreated(project.name)])
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
        _ name: ProjectName, description: String, _ header: CommandHeader
    ) throws(StorageError) -> Project {
        let project = Project(
            name: name, description: description, createdAt: header.at, createdBy: header.principal)
        try put(project, at: .project(name))
        try put(NameRecord(name.text), at: .projectSkeleton(name))
        return project
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
