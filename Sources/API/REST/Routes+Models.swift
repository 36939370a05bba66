import HTTPTypes
import Models
import Registry
import RegistryService

extension RESTAPI {
    /// Models.
    static var modelRoutes: [Route] {
        [
            Route(
                method: .get, path: "/api/v1/projects/{project}/models", summary: "List a project's models",
                query: ["cursor", "limit"], response: .init(schema: "Model", isList: true)
            ) { call in
                let (project, limit, after) = (
                    try call.project, try call.limit, try call.cursor.map { try ModelName($0) }
                )
                return try .json(
                    await call.read { catalog in
                        _ = try catalog.existing(project)
                        let models = try catalog.models(in: project, after: after, limit: limit + 1)
                        return Page(models, limit: limit, key: \.name.text)
                    })
            },
            Route(
                method: .post, path: "/api/v1/projects/{project}/models", summary: "Create a model",
                requestBody: .init(schema: "CreateModelRequest"), responseStatus: .created,
                response: .init(schema: "Model")
            ) { call in
                let request = try await call.body(CreateModelRequest.self)
                let command = CreateModel(
                    project: try call.project, name: try ModelName(request.name), description: request.description ?? ""
                )
                let written = try await call.service.execute(
                    .createModel(command), as: call.principal, key: call.idempotencyKey)
                guard case .model(let model) = written.value else { throw written.unexpected }
                return try .json(Written(value: model, index: written.index), status: .created)
            },
            Route(
                method: .get, path: "/api/v1/projects/{project}/models/{model}", summary: "Show a model",
                response: .init(schema: "Model")
            ) { call in
                let (project, model) = (try call.project, try call.model)
                return try .json(await call.read { try $0.existing(project, model) })
            },
        ]
    }
}

extension Page {
    /// A page of the first `limit` of `items`; one more than that tells that there is a next page.
    init(_ items: [Item], limit: Int, key: (Item) -> String) {
        let page = Array(items.prefix(limit))
        self.init(items: page, next: items.count > limit ? page.last.map(key) : nil)
    }
}

extension Written {
    /// The log gave an outcome of another kind than the command's: a defect, reported as such.
    var unexpected: ServiceError { .nodeUnavailable("the outcome at index \(index) is of another kind than expected") }
}
