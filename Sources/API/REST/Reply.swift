import Foundation
import HTTPTypes
import Hummingbird
import Models
import NIOCore
import RegistryService

/// An answer before it is written.
struct Reply: Sendable {
    var status: HTTPResponse.Status = .ok
    var headers: HTTPFields = [:]
    var body = ResponseBody()

    /// A record read at some index, as JSON with an entity tag.
    static func json<Value: Codable & Sendable>(_ answer: Answer<Value>) throws -> Reply {
        var reply = try json(answer.value, index: answer.appliedIndex)
        if answer.isStale { reply.headers[.peerageStale] = "true" }
        return reply
    }

    /// A record that was written.
    static func json<Value: Codable & Sendable>(
        _ written: Written<Value>, status: HTTPResponse.Status = .ok
    ) throws -> Reply {
        try json(written.value, index: written.index, status: status)
    }

    /// A value as JSON, with its SHA-256 as entity tag: equal answers have equal tags on every node.
    static func json(_ value: some Encodable, index: UInt64?, status: HTTPResponse.Status = .ok) throws -> Reply {
        let bytes = try encode(value)
        var reply = Reply(status: status)
        reply.headers[.contentType] = "application/json"
        reply.headers[.eTag] = "\"\(Digest(of: bytes))\""
        if let index { reply.headers[.peerageAppliedIndex] = String(index) }
        reply.body = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        return reply
    }

    /// Plain text.
    static func text(_ text: String, status: HTTPResponse.Status = .ok, type: String = "text/plain; charset=utf-8")
        -> Reply
    {
        var reply = Reply(status: status)
        reply.headers[.contentType] = type
        reply.body = ResponseBody(byteBuffer: ByteBuffer(string: text))
        return reply
    }

    /// A problem (RFC 9457).
    static func problem(_ problem: Problem, retryAfterSeconds: Int? = nil) -> Reply {
        var reply = Reply(status: HTTPResponse.Status(code: problem.status))
        reply.headers[.contentType] = "application/problem+json"
        if let retryAfterSeconds { reply.headers[.retryAfter] = String(retryAfterSeconds) }
        do {
            reply.body = ResponseBody(byteBuffer: ByteBuffer(bytes: try encode(problem)))
        } catch {
            reply.body = ResponseBody(byteBuffer: ByteBuffer(string: "{\"status\":\(problem.status)}"))
        }
        return reply
    }

    private static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}
