import HTTPTypes
import Hummingbird
import Models
import NIOCore
import RegistryService

extension RESTAPI {
    /// Bytes in and out.
    static var fileRoutes: [Route] {
        [
            Route(
                method: .get, path: "/api/v1/projects/{project}/models/{model}/versions/{version}/files/{path}",
                summary: "Read a file of a version; Range and If-None-Match are honoured", respond: download),
            Route(
                method: .get, path: "/api/v1/projects/{project}/models/{model}/versions/{version}/chunks",
                summary: "List the chunks of a version's files, in their order: 32 bytes of name, 4 of size",
                respond: listChunks),
            Route(
                method: .put, path: "/api/v1/projects/{project}/uploads/{sha256}",
                summary:
                    "Upload a file, or its difference from others; answered when a majority of those that keep it holds it",
                permission: .contribute, responseStatus: .created,
                response: .init(schema: "UploadedFile"), respond: upload),
            Route(
                method: .get, path: "/api/v1/projects/{project}/uploads/{sha256}",
                summary: "Show a file that you uploaded to the project and that a majority of those that keep it holds",
                permission: .contribute, response: .init(schema: "UploadedFile")
            ) { call in
                let (project, digest) = (try call.project, try call.digest)
                guard
                    let file = try await call.service.uploadedFile(
                        project: project, sha256: digest, as: call.principal)
                else { throw ServiceError.notFound("you have not uploaded \(digest) to project “\(project)” here") }
                return try .json(file, index: nil)
            },
            Route(
                method: .get, path: "/api/v1/projects/{project}/uploads/{sha256}/received",
                summary: "Show how much came of a file whose upload broke off", permission: .contribute,
                query: ["size"],
                response: .init(schema: "ReceivedBytes")
            ) { call in
                guard let size = call.request.uri.queryParameters["size"].flatMap({ UInt64($0) }) else {
                    throw ServiceError.invalidRequest("say the size of the file: ?size=BYTES")
                }
                let received = try await call.service.received(
                    project: call.project, sha256: call.digest, size: size, as: call.principal)
                return try .json(ReceivedBytes(received: received), index: nil)
            },
        ]
    }

    private static let upload: @Sendable (Call) async throws -> Reply = { call in
        if call.request.headers[.contentType] == Delta.mediaType { return try await uploadDelta(call) }
        guard let text = call.request.headers[.contentLength], let size = UInt64(text) else {
            throw ServiceError.invalidRequest("an upload needs a Content-Length")
        }
        let upload = try await call.service.beginUpload(
            project: call.project, sha256: call.digest, size: size, as: call.principal, call.consistency)
        do {
            for try await buffer in call.request.body {
                try await upload.append(buffer)
            }
        } catch let error as ServiceError {
            throw error
        } catch {
            throw ServiceError.invalidRequest("the body did not arrive whole; send it again")
        }
        return try .json(await upload.finish(), index: nil, status: .created)
    }

