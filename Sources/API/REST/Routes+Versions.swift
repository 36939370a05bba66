import HTTPTypes
import HummingbirdCore
import Models
import Registry
import RegistryService

extension RESTAPI {
    private static let model = "/api/v1/projects/{project}/models/{model}"

    /// Versions and their registration.
    static var versionRoutes: [Route] {
        [
            Route(
                method: .get, path: "\(model)/versions", summary: "List a model's versions, newest first",
                query: ["cursor", "limit"], response: .init(schema: "VersionDescription", isList: true)
            ) { call in
                let (project, model, limit) = (try call.project, try call.model, try call.limit)
                let before = try call.numericCursor
                return try .json(
                    await call.read { catalog in
                        _ = try catalog.existing(project, model)
                        return try catalog.page(ofVersions: model, project, before: before, limit: limit)
                    })
            },
            Route(
                method: .post, path: "\(model)/versions",
                summary: "Register uploaded files as a version; creates project and model when they do not exist",
                requestBody: .init(schema: "RegisterVersionRequest"), responseStatus: .created,
                response: .init(schema: "VersionDescription")
            ) { call in
                let request = try await call.body(RegisterVersionRequest.self)
                let written = try await call.service.register(
                    request, project: call.project, model: call.model, as: call.principal, key: call.idempotencyKey)
                return try .json(written, status: .created)
            },
            Route(
                method: .get, path: "\(model)/versions/{version}",
                summary: "Show a version, by number, alias or “latest”; with “at” as it was at an instant",
                query: ["at"],
                response: .init(schema: "VersionDescription")
            ) { call in
                try .json(await call.version(at: call.moment))
            },
            Route(
                method: .get, path: "/api/v1/comparison",
                summary: "Put versions beside each other, “of” of any models between commas: metrics, size, parameters",
                query: ["of"], response: .init(schema: "VersionComparison"), respond: compare),
            Route(
                method: .get, path: "\(model)/versions/{version}/diff",
                summary: "Compare a version with another, “to”: files, values, tensors and bytes in common",
                query: ["to"], response: .init(schema: "VersionDifference")
            ) { call in
                guard let text = call.request.uri.queryParameters["to"] else {
                    throw ServiceError.invalidRequest("say with which version to compare: ?to=PROJECT/MODEL:N")
                }
                let from = ModelReference(
                    project: try call.project, model: try call.model, selector: try call.selector)
                return try .json(
                    await call.service.difference(
                        from: from, to: ModelReference(String(text)), for: call.principal, call.consistency))
            },
        ]
    }

    /// What people read of a version before they use it.
    static var presentationRoutes: [Route] {
        [
            Route(
                method: .get, path: "\(model)/versions/{version}/card",
                summary: "Show a version's card, and what it says otherwise than the metadata",
                response: .init(schema: "CardDescription")
            ) { call in
                let answer = try await call.version()
                let card = try await call.service.card(of: answer.value.version)
                return try .json(answer.map { _ in card })
            },
            Route(
                method: .get, path: "\(model)/versions/{version}/usage",
                summary: "Show how to use a version with each client that can load it",
                response: .init(schema: "UsageExample", isList: true)
            ) { call in
                let answer = try await call.version().map {
                    Page(items: UsageExample.examples(for: $0.version, server: call.service.endpoint), next: nil)
                }
                return try .json(answer)
            },
        ]
    }

    private static let compare: @Sendable (Call) async throws -> Reply = { call in
        let texts = call.request.uri.queryParameters["of"].map { $0.split(separator: ",") } ?? []
        guard (2...Limits.standard.comparedVersions).contains(texts.count) else {
            throw ServiceError.invalidRequest(
                "name from 2 to \(Limits.standard.comparedVersions) versions: ?of=PROJECT/MODEL:N,PROJECT/MODEL@ALIAS")
        }
        let references = try texts.map { try ModelReference(String($0)) }
        return try .json(
            await call.read { catalog in
                VersionComparison(
                    try references.map {
                        try catalog.describe($0.project, $0.model, $0.selector ?? .latest).version
                    })
            })
    }
}

extension Catalog {
    /// Versions from the newest before `before` on.
    fileprivate func page(
        ofVersions model: ModelName, _ project: ProjectName, before: UInt64?, limit: Int
    ) throws -> Page<VersionDescription> {
        var aliases: [UInt64: [AliasName]] = [:]
        for alias in try self.aliases(project: project, model: model) {
            aliases[alias.version, default: []].append(alias.name)
        }
        return try Page(before: before, limit: limit, number: \.version.number, files: \.version.files.count) {
            before in
            try versions(project: project, model: model, before: before, limit: 1).first.map { version in
                VersionDescription(
                    version: version, aliases: aliases[version.number] ?? [], stage: try stage(of: VersionKey(version)))
            }
        }
    }
}

extension Page {
    /// What `next` gives from the newest before `before` on: `limit` of it, or less once it has `Limits.filesPerPage` files
    /// together. One at a time, for each may have thousands.
    init(
        before: UInt64?, limit: Int, number: (Item) -> UInt64, files: (Item) -> Int, next: (UInt64?) throws -> Item?
    ) rethrows {
        var (found, count, last): ([Item], Int, UInt64?) = ([], 0, before)
        while found.count < limit, count < Limits.standard.filesPerPage {
            guard let item = try next(last) else {
                last = nil
                break
            }
            found.append(item)
            count += files(item)
            last = number(item)
        }
        self.init(items: found, next: last.flatMap { $0 > 1 ? String($0) : nil })
    }
}
