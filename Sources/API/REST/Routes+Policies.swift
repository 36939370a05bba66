import HTTPTypes
import HummingbirdCore
import Models
import Registry
import RegistryService
import Schemas

extension RESTAPI {
    private static let project = "/api/v1/projects/{project}"

    /// What projects ask of metadata.
    static var schemaRoutes: [Route] {
        [
            Route(
                method: .get, path: "/api/v1/metadata-schema",
                summary: "The words of metadata that Peerage itself reads, as a JSON Schema"
            ) { _ in try .json(MetadataVocabulary.document, index: nil) },
            Route(
                method: .get, path: "\(project)/schemas", summary: "List what a project asks of metadata, and where",
                response: .init(schema: "ProjectSchema", isList: true)
            ) { call in
                let project = try call.project
                return try .json(
                    await call.read { catalog in
                        _ = try catalog.existing(project)
                        return Page(items: try catalog.schemas(of: project), next: nil)
                    })
            },
            Route(
                method: .put, path: "\(project)/schemas/registration",
                summary: "Say what metadata must be for a version to be registered: a JSON Schema 2020-12",
                requestBody: .init(schema: "JSONSchema"), response: .init(schema: "ProjectSchema")
            ) { call in try await setSchema(before: nil, call) },
            Route(
                method: .delete, path: "\(project)/schemas/registration",
                summary: "Ask nothing of metadata for registration", responseStatus: .noContent
            ) { call in try await removeSchema(before: nil, call) },
            Route(
                method: .put, path: "\(project)/schemas/stages/{stage}",
                summary: "Say what metadata must be for a version to enter a stage: a JSON Schema 2020-12",
                requestBody: .init(schema: "JSONSchema"), response: .init(schema: "ProjectSchema")
            ) { call in try await setSchema(before: call.stage, call) },
            Route(
                method: .delete, path: "\(project)/schemas/stages/{stage}",
                summary: "Ask nothing of metadata for a stage", responseStatus: .noContent
            ) { call in try await removeSchema(before: call.stage, call) },
        ]
    }

    /// By which rules versions are deleted.
    static var retentionPolicyRoutes: [Route] {
        let path = "\(project)/retention"
        return [
            Route(
                method: .get, path: path, summary: "Show by which rules versions of a project are deleted",
                response: .init(schema: "RetentionPolicy")
            ) { call in
                let project = try call.project
                return try .json(
                    await call.read { catalog in
                        _ = try catalog.existing(project)
                        guard let policy = try catalog.retention(of: project) else {
                            throw ServiceError.notFound("project “\(project)” has no rules; its versions stay")
                        }
                        return policy
                    })
            },
            Route(
                method: .put, path: path, summary: "Say by which rules versions of a project are deleted",
                requestBody: .init(schema: "RetentionPolicy"), response: .init(schema: "RetentionPolicy")
            ) { call in
                let policy = try await call.body(RetentionPolicy.self)
                let written = try await call.execute(.policy(.setRetention(try call.project, policy)))
                return try .json(Written(value: policy, index: written.index))
            },
            Route(
                method: .delete, path: path, summary: "Delete no versions of a project by themselves",
                responseStatus: .noContent
            ) { call in try await done(call.execute(.policy(.setRetention(call.project, nil)))) },
            Route(
                method: .get, path: "\(path)/plan",
                summary: "Show what the rules in force do with each version now, and why; nothing is deleted",
                query: ["cursor", "limit"], response: .init(schema: "RetentionDecision", isList: true)
            ) { call in try await plan(nil, call) },
            Route(
                method: .post, path: "\(path)/plan",
                summary: "Show what rules would do with each version now, and why; nothing is deleted",
                query: ["cursor", "limit"], requestBody: .init(schema: "RetentionPolicy"),
                response: .init(schema: "RetentionDecision", isList: true)
            ) { call in try await plan(call.body(RetentionPolicy.self), call) },
        ]
    }

