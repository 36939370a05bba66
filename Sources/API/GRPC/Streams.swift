import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import HTTPTypes
import HummingbirdCore
import Models
import NIOCore
import ServiceLifecycle
import SwiftProtobuf

/// Calls whose requests or answers are many messages.
struct Streams: Sendable {
    /// Bytes of one message: what flow control of HTTP/2 hands over at once.
    private static let pieceBytes = 256 << 10
    /// How long events are waited for before the stream looks whether the node stops.
    private static let silenceSeconds = 1

    let funnel: Funnel

    func register(with router: inout RPCRouter<HTTP2ServerTransport.Posix>) {
        router.registerHandler(
            forMethod: MethodDescriptor(operation: "Files/ReadFile"),
            deserializer: ProtobufDeserializer<Peerage_V1_ReadFileRequest>(),
            serializer: ProtobufSerializer<Peerage_V1_Bytes>()
        ) { request, _ in try await readFile(ServerRequest(stream: request)) }
        router.registerHandler(
            forMethod: MethodDescriptor(operation: "Files/UploadFile"),
            deserializer: ProtobufDeserializer<Peerage_V1_UploadFileRequest>(),
            serializer: ProtobufSerializer<Peerage_V1_UploadedFile>()
        ) { request, _ in try await uploadFile(request) }
        router.registerHandler(
            forMethod: MethodDescriptor(operation: "Events/FollowEvents"),
            deserializer: ProtobufDeserializer<Peerage_V1_FollowEventsRequest>(),
            serializer: ProtobufSerializer<Peerage_V1_RegistryEvent>()
        ) { request, context in try await followEvents(ServerRequest(stream: request), context) }
    }

    // MARK: Files

    private func readFile(
        _ request: ServerRequest<Peerage_V1_ReadFileRequest>
    ) async throws -> StreamingServerResponse<Peerage_V1_Bytes> {
        var message = request.message
        let range = try Self.range(message)
        message.clearOffset()
        message.clearLength()
        let shape = RequestShape(
            method: .get, path: "/api/v1/projects/{project}/models/{model}/versions/{version}/files/{path}", body: nil,
            query: [])
        let plain = try shape.request(message, request.metadata)
        var head = plain.head
        head.headerFields[.range] = range
        let response = try await funnel.response(to: Request(head: head, body: plain.body))
        let body = response.body
        return StreamingServerResponse(metadata: Metadata(response.headers)) { writer in
            try await body.write(PieceWriter(writer: writer, pieceBytes: Self.pieceBytes))
            return [:]
        }
    }

    /// RFC 9110 §14.1.2; nil for the whole file.
    private static func range(_ message: Peerage_V1_ReadFileRequest) throws -> String? {
        guard message.hasOffset || message.hasLength else { return nil }
        let (offset, length) = (message.offset, message.length)
        guard offset >= 0, !message.hasLength || length > 0 else {
            throw RPCError(code: .invalidArgument, message: "offset is at least 0, and length at least 1")
        }
        guard message.hasLength else { return "bytes=\(offset)-" }
        let (end, overflow) = offset.addingReportingOverflow(length - 1)
        return "bytes=\(offset)-\(overflow ? .max : end)"
    }

    private func uploadFile(
        _ request: StreamingServerRequest<Peerage_V1_UploadFileRequest>
    ) async throws -> StreamingServerResponse<Peerage_V1_UploadedFile> {
        var messages = request.messages.makeAsyncIterator()
        guard case .header(let header)? = try await messages.next()?.part else {
            throw RPCError(code: .invalidArgument, message: "the first message says what is uploaded: its header")
        }
        let head = try Self.upload(header, request.metadata)
        let call = Request(head: head, body: RequestBody(asyncSequence: UploadedParts(messages: messages)))
        let (message, metadata) = try await funnel.message(Peerage_V1_UploadedFile.self, answering: call)
        return StreamingServerResponse(single: ServerResponse(message: message, metadata: metadata))
    }

    private static func upload(
        _ header: Peerage_V1_UploadedFileHeader, _ metadata: Metadata
    ) throws -> HTTPRequest {
        guard header.size >= 0 else { throw RPCError(code: .invalidArgument, message: "size is at least 0") }
        var fields = HTTPFields(metadata)
        fields[.contentLength] = "\(header.size)"
        let (project, digest) = (
            PercentEncoding.encode(header.project),
            PercentEncoding.encode(header.sha256)
        )
        return HTTPRequest(
            method: .put, scheme: "https", authority: nil, path: "/api/v1/projects/\(project)/uploads/\(digest)",
            headerFields: fields)
    }

    // MARK: Events

    private func followEvents(
        _ request: ServerRequest<Peerage_V1_FollowEventsRequest>, _ context: ServerContext
    ) async throws -> StreamingServerResponse<Peerage_V1_RegistryEvent> {
        let (funnel, metadata) = (funnel, request.metadata)
        let start = request.message.hasAfter ? request.message.after : "0"
        // What is wrong is told before the stream begins.
        let first = try await Self.events(after: start, metadata, funnel)
        return StreamingServerResponse { writer in
            var page = first
            while context.isWanted {
                for event in page.items { try await writer.write(event) }
                page = try await Self.events(after: page.next, metadata, funnel)
            }
            return [:]
        }
    }

    private static func events(
        after: String, _ metadata: Metadata, _ funnel: Funnel
    ) async throws -> Peerage_V1_RegistryEventList {
        var message = Peerage_V1_ListEventsRequest()
        message.after = after
        message.wait = Int64(silenceSeconds)
        let shape = RequestShape(method: .get, path: "/api/v1/events", body: nil, query: [])
        return try await funnel.message(
            Peerage_V1_RegistryEventList.self, answering: shape.request(message, metadata)
        ).0
    }
}

/// The parts of an upload behind its header, taken as they are read: what nobody reads waits for nobody.
///
/// `@unchecked`: the messages are used by the one that reads the body.
private struct UploadedParts: AsyncSequence, @unchecked Sendable {
    let messages: RPCAsyncSequence<Peerage_V1_UploadFileRequest, any Error>.AsyncIterator

    struct AsyncIterator: AsyncIteratorProtocol {
        var messages: RPCAsyncSequence<Peerage_V1_UploadFileRequest, any Error>.AsyncIterator

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            guard let message = try await messages.next(isolation: actor) else { return nil }
            guard case .data(let data)? = message.part else {
                throw RPCError(code: .invalidArgument, message: "behind the header come bytes")
            }
            return ByteBuffer(bytes: data)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(messages: messages) }
}

extension ServerContext {
    /// Whether somebody still waits for what a long call has to say. A client that went cancels no task.
    var isWanted: Bool { !cancellation.isCancelled && !Task.isCancelled && !Task.isShuttingDownGracefully }
}

/// Writes a body as messages.
private struct PieceWriter: ResponseBodyWriter {
    let writer: RPCWriter<Peerage_V1_Bytes>
    let pieceBytes: Int

    mutating func write(_ buffer: ByteBuffer) async throws {
        var buffer = buffer
        while let piece = buffer.readSlice(length: min(buffer.readableBytes, pieceBytes)), piece.readableBytes > 0 {
            var message = Peerage_V1_Bytes()
            message.data = Data(piece.readableBytesView)
            try await writer.write(message)
        }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