    private static let uploadDelta: @Sendable (Call) async throws -> Reply = { call in
        var (body, upload, sources): (DeltaBody, Upload?, [ProjectFile]) = (DeltaBody(), nil, [])
        let (project, digest, principal) = (try call.project, try call.digest, try call.principal)
        do {
            for try await buffer in call.request.body {
                body.append(buffer)
                while let step = try body.next() {
                    switch step {
                    case .header(let header):
                        sources = try await call.service.files(header.sources, for: principal, call.consistency)
                        upload = try await call.service.beginUpload(
                            project: project, sha256: digest, size: header.size, as: principal, call.consistency)
                        if let received = header.received { try await upload?.resume(after: received) }
                    case .bytes(let bytes): try await upload?.append(bytes)
                    case .copy(let source, let range):
                        guard sources.indices.contains(source) else {
                            throw ServiceError.invalidRequest("the delta names a source that it does not have")
                        }
                        try await upload?.append(range, of: sources[source])
                    }
                }
            }
        } catch let error as ServiceError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ServiceError.invalidRequest("the body did not arrive whole; send it again")
        }
        guard body.isWhole, let upload else { throw ServiceError.invalidRequest("the delta ends too early") }
        return try .json(await upload.finish(), index: nil, status: .created)
    }

    private static let listChunks: @Sendable (Call) async throws -> Reply = { call in
        let answer = try await call.version()
        let (service, version) = (call.service, answer.value.version)
        var reply = Reply()
        reply.headers[.eTag] = "\"\(version.digest)\""
        reply.headers[.contentType] = "application/vnd.peerage.chunks"
        reply.headers[.peerageAppliedIndex] = String(answer.appliedIndex)
        if answer.isStale { reply.headers[.peerageStale] = "true" }
        // As in `body`.
        nonisolated(unsafe) let reader = try service.chunkList(of: version)
        let first = try await early(version, call) { try await reader.next() }
        reply.body = ResponseBody { writer in
            if let first, let references = try await first.value {
                try await writer.write(ByteBuffer(bytes: references))
            }
            while let references = try await reader.next() { try await writer.write(ByteBuffer(bytes: references)) }
            try await writer.finish(nil)
        }
        return reply
    }

    private static let download: @Sendable (Call) async throws -> Reply = { call in
        let path = try call.filePath
        let answer = try await call.version()
        let version = answer.value.version
        guard let file = version.files.first(where: { $0.path == path }) else {
            throw ServiceError.notFound("\(version.project)/\(version.model):\(version.number) has no file “\(path)”")
        }
        var reply = Reply()
        reply.headers[.eTag] = "\"\(file.sha256)\""
        reply.headers[.acceptRanges] = "bytes"
        reply.headers[.contentType] = "application/octet-stream"
        reply.headers[.peerageAppliedIndex] = String(answer.appliedIndex)
        if answer.isStale { reply.headers[.peerageStale] = "true" }
        let condition = call.request.headers[.ifRange]
        let header = condition == nil || condition == reply.headers[.eTag] ? call.request.headers[.range] : nil
        switch ByteRange(header: header, size: file.size) {
        case .whole:
            reply.body = try await body(of: file, range: 0..<file.size, version, call)
        case .part(let range):
            reply.status = .partialContent
            reply.headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.size)"
            reply.body = try await body(of: file, range: range, version, call)
        case .unsatisfiable:
            reply.status = .rangeNotSatisfiable
            reply.headers[.contentRange] = "bytes */\(file.size)"
        }
        return reply
    }

    /// Bytes as they are read. What fails once the status is sent breaks the connection off, and the client resumes at
    /// another node.
    private static func body(
        of file: FileEntry, range: Range<UInt64>, _ version: Version, _ call: Call
    ) async throws -> ResponseBody {
        // One owner at a time: who reads the first piece, then the body.
        nonisolated(unsafe) let reader = try call.service.reader(
            of: ProjectFile(project: version.project, file: file), range: range)
        let isHeld = call.request.headers[.ifNoneMatch]?.contains(file.sha256.description) ?? false
        let first = isHeld ? nil : try await early(version, call) { try await reader.next() }
        return ResponseBody(contentLength: range.count) { writer in
            if let first, let piece = try await first.value { try await writer.write(piece) }
            while let piece = try await reader.next() { try await writer.write(piece) }
            try await writer.finish(nil)
        }
    }

    /// Milder than the ten seconds that clients wait for a status.
    private static let earlyPatience: Duration = .seconds(4)

    /// What `read` reads, begun before the status is sent, where it comes from other sites: what cannot be had is said,
    /// unless that takes too long to find out. Nil where this node keeps the version, or only its head was asked for.
    private static func early<Value: Sendable>(
        _ version: Version, _ call: Call, _ read: @escaping @Sendable () async throws -> Value
    ) async throws -> Task<Value, any Error>? {
        guard call.request.method == .get, let sites = try call.service.sites(keepingElsewhere: version) else {
            return nil
        }
        let reading = Task { try await read() }
        let (ends, end) = AsyncStream.makeStream(of: Result<Value, any Error>?.self)
        Task { end.yield(await reading.result) }
        let limit = Task {
            try await Task.sleep(for: earlyPatience)
            end.yield(nil)
        }
        defer { limit.cancel() }
        guard case .some(.failure(let error))? = await ends.first(where: { _ in true }) else { return reading }
        guard case ServiceError.bytesUnavailable(let detail) = error else { throw error }
        throw ServiceError.bytesUnavailable("\(detail); they are kept at \(sites.map(\.text).joined(separator: ", "))")
    }
}

extension Upload {
    fileprivate func append(_ buffer: ByteBuffer) async throws(ServiceError) {
        try await append(Array(buffer.readableBytesView))
    }
}
