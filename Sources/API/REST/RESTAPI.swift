import Foundation
import HTTPTypes
package import Hummingbird
import HummingbirdCore
package import Logging
import Metrics
import Models
import NIOCore
package import RegistryService

/// The REST surface under `/api/v1`: JSON over HTTPS, RFC 9457 problems, entity tags, ranges, cursor pages.
///
/// Every route passes the one funnel `serve`: authentication, the call, errors, headers, metrics. There is no other way
/// in. Why not middleware per group: a group that someone forgets is a hole (faults-and-abuse.md, S2 and S7).
package struct RESTAPI: Sendable {
    private let service: RegistryService
    private let routes: [Route]

    /// The surface over `service`.
    /// - Parameter metrics: the text of `/metrics`, made when asked for.
    package init(service: RegistryService, metrics: @escaping @Sendable () -> String) {
        self.service = service
        routes = RESTAPI.routes(metrics: metrics)
    }

    /// Every route, for the router, the description and the test that tries each without a token.
    static func routes(metrics: @escaping @Sendable () -> String) -> [Route] {
        let served =
            projectRoutes + modelRoutes + versionRoutes + presentationRoutes + fileRoutes + aliasRoutes + clusterRoutes
            + auditRoutes
            + memberRoutes
            + accessRoutes + tokenRoutes + grantRoutes + lifecycleRoutes + approvalRoutes + evaluationRoutes
            + reportRoutes
            + schemaRoutes + retentionPolicyRoutes + riskRoutes
            + retentionRoutes + tombstoneRoutes + holdRoutes + searchRoutes + lineageRoutes + deploymentRoutes
            + recallRoutes
            + eventRoutes
            + backupRoutes
            + healthRoutes(metrics: metrics)
        let description = OpenAPI.description(of: served)
        return served + [
            Route(
                method: .get, path: "/openapi.json", summary: "This description of the API",
                respond: { _ in .text(description, type: "application/json") })
        ]
    }

    /// `docs/reference/openapi.json`.
    package static var openAPIDescription: String { OpenAPI.description(of: routes(metrics: { "" }).dropLast()) }

    /// The router of all routes.
    package func router() -> Router<APIContext> {
        let router = Router(context: APIContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(middleware: ProblemMiddleware())
        for route in routes {
            router.on(RouterPath(stringLiteral: "/" + route.routerPath), method: route.method) { request, context in
                await serve(route, request, context)
            }
        }
        return router
    }

    /// What answers requests that came in other clothes than HTTP/1.1: the same router.
    package func answering(logger: Logger) -> @Sendable (Request) async throws -> Response {
        let responder = router().buildResponder()
        return { try await responder.respond(to: $0, context: APIContext(logger: logger)) }
    }

    private func serve(_ route: Route, _ request: Request, _ context: APIContext) async -> Response {
        let start = ContinuousClock.now
        let reply = await self.reply(route, request, context)
        var headers = reply.headers
        headers[.peerageNode] = service.node.text
        headers[.xContentTypeOptions] = "nosniff"
        let elapsed = start.duration(to: .now)
        let dimensions = [("route", "\(route.method) \(route.path)"), ("status", "\(reply.status.code)")]
        Timer(label: "peerage_http_request_seconds", dimensions: dimensions).recordNanoseconds(elapsed.nanoseconds)
        return Response(status: reply.status, headers: headers, body: reply.body)
    }

    private func reply(_ route: Route, _ request: Request, _ context: APIContext) async -> Reply {
        do {
            var call = Call(request: request, parameters: context.parameters, service: service)
            if case .token = route.access { try await admit(&call, to: route) }
            return conditional(try await route.respond(call), request)
        } catch let error as ServiceError {
            if case .storage = error { context.logger.error("\(route.method) \(route.path): \(error)") }
            return error.reply
        } catch let error as InvalidName {
            return ServiceError.invalidName(error).reply
        } catch is CancellationError {
            return ServiceError.nodeUnavailable("this node is stopping").reply
        } catch {
            context.logger.error("\(route.method) \(route.path): \(error)")
            return Reply.problem(
                Problem(code: "internal", title: "Internal error", status: 500, detail: "The node's log has more."))
        }
    }

    /// Who asks, and whether they may: by a state that is as new as the answer shall be. Commands are left to the log, which
    /// decides by the state that they meet, and keeps a record of what it refuses.
    private func admit(_ call: inout Call, to route: Route) async throws {
        call.caller = try service.authenticate(token: call.token)
        let asked = try call.askedConsistency
        if asked != .stale, asked != .session(atLeast: 0) {
            call.consistency = try await service.freshened(asked)
            call.caller = try service.authenticate(token: call.token)
        } else {
            call.consistency = asked
        }
        guard route.method == .get || route.permission != .read else { return }
        let project = call.parameters.get("project") == nil ? nil : try call.project
        try service.expect(route.permission, of: call.principal, in: project)
        // Whatever else is wrong with the request. Uploads may come before their project.
        if route.permission == .read, let project { try await service.expect(project, seenBy: call.principal) }
    }

    /// RFC 9110 §13: a client that holds the same representation gets 304 instead of it.
    private func conditional(_ reply: Reply, _ request: Request) -> Reply {
        guard request.method == .get || request.method == .head, reply.status == .ok,
            let held = request.headers[.ifNoneMatch], let tag = reply.headers[.eTag]
        else { return reply }
        let tags = held.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        guard tags.contains(tag) || tags.contains("W/\(tag)") || tags == ["*"] else { return reply }
        var unchanged = Reply(status: .notModified)
        unchanged.headers = reply.headers
        unchanged.headers[.contentLength] = nil
        return unchanged
    }
}

/// What is known of a request beside itself.
package struct APIContext: RequestContext {
    package var coreContext: CoreRequestContextStorage

    package init(source: ApplicationRequestContextSource) { coreContext = .init(source: source) }

    fileprivate init(logger: Logger) { coreContext = .init(source: LoggerSource(logger: logger)) }

    private struct LoggerSource: RequestContextSource {
        let logger: Logger
    }
}

/// Answers what the router itself refuses in the API's own form.
private struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    @concurrent
    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError {
            let problem = Problem(
                code: error.status == .notFound ? "no-such-route" : "invalid-request", title: error.status.reasonPhrase,
                status: error.status.code,
                detail: error.body ?? "There is nothing at \(request.method) \(request.uri.path).")
            let reply = Reply.problem(problem)
            return Response(status: reply.status, headers: reply.headers, body: reply.body)
        }
    }
}

extension HTTPField.Name {
    fileprivate static let xContentTypeOptions = HTTPField.Name("X-Content-Type-Options")!
}

extension Duration {
    fileprivate var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