    /// In which tier of risk models are.
    static var riskRoutes: [Route] {
        let path = "\(project)/models/{model}/risk"
        return [
            Route(
                method: .get, path: path, summary: "Show in which tier of risk a model is, and why",
                response: .init(schema: "RiskAssessment")
            ) { call in
                let (project, model) = (try call.project, try call.model)
                return try .json(
                    await call.read { catalog in
                        _ = try catalog.existing(project, model)
                        guard let risk = try catalog.risk(of: project, model) else {
                            throw ServiceError.notFound("nobody has said in which tier of risk \(project)/\(model) is")
                        }
                        return risk
                    })
            },
            Route(
                method: .put, path: path, summary: "Say in which tier of risk a model is, and why",
                requestBody: .init(schema: "AssessRequest"), response: .init(schema: "RiskAssessment")
            ) { call in
                let request = try await call.body(AssessRequest.self)
                let (project, model) = (try call.project, try call.model)
                let written = try await call.execute(
                    .policy(.assess(project, model, request.tier, reason: request.reason)))
                let answer = try await call.read(after: written.index) { catalog in
                    guard let risk = try catalog.risk(of: project, model) else {
                        throw ServiceError.notFound("the assessment of \(project)/\(model) was taken back meanwhile")
                    }
                    return risk
                }
                return try .json(Written(value: answer.value, index: written.index))
            },
            Route(
                method: .delete, path: path, summary: "Take back in which tier of risk a model is",
                query: ["reason"], responseStatus: .noContent
            ) { call in
                let reason = call.request.uri.queryParameters["reason"].map { String($0) } ?? ""
                return try await done(
                    call.execute(.policy(.assess(call.project, call.model, nil, reason: reason))))
            },
        ]
    }

    private static func setSchema(before stage: StageName?, _ call: Call) async throws -> Reply {
        let (project, schema) = (try call.project, try await call.body(JSONValue.self))
        let written = try await call.service.setSchema(
            schema, before: stage, in: project, as: call.principal, key: call.idempotencyKey)
        let answer = try await call.read(after: written.index) { catalog in
            guard let schema = try catalog.schema(of: project, before: stage) else {
                throw ServiceError.notFound("the schema of project “\(project)” was removed meanwhile")
            }
            return schema
        }
        return try .json(Written(value: answer.value, index: written.index))
    }

    private static func removeSchema(before stage: StageName?, _ call: Call) async throws -> Reply {
        try await done(
            call.service.setSchema(
                nil, before: stage, in: call.project, as: call.principal, key: call.idempotencyKey))
    }

    /// The answer to what leaves nothing to show.
    private static func done(_ written: Written<Outcome.Result>) -> Reply {
        var reply = Reply(status: .noContent)
        reply.headers[.peerageAppliedIndex] = String(written.index)
        return reply
    }

    /// A page ends after a model: how many newer versions a model has decides.
    private static func plan(_ policy: RetentionPolicy?, _ call: Call) async throws -> Reply {
        let (project, limit) = (try call.project, try call.limit)
        let (after, now) = (try call.cursor.map { try ModelName($0) }, call.service.now)
        if let problem = policy?.problem { throw ServiceError.rejected(Rejection(.invalid, problem)) }
        return try .json(
            await call.service.search(call.consistency, for: call.principal) { catalog in
                _ = try catalog.existing(project)
                guard let policy = try policy ?? catalog.retention(of: project) else {
                    throw ServiceError.notFound("project “\(project)” has no rules; its versions stay")
                }
                var (decisions, next): ([RetentionDecision], String?) = ([], nil)
                let models = try catalog.models(in: project, after: after, limit: limit)
                for model in models {
                    decisions += try catalog.decisions(of: policy, project: project, model: model.name, at: now)
                    next = model.name.text
                    if decisions.count >= limit { return Page(items: decisions, next: next) }
                }
                return Page(items: decisions, next: models.count < limit ? nil : next)
            })
    }
}
