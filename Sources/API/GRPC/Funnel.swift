import Foundation
import GRPCCore
import HTTPTypes
import HummingbirdCore
import NIOCore
import SwiftProtobuf
import Synchronization

/// The one way in: calls are answered as requests of REST are, with the same permissions, limits and records.
struct Funnel: Sendable {
    let answer: @Sendable (Request) async throws -> Response

    /// What is answered, as a message, and what is said beside it.
    func message<Output: Message>(
        _ type: Output.Type, answering request: Request
    ) async throws -> (Output, Metadata) {
        let response = try await response(to: request)
        let bytes = try await response.body.collected()
        guard bytes.readableBytes > 0 else { return (Output(), Metadata(response.headers)) }
        var options = JSONDecodingOptions()
        // A newer build may say more than its .proto does.
        options.ignoreUnknownFields = true
        do {
            let message = try Output(jsonUTF8Data: Data(bytes.readableBytesView), options: options)
            return (message, Metadata(response.headers))
        } catch {
            throw RPCError(code: .internalError, message: "the answer is no \(Output.protoMessageName): \(error)")
        }
    }

    /// An answer whose body is still to be read; throws the problem when it is one.
    func response(to request: Request) async throws -> Response {
        let response = try await answer(request)
        guard response.status.kind == .successful else {
            throw RPCError(problem: try await response.body.collected(), response)
        }
        return response
    }
}

extension Metadata {
    /// What REST says in headers.
    private static let passed = ["peerage-applied-index", "peerage-node", "peerage-stale", "etag"]

    init(_ headers: HTTPFields) {
        self.init()
        for name in Self.passed {
            guard let field = HTTPField.Name(name), let value = headers[field] else { continue }
            addString(value, forKey: name)
        }
    }
}

extension ResponseBody {
    /// All of it: documents have pages.
    consuming func collected() async throws -> ByteBuffer {
        let collector = Collector()
        try await write(collector)
        return collector.bytes.withLock { $0 }
    }
}

private final class Collector: ResponseBodyWriter, Sendable {
    let bytes = Mutex(ByteBuffer())

    func write(_ buffer: ByteBuffer) async throws {
        bytes.withLock { _ = $0.writeImmutableBuffer(buffer) }
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
