import Foundation
import HTTPTypes
import HummingbirdCore
import Models
import NIOCore
import RegistryService
import ServiceLifecycle

extension RESTAPI {
    /// Everything that changes, as it does.
    static var eventRoutes: [Route] {
        [
            Route(
                method: .get, path: "/api/v1/events",
                summary:
                    "List events behind a position, or wait for one; as a stream with “Accept: text/event-stream”",
                query: ["after", "limit", "wait"], response: .init(schema: "RegistryEvent", isList: true),
                respond: events)
        ]
    }

    private static let events: @Sendable (Call) async throws -> Reply = { call in
        let position = try await call.eventPosition
        if call.request.headers[.accept]?.contains("text/event-stream") ?? false {
            return stream(after: position, for: try call.token, call.service)
        }
        let answer = try await call.service.events(
            after: position, limit: call.limit, patience: call.eventPatience, for: call.principal,
            call.consistency)
        return try .json(answer.map { Page(items: $0.events, next: String($0.position)) })
    }

    /// Server-sent events (HTML standard, §9.2): a client that lost the connection goes on at any node with
    /// `Last-Event-ID`.
    /// - Parameter token: what its reader showed. It ends when that opens nothing any more, and tells what it opens then.
    private static func stream(
        after position: UInt64, for token: String, _ service: RegistryService
    ) -> Reply {
        var reply = Reply()
        reply.headers[.contentType] = "text/event-stream"
        reply.headers[.cacheControl] = "no-store"
        reply.body = ResponseBody { writer in
            var position = position
            // A comment tells clients and proxies that the connection lives.
            try await writer.write(ByteBuffer(string: ":\n\n"))
            while !Task.isCancelled, !Task.isShuttingDownGracefully {
                let page = try await service.events(
                    after: position, limit: Limits.standard.defaultPageRecords, patience: silence,
                    for: service.authenticate(token: token), .stale
                ).value
                position = page.position
                var text = page.events.isEmpty ? ":\n\n" : ""
                for event in page.events { text += try block(of: event) }
                try await writer.write(ByteBuffer(string: text))
            }
            try await writer.finish(nil)
        }
        return reply
    }

    /// The longest silence of a stream. A node that stops waits for its streams, so it is short.
    private static let silence: Duration = .seconds(1)

    private static func block(of event: RegistryEvent) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(event), as: UTF8.self)
        return "id: \(event.id)\nevent: \(event.type)\ndata: \(json)\n\n"
    }
}

extension Call {
    /// Behind which event to begin: `after`, or what a stream that broke saw last; `latest` for what is yet to come.
    fileprivate var eventPosition: UInt64 {
        get async throws {
            let text = request.headers[.lastEventID] ?? request.uri.queryParameters["after"].map { String($0) } ?? "0"
            if text == "latest" { return try await service.eventPosition(consistency) }
            guard let position = UInt64(text) else {
                throw ServiceError.invalidRequest("after is the id of an event, or “latest”, not “\(text)”")
            }
            return position
        }
    }

    /// For how long to wait for an event.
    fileprivate var eventPatience: Duration {
        get throws(ServiceError) {
            guard let text = request.uri.queryParameters["wait"] else { return .zero }
            let most = RegistryService.longestEventWait.components.seconds
            guard let seconds = Int64(text), (0...most).contains(seconds) else {
                throw .invalidRequest("wait is a number of seconds from 0 to \(most)")
            }
            return .seconds(seconds)
        }
    }
}

extension HTTPField.Name {
    fileprivate static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
