import HTTPTypes
import HummingbirdCore
import Models
import Registry
import RegistryService

extension RESTAPI {
    /// Who may do what in the whole cluster.
    static var accessRoutes: [Route] {
        [
            Route(
                method: .get, path: "/api/v1/whoami", summary: "Show who you are", response: .init(schema: "Principal")
            ) { call in try .json(call.principal, index: nil) },
            Route(
                method: .get, path: "/api/v1/principals", summary: "List principals by name",
                query: ["cursor", "limit"],
                response: .init(schema: "Principal", isList: true)
            ) { call in
                let (limit, after) = (try call.limit, try call.cursor.map { try PrincipalName($0) })
                return try .json(
                    await call.read { catalog in
                        Page(try catalog.principals(after: after, limit: limit + 1), limit: limit, key: \.name.text)
                    })
            },
            Route(
                method: .post, path: "/api/v1/principals", summary: "Add a person or a service",
                requestBody: .init(schema: "CreatePrincipalRequest"), responseStatus: .created,
                response: .init(schema: "Principal")
            ) { call in
                let request = try await call.body(CreatePrincipalRequest.self)
                let name = try PrincipalName(request.name)
                let command = AccessCommand.createPrincipal(
                    name, request.role, description: request.description ?? "")
                return try await change(name, by: command, call, status: .created)
            },
            Route(
                method: .put, path: "/api/v1/principals/{principal}/role",
                summary: "Give a principal another role in the whole cluster",
                requestBody: .init(schema: "RoleRequest"), response: .init(schema: "Principal")
            ) { call in
                let name = try call.principalName
                let role = try await call.body(RoleRequest.self).role
                return try await change(name, by: .changePrincipal(name, role), call)
            },
            Route(
                method: .delete, path: "/api/v1/principals/{principal}",
                summary: "Remove a principal for ever: its tokens and roles mean nothing any more",
                response: .init(schema: "Principal")
            ) { call in try await change(call.principalName, by: .removePrincipal(call.principalName), call) },
        ]
    }

    private static func change(
        _ name: PrincipalName, by command: AccessCommand, _ call: Call, status: HTTPResponse.Status = .ok
    ) async throws -> Reply {
        let written = try await call.execute(.access(command))
        let answer = try await call.read(after: written.index) { catalog in
            guard let principal = try catalog.principal(name) else {
                throw ServiceError.notFound("there is no principal “\(name)”")
            }
            return principal
        }
        return try .json(Written(value: answer.value, index: written.index), status: status)
    }

    /// By what principals sign in.
    static var tokenRoutes: [Route] {
        let path = "/api/v1/principals/{principal}/tokens"
        return [
            Route(
                method: .get, path: path, summary: "List a principal's tokens, without their secrets",
                response: .init(schema: "TokenInformation", isList: true)
            ) { call in
                let name = try call.principalName
                if try call.principal.name != name { try call.service.expect(.administer, of: call.principal) }
                return try .json(
                    await call.read { catalog in
                        Page(items: try catalog.tokens(of: name), next: nil)
                    })
            },
            Route(
                method: .post, path: path,
                summary:
                    "Issue a token to a principal, yourself or, as an administrator, another; its secret is shown once",
                requestBody: .init(schema: "IssueTokenRequest"), responseStatus: .created,
                response: .init(schema: "IssuedToken")
            ) { call in
                let request = try await call.body(IssueTokenRequest.self)
                let written = try await call.service.issueToken(
                    to: call.principalName, label: request.label ?? "", days: request.days, as: call.principal,
                    showing: call.token)
                return try .json(written, status: .created)
            },
            Route(
                method: .delete, path: "\(path)/{token}", summary: "Revoke a token, by its id",
                response: .init(schema: "TokenInformation", isList: true)
            ) { call in
                let name = try call.principalName
                let written = try await call.execute(.access(.revokeToken(call.tokenID, of: name)))
                let answer = try await call.read(after: written.index) {
                    Page(items: try $0.tokens(of: name), next: nil)
                }
                return try .json(Written(value: answer.value, index: written.index))
            },
        ]
    }

    /// Who may do what in a project.
    static var grantRoutes: [Route] {
        let path = "/api/v1/projects/{project}/grants"
        return [
            Route(
                method: .get, path: path, summary: "List the roles that principals have in a project",
                response: .init(schema: "Grant", isList: true)
            ) { call in
                let project = try call.project
                return try .json(
                    await call.read { catalog in
                        _ = try catalog.existing(project)
                        return Page(items: try catalog.grants(in: project), next: nil)
                    })
            },
            Route(
                method: .put, path: "\(path)/{principal}", summary: "Give a principal a role in a project",
                requestBody: .init(schema: "RoleRequest"), response: .init(schema: "Grant", isList: true)
            ) { call in try await grant(call.body(RoleRequest.self).role, call) },
            Route(
                method: .delete, path: "\(path)/{principal}", summary: "Take a principal's role in a project away",
                response: .init(schema: "Grant", isList: true)
            ) { call in try await grant(nil, call) },
        ]
    }

    private static func grant(_ role: Role?, _ call: Call) async throws -> Reply {
        let project = try call.project
        let written = try await call.execute(.access(.grant(project, call.principalName, role)))
        let answer = try await call.read(after: written.index) {
            Page(items: try $0.grants(in: project), next: nil)
        }
        return try .json(Written(value: answer.value, index: written.index))
    }
}

extension Call {
    /// Puts a command of the caller into the log.
    func execute(_ command: Command) async throws(ServiceError) -> Written<Outcome.Result> {
        try await service.execute(command, as: principal, key: idempotencyKey)
    }
}
