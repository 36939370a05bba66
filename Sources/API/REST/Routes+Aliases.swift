import HTTPTypes
import HummingbirdCore
import Models
import Registry
import RegistryService

extension RESTAPI {
    private static let model = "/api/v1/projects/{project}/models/{model}"

    /// Aliases and their history.
    static var aliasRoutes: [Route] {
        [
            Route(
                method: .get, path: "\(model)/aliases", summary: "List a model's aliases",
                response: .init(schema: "Alias", isList: true)
            ) { call in
                let (project, model) = (try call.project, try call.model)
                return try .json(
                    await call.read { catalog in
                        _ = try catalog.existing(project, model)
                        return Page(items: try catalog.aliases(project: project, model: model), next: nil)
                    })
            },
            Route(
                method: .get, path: "\(model)/aliases/{alias}", summary: "Show an alias",
                response: .init(schema: "Alias")
            ) { call in
                let (project, model, alias) = (try call.project, try call.model, try call.alias)
                return try .json(
                    await call.read { try $0.existing(project, model, alias) })
            },
            Route(
                method: .put, path: "\(model)/aliases/{alias}",
                summary: "Point an alias at a version; with If-Match only if it still is what was read",
                requestBody: .init(schema: "SetAliasRequest"), response: .init(schema: "Alias"), respond: setAlias),
            Route(
                method: .delete, path: "\(model)/aliases/{alias}",
                summary: "Remove an alias; answers with it as it was",
                query: ["reason"], response: .init(schema: "Alias")
            ) { call in
                let command = RemoveAlias(
                    project: try call.project, model: try call.model, alias: try call.alias,
                    expectation: try await call.expectation(),
                    reason: call.request.uri.queryParameters["reason"].map { String($0) } ?? "")
                let written = try await call.service.execute(
                    .removeAlias(command), as: call.principal, key: call.idempotencyKey)
                guard case .alias(let alias) = written.value else { throw written.unexpected }
                return try .json(Written(value: alias, index: written.index))
            },
            Route(
                method: .post, path: "\(model)/aliases/{alias}/rollback",
                summary: "Make an alias name again what it named before its last move, or a version that it named once",
                requestBody: .init(schema: "RollBackAliasRequest"), response: .init(schema: "Alias"), respond: rollBack),
            Route(
                method: .get, path: "\(model)/aliases/{alias}/history", summary: "List an alias's moves, oldest first",
                query: ["cursor", "limit"], response: .init(schema: "AliasChange", isList: true)
            ) { call in
                let (project, model, alias) = (try call.project, try call.model, try call.alias)
                let (limit, after) = (try call.limit, try call.numericCursor ?? 0)
                return try .json(
                    await call.read { catalog in
                        _ = try catalog.existing(project, model)
                        let changes = try catalog.aliasHistory(
                            project: project, model: model, alias: alias, after: after, limit: limit + 1)
                        guard !changes.isEmpty || after > 0 else {
                            throw ServiceError.notFound("\(project)/\(model) never had an alias “\(alias)”")
                        }
                        let next = changes.count > limit ? String(after + UInt64(limit)) : nil
                        return Page(items: Array(changes.prefix(limit)), next: next)
                    })
            },
        ]
    }

    private static let setAlias: @Sendable (Call) async throws -> Reply = { call in
        let request = try await call.body(SetAliasRequest.self)
        let command = SetAlias(
            project: try call.project, model: try call.model, alias: try call.alias, version: request.version,
            expectation: try await call.expectation(), reason: request.reason ?? "")
        let written = try await call.service.execute(.setAlias(command), as: call.principal, key: call.idempotencyKey)
        guard case .alias(let alias) = written.value else { throw written.unexpected }
        return try .json(Written(value: alias, index: written.index))
    }

    private static let rollBack: @Sendable (Call) async throws -> Reply = { call in
        let request = try await call.body(RollBackAliasRequest.self)
        let command = RollBackAlias(
            project: try call.project, model: try call.model, alias: try call.alias, to: request.to,
            expectation: try await call.expectation(), reason: request.reason)
        let written = try await call.service.execute(
            .rollBackAlias(command), as: call.principal, key: call.idempotencyKey)
        guard case .alias(let alias) = written.value else { throw written.unexpected }
        return try .json(Written(value: alias, index: written.index))
    }
}

extension Call {
    /// What `If-Match` and `If-None-Match` say about the alias: the version it named when the client read it. The log
    /// checks it again when the command is applied.
    fileprivate func expectation() async throws -> AliasExpectation {
        if request.headers[.ifNoneMatch] == "*" { return .absent }
        guard let expected = request.headers[.ifMatch] else { return .none }
        let (project, model, alias) = (try self.project, try self.model, try self.alias)
        let answer = try await service.read(.linearizable) { try $0.existing(project, model, alias) }
        // RFC 9110 §13.1.1: “*” asks only that there is one.
        guard try expected == "*" || Reply.json(answer).headers[.eTag] == expected else {
            throw ServiceError.preconditionFailed("the alias “\(alias)” changed since you read it; read it again")
        }
        return .version(answer.value.version)
    }
}

extension Catalog {
    /// The alias; throws `ServiceError.notFound` naming what is missing.
    fileprivate func existing(_ project: ProjectName, _ model: ModelName, _ name: AliasName) throws -> Alias {
        _ = try existing(project, model)
        guard let alias = try alias(project: project, model: model, name: name) else {
            throw ServiceError.notFound("\(project)/\(model) has no alias “\(name)”")
        }
        return alias
    }
}
