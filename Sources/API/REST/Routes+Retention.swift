import HTTPTypes
import HummingbirdCore
import Models
import Registry
import RegistryService

extension RESTAPI {
    private static let model = "/api/v1/projects/{project}/models/{model}"

    /// How versions go, and come back.
    static var retentionRoutes: [Route] {
        [
            Route(
                method: .delete, path: "\(model)/versions/{version}",
                summary:
                    "Delete a version, by its number; it can be taken back for “grace_days”, 30 unless said otherwise",
                query: ["reason", "grace_days"], response: .init(schema: "DeletedVersion")
            ) { call in
                let key = try call.numberedVersion
                let command = RetentionCommand.delete(
                    key, reason: call.queryReason, graceDays: try call.graceDays)
                return try await show(key, after: call.execute(.retention(command)), call)
            },
            Route(
                method: .get, path: "\(model)/deleted",
                summary: "List the versions of a model that were deleted, newest first",
                query: ["cursor", "limit"], response: .init(schema: "DeletedVersion", isList: true)
            ) { call in
                let (project, model, limit) = (try call.project, try call.model, try call.limit)
                let before = try call.numericCursor
                return try .json(
                    await call.read { catalog in
                        _ = try catalog.existing(project, model)
                        return try Page(
                            before: before, limit: limit, number: \.number, files: { $0.version?.files.count ?? 0 }
                        ) { before in
                            try catalog.deletedVersions(project: project, model: model, before: before, limit: 1).first
                        }
                    })
            },
            Route(
                method: .post, path: "\(model)/deleted/{version}/restore", summary: "Take a deleted version back",
                requestBody: .init(schema: "ReasonRequest"), response: .init(schema: "VersionDescription")
            ) { call in
                let (key, reason) = (try call.numberedVersion, try await call.body(ReasonRequest.self).reason)
                let written = try await call.execute(.retention(.undelete(key, reason: reason)))
                let answer = try await call.read(after: written.index) {
                    try $0.describe(key.project, key.model, .number(key.number))
                }
                return try .json(Written(value: answer.value, index: written.index))
            },
        ]
    }

    /// How models and projects go.
    static var tombstoneRoutes: [Route] {
        [
            Route(
                method: .delete, path: model,
                summary: "Delete a model of which no version is left; its name is given to no other",
                query: ["reason"], response: .init(schema: "Tombstone")
            ) { call in
                let (project, model) = (try call.project, try call.model)
                let written = try await call.execute(
                    .retention(.deleteModel(project, model, reason: call.queryReason)))
                return try await showTombstone(of: project, model, written, call)
            },
            Route(
                method: .delete, path: "/api/v1/projects/{project}",
                summary: "Delete a project in which no model is left; its name is given to no other",
                query: ["reason"], response: .init(schema: "Tombstone")
            ) { call in
                let project = try call.project
                let written = try await call.execute(.retention(.deleteProject(project, reason: call.queryReason)))
                return try await showTombstone(of: project, nil, written, call)
            },
        ]
    }

    private static func showTombstone(
        of project: ProjectName, _ model: ModelName?, _ written: Written<Outcome.Result>, _ call: Call
    ) async throws -> Reply {
        let answer = try await call.read(after: written.index) { catalog in
            guard let deleted = try catalog.tombstone(of: project, model) else { throw written.unexpected }
            return deleted
        }
        return try .json(Written(value: answer.value, index: written.index))
    }

    /// Which versions must stay.
    static var holdRoutes: [Route] {
        [
            Route(
                method: .get, path: "\(model)/versions/{version}/hold", summary: "Show why a version must be kept",
                response: .init(schema: "Hold")
            ) { call in
                let key = try call.numberedVersion
                return try .json(
                    await call.read { catalog in
                        guard let hold = try catalog.hold(on: key) else {
                            throw ServiceError.notFound("\(key) is not held")
                        }
                        return hold
                    })
            },
            Route(
                method: .put, path: "\(model)/versions/{version}/hold",
                summary: "Keep a version, whatever else is decided", requestBody: .init(schema: "ReasonRequest"),
                response: .init(schema: "Hold")
            ) { call in
                let (key, reason) = (try call.numberedVersion, try await call.body(ReasonRequest.self).reason)
                let written = try await call.execute(.retention(.hold(key, reason: reason)))
                let answer = try await call.read(after: written.index) { try $0.hold(on: key) }
                guard let hold = answer.value else { throw written.unexpected }
                return try .json(Written(value: hold, index: written.index))
            },
            Route(
                method: .delete, path: "\(model)/versions/{version}/hold", summary: "Let a version go its way again",
                query: ["reason"], responseStatus: .noContent
            ) { call in
                let key = try call.numberedVersion
                _ = try await call.execute(.retention(.release(key, reason: call.queryReason)))
                return Reply(status: .noContent)
            },
        ]
    }

    private static func show(_ key: VersionKey, after written: Written<Outcome.Result>, _ call: Call) async throws
        -> Reply
    {
        let answer = try await call.read(after: written.index) { try $0.deletedVersion(key) }
        guard let deleted = answer.value else { throw written.unexpected }
        return try .json(Written(value: deleted, index: written.index))
    }
}

extension Call {
    /// The version in the path, which must be a number: what is deleted is said exactly.
    fileprivate var numberedVersion: VersionKey {
        get throws {
            guard case .number(let number) = try selector else {
                throw ServiceError.invalidRequest("name the version by its number")
            }
            return VersionKey(project: try project, model: try model, number: number)
        }
    }

    fileprivate var queryReason: String { request.uri.queryParameters["reason"].map { String($0) } ?? "" }

    fileprivate var graceDays: UInt32 {
        get throws(ServiceError) {
            guard let text = request.uri.queryParameters["grace_days"] else {
                return RetentionCommand.standardGraceDays
            }
            guard let days = UInt32(text) else { throw .invalidRequest("grace_days is a number of days") }
            return days
        }
    }
}
