import HTTPTypes
import HummingbirdCore
import Models
import Registry
import RegistryService

extension RESTAPI {
    private static let version = "/api/v1/projects/{project}/models/{model}/versions/{version}"

    /// What versions are made of, where they serve, and what was recalled.
    static var lineageRoutes: [Route] {
        [
            Route(
                method: .get, path: "/api/v1/lineage",
                summary: "Follow a lineage from “of”, such as dataset:name:NAME, up, down or both ways, to a depth",
                query: ["of", "direction", "depth"], response: .init(schema: "LineageGraph"), respond: lineage),
            Route(
                method: .get, path: "\(version)/lineage",
                summary: "Follow a version's lineage up, down or both ways, to a depth",
                query: ["direction", "depth"], response: .init(schema: "LineageGraph"), respond: versionLineage),
            Route(
                method: .get, path: "\(version)/lineage/additions",
                summary: "List what came to be known of a version's lineage after its registration",
                response: .init(schema: "LineageAddition", isList: true)
            ) { call in
                let (project, model, selector) = (try call.project, try call.model, try call.selector)
                return try .json(
                    await call.read { catalog in
                        let version = try catalog.describe(project, model, selector).version
                        let additions = try catalog.lineageAdditions(
                            project: project, model: model, version: version.number)
                        return Page(items: additions, next: nil)
                    })
            },
            Route(
                method: .post, path: "\(version)/lineage/additions",
                summary: "Add to what is known of a version's lineage",
                requestBody: .init(schema: "AppendLineageRequest"), responseStatus: .created,
                response: .init(schema: "LineageGraph"), respond: append),
        ]
    }

    /// Where versions serve.
    static var deploymentRoutes: [Route] {
        [
            Route(
                method: .get, path: "\(version)/deployments", summary: "List where a version serves",
                response: .init(schema: "Deployment", isList: true)
            ) { call in
                let (project, model, selector) = (try call.project, try call.model, try call.selector)
                return try .json(
                    await call.read { catalog in
                        let version = try catalog.describe(project, model, selector).version
                        let found = try catalog.deployments(project: project, model: model, version: version.number)
                        return Page(items: found, next: nil)
                    })
            },
            Route(
                method: .put, path: "\(version)/deployments/{deployment}",
                summary: "Report that a place serves a version",
                requestBody: .init(schema: "ReportDeploymentRequest"),
                response: .init(schema: "Deployment", isList: true)
            ) { call in
                let request = try await call.body(ReportDeploymentRequest.self)
                return try await report(call, request, isServing: true)
            },
            Route(
                method: .delete, path: "\(version)/deployments/{deployment}",
                summary: "Report that a place serves a version no more",
                response: .init(schema: "Deployment", isList: true)
            ) { call in try await report(call, ReportDeploymentRequest(), isServing: false) },
        ]
    }

    /// What must not be used any more.
    static var recallRoutes: [Route] {
        [
            Route(
                method: .get, path: "/api/v1/recalls", summary: "List what is recalled",
                response: .init(schema: "Recall", isList: true)
            ) { call in
                try .json(
                    await call.read { catalog in
                        Page(items: try catalog.recalls(limit: Limits.standard.pageRecords), next: nil)
                    })
            },
            Route(
                method: .post, path: "/api/v1/recalls",
                summary:
                    "Recall a version, a data set or anything of a lineage, or take that back; answers with what is affected",
                requestBody: .init(schema: "RecallRequest"), response: .init(schema: "LineageGraph")
            ) { call in
                let request = try await call.body(RecallRequest.self)
                let command = RecallThing(
                    thing: request.thing, isRecalled: !(request.lift ?? false), reason: request.reason)
                let written = try await call.service.execute(
                    .recall(command), as: call.principal, key: call.idempotencyKey)
                let thing = try call.thing(request.thing)
                let answer = try await call.survey(after: written.index) {
                    catalog in
                    try catalog.lineage(of: thing, .down, depth: Limits.standard.lineageDepth)
                }
                return try .json(Written(value: answer.value, index: written.index))
            },
        ]
    }

    private static let lineage: @Sendable (Call) async throws -> Reply = { call in
        guard let text = call.request.uri.queryParameters["of"] else {
            throw ServiceError.invalidRequest(
                "say of what: ?of=dataset:name:NAME, model:uri:URI, version:PROJECT/MODEL:N…")
        }
        let (thing, direction, depth) = (try call.thing(String(text)), try call.direction, try call.depth)
        return try .json(
            await call.survey { catalog in
                try catalog.lineage(of: thing, direction, depth: depth)
            })
    }

    private static let versionLineage: @Sendable (Call) async throws -> Reply = { call in
        let (thing, direction, depth) = (
            try await call.version().value.version.lineageThing, try call.direction, try call.depth
        )
        return try .json(
            await call.survey { catalog in
                try catalog.lineage(of: thing, direction, depth: depth)
            })
    }

    private static let append: @Sendable (Call) async throws -> Reply = { call in
        let request = try await call.body(AppendLineageRequest.self)
        let version = try await call.version().value.version
        let command = AppendLineage(
            project: version.project, model: version.model, version: version.number, lineage: request.lineage,
            note: request.note ?? "")
        let written = try await call.service.execute(
            .appendLineage(command), as: call.principal, key: call.idempotencyKey)
        let answer = try await call.read(after: written.index) {
            try $0.lineage(of: version.lineageThing, .up, depth: 1)
        }
        return try .json(Written(value: answer.value, index: written.index), status: .created)
    }

    private static func report(
        _ call: Call, _ request: ReportDeploymentRequest, isServing: Bool
    ) async throws -> Reply {
        let version = try await call.version().value.version
        let command = ReportDeployment(
            project: version.project, model: version.model, version: version.number, name: try call.deployment,
            environment: request.environment ?? "", uri: request.uri ?? "", isServing: isServing)
        let written = try await call.service.execute(
            .reportDeployment(command), as: call.principal, key: call.idempotencyKey)
        let answer = try await call.read(after: written.index) {
            Page(
                items: try $0.deployments(
                    project: version.project, model: version.model, version: version.number), next: nil)
        }
        return try .json(Written(value: answer.value, index: written.index))
    }
}

extension Version {
    fileprivate var lineageThing: LineageThing { LineageThing(project: project, model: model, number: number) }
}

extension Call {
    fileprivate var direction: LineageDirection {
        get throws(ServiceError) {
            let text = request.uri.queryParameters["direction"].map { String($0) } ?? LineageDirection.both.rawValue
            guard let direction = LineageDirection(rawValue: text) else {
                throw .invalidRequest("direction is up, down or both, not “\(text)”")
            }
            return direction
        }
    }

    fileprivate var depth: Int {
        get throws(ServiceError) {
            let most = Limits.standard.lineageDepth
            guard let text = request.uri.queryParameters["depth"] else { return most }
            guard let depth = Int(text), (1...most).contains(depth) else {
                throw .invalidRequest("depth is a number from 1 to \(most)")
            }
            return depth
        }
    }

    fileprivate func thing(_ text: String) throws(ServiceError) -> LineageThing {
        guard let thing = LineageThing(id: text) else {
            throw .invalidRequest(
                "“\(text)” names nothing; write version:PROJECT/MODEL:N, dataset:name:NAME, dataset:digest:HEX, model:uri:URI…"
            )
        }
        return thing
    }
}
