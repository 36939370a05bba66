import HTTPTypes
import Models
import Registry
import RegistryService

extension RESTAPI {
    /// Projects.
    static var projectRoutes: [Route] {
        [
            Route(
                method: .get, path: "/api/v1/projects", summary: "List projects", query: ["cursor", "limit"],
                response: .init(schema: "Project", isList: true)
            ) { call in
                let (limit, after) = (try call.limit, try call.cursor.map { try ProjectName($0) })
                return try .json(
                    await call.read { catalog in
                        Page(try catalog.projects(after: after, limit: limit + 1), limit: limit, key: \.name.text)
                    })
            },
            Route(
                method: .post, path: "/api/v1/projects", summary: "Create a project",
                requestBody: .init(schema: "CreateProjectRequest"), responseStatus: .created,
                response: .init(schema: "Project")
            ) { call in
                let request = try await call.body(CreateProjectRequest.self)
                let command = CreateProject(
                    name: try ProjectName(request.name), description: request.description ?? "",
                    visibility: request.visibility)
                let written = try await call.service.execute(
                    .createProject(command), as: call.principal, key: call.idempotencyKey)
                guard case .project(let project) = written.value else { throw written.unexpected }
                return try .json(Written(value: project, index: written.index), status: .created)
            },
            Route(
                method: .get, path: "/api/v1/projects/{project}", summary: "Show a project",
                response: .init(schema: "Project")
            ) { call in
                let project = try call.project
                return try .json(await call.read { try $0.existing(project) })
            },
            Route(
                method: .patch, path: "/api/v1/projects/{project}",
                summary:
                    "Change a project: its description, the sites that keep its bytes, how many it may have, which files it refuses, or who sees it",
                requestBody: .init(schema: "ChangeProjectRequest"), response: .init(schema: "Project"),
                respond: changeProject),
            Route(
                method: .get, path: "/api/v1/projects/{project}/holdings",
                summary: "Ask every node how much of the project's bytes it holds",
                response: .init(schema: "ProjectHoldings")
            ) { call in
                try .json(await call.service.holdings(of: call.project, for: call.principal, call.consistency))
            },
        ]
    }

    private static let changeProject: @Sendable (Call) async throws -> Reply = { call in
        let request = try await call.body(ChangeProjectRequest.self)
        let command = ChangeProject(
            name: try call.project, description: request.description,
            sites: try request.sites.map { try $0.map { try SiteName($0) } }, quotaBytes: request.quotaBytes,
            refuses: request.refuses, visibility: request.visibility)
        let written = try await call.service.execute(
            .changeProject(command), as: call.principal, key: call.idempotencyKey)
        guard case .project(let project) = written.value else { throw written.unexpected }
        return try .json(Written(value: project, index: written.index))
    }
}
