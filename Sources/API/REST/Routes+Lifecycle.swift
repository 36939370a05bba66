import HTTPTypes
import HummingbirdCore
import Models
import Registry
import RegistryService

extension RESTAPI {
    private static let version = "/api/v1/projects/{project}/models/{model}/versions/{version}"

    /// How versions live, and where they stand.
    static var lifecycleRoutes: [Route] {
        let path = "/api/v1/projects/{project}/lifecycle"
        return [
            Route(
                method: .get, path: path, summary: "Show how a project's versions live: stages, transitions, gates",
                response: .init(schema: "Lifecycle")
            ) { call in
                let project = try call.project
                return try .json(
                    await call.read { catalog in
                        _ = try catalog.existing(project)
                        return try catalog.lifecycle(of: project)
                    })
            },
            Route(
                method: .put, path: path, summary: "Say how a project's versions live",
                requestBody: .init(schema: "Lifecycle"), response: .init(schema: "Lifecycle")
            ) { call in try await setLifecycle(call.body(Lifecycle.self), call) },
            Route(
                method: .delete, path: path, summary: "Let a project's versions live by the standard",
                response: .init(schema: "Lifecycle")
            ) { call in try await setLifecycle(nil, call) },
            Route(
                method: .post, path: "\(version)/stage", summary: "Move a version to a stage",
                requestBody: .init(schema: "MoveVersionRequest"), response: .init(schema: "VersionDescription")
            ) { call in
                let request = try await call.body(MoveVersionRequest.self)
                let key = try await call.versionKey()
                let move = LifecycleCommand.Move(
                    version: key, to: try StageName(request.to),
                    expected: try request.expected.map { try StageName($0) }, reason: request.reason ?? "",
                    successor: request.successor, effectiveAt: request.effectiveAt)
                let written = try await call.service.move(move, as: call.principal, key: call.idempotencyKey)
                return try await describe(key, written, call)
            },
            Route(
                method: .get, path: "\(version)/stage/history", summary: "List a version's moves, oldest first",
                response: .init(schema: "StageMove", isList: true)
            ) { call in
                try await list(call) { catalog, key in
                    try catalog.stageMoves(of: key, limit: Limits.standard.pageRecords)
                }
            },
        ]
    }

    /// What is known of a version, and what is not.
    static var reportRoutes: [Route] {
        [
            Route(
                method: .get, path: "\(version)/report",
                summary:
                    "Show what is known of a version in the sections of the EU AI Act's Annex IV, and what is missing",
                response: .init(schema: "ComplianceReport")
            ) { call in
                let (project, model, selector) = (try call.project, try call.model, try call.selector)
                return try .json(
                    await call.survey { try $0.report(project, model, selector) })
            }
        ]
    }

    /// Who lets versions move.
    static var approvalRoutes: [Route] {
        [
            Route(
                method: .get, path: "\(version)/approvals",
                summary: "List a version's approvals, and which of them count",
                response: .init(schema: "ApprovalDescription", isList: true)
            ) { call in
                let now = call.service.now
                return try await list(call) { catalog, key in
                    try catalog.approvals(of: key, at: now).map {
                        ApprovalDescription(approval: $0.approval, objection: $0.objection)
                    }
                }
            },
            Route(
                method: .post, path: "\(version)/approvals",
                summary: "Approve that a version, with this digest, moves to a stage",
                requestBody: .init(schema: "ApproveRequest"), responseStatus: .created,
                response: .init(schema: "VersionDescription")
            ) { call in
                let request = try await call.body(ApproveRequest.self)
                let key = try await call.versionKey()
                let command = LifecycleCommand.approve(
                    key, request.digest, to: try StageName(request.to), reason: request.reason ?? "",
                    expiresAt: request.expiresAt)
                return try await carryOut(command, on: key, call, status: .created)
            },
            Route(
                method: .delete, path: "\(version)/approvals/{stage}", summary: "Withdraw your approval",
                response: .init(schema: "VersionDescription")
            ) { call in
                let key = try await call.versionKey()
                return try await carryOut(.withdrawApproval(key, to: call.stage), on: key, call)
            },
        ]
    }

    /// What was measured of versions after their registration.
    static var evaluationRoutes: [Route] {
        [
            Route(
                method: .get, path: "\(version)/evaluations", summary: "List a version's evaluations, oldest first",
                response: .init(schema: "Evaluation", isList: true)
            ) { call in try await list(call) { catalog, key in try catalog.evaluations(of: key) } },
            Route(
                method: .post, path: "\(version)/evaluations", summary: "Add what was measured of a version",
                requestBody: .init(schema: "EvaluateRequest"), responseStatus: .created,
                response: .init(schema: "VersionDescription")
            ) { call in
                let request = try await call.body(EvaluateRequest.self)
                let key = try await call.versionKey()
                let command = LifecycleCommand.evaluate(
                    key, request.metrics, evidence: request.evidence ?? "", note: request.note ?? "")
                return try await carryOut(command, on: key, call, status: .created)
            },
        ]
    }

    private static func setLifecycle(_ lifecycle: Lifecycle?, _ call: Call) async throws -> Reply {
        let project = try call.project
        let written = try await call.execute(.lifecycle(.setLifecycle(project, lifecycle)))
        let answer = try await call.read(after: written.index) { try $0.lifecycle(of: project) }
        return try .json(Written(value: answer.value, index: written.index))
    }

    private static func carryOut(
        _ command: LifecycleCommand, on key: VersionKey, _ call: Call, status: HTTPResponse.Status = .ok
    ) async throws -> Reply {
        try await describe(key, call.execute(.lifecycle(command)), call, status: status)
    }

    private static func describe(
        _ key: VersionKey, _ written: Written<Outcome.Result>, _ call: Call, status: HTTPResponse.Status = .ok
    ) async throws -> Reply {
        let answer = try await call.read(after: written.index) {
            try $0.describe(key.project, key.model, .number(key.number))
        }
        return try .json(Written(value: answer.value, index: written.index), status: status)
    }

    private static func list<Item: Hashable & Sendable & Codable>(
        _ call: Call, _ body: (Catalog, VersionKey) throws -> [Item]
    ) async throws -> Reply {
        let (project, model, selector) = (try call.project, try call.model, try call.selector)
        return try .json(
            await call.read { catalog in
                let version = try catalog.describe(project, model, selector).version
                return Page(items: try body(catalog, VersionKey(version)), next: nil)
            })
    }
}

extension Call {
    /// The version in the path, by number, alias or `latest`.
    fileprivate func versionKey() async throws -> VersionKey { VersionKey(try await version().value.version) }
}
