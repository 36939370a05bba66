import HTTPTypes
import Hummingbird
import Models
import NIOCore
import RegistryService

extension RESTAPI {
    /// What `peerage backup` takes: binary, for it alone, described in `docs/design/backup.md`.
    static var backupRoutes: [Route] {
        [
            Route(
                method: .get, path: "/api/v1/backup/state",
                summary: "Read the whole state of this node as of one moment; for backups", permission: .administer,
                respond: state),
            Route(
                method: .get, path: "/api/v1/backup/pages/{page}",
                summary: "Read a page of a file and its chunks; for backups", permission: .administer,
                query: ["size"], respond: page),
        ]
    }

    /// Pieces of the state, each behind its length.
    private static let state: @Sendable (Call) async throws -> Reply = { call in
        let service = call.service
        var reply = Reply()
        reply.headers[.contentType] = "application/octet-stream"
        reply.body = ResponseBody { writer in
            let reader = try await service.stateReader()
            while let piece = try await reader.next() { try await writer.write(prefixed(piece)) }
            try await writer.finish(nil)
        }
        return reply
    }

    /// The page behind its length, then its chunks.
    private static let page: @Sendable (Call) async throws -> Reply = { call in
        guard let name = Digest(try call.pageName),
            let size = call.request.uri.queryParameters["size"].flatMap({ UInt64($0) })
        else { throw ServiceError.invalidRequest("a page is named by 64 hexadecimal digits and its size") }
        let reference = PageReference(id: ChunkID(bytes: name.bytes), size: size)
        let service = call.service
        let (page, chunks) = try await service.page(reference)
        var reply = Reply()
        reply.headers[.contentType] = "application/octet-stream"
        reply.body = ResponseBody { writer in
            try await writer.write(prefixed(page))
            var rest = chunks[...]
            while !rest.isEmpty {
                try await writer.write(ByteBuffer(bytes: service.bytes(of: rest.prefix(chunksPerPiece))))
                rest = rest.dropFirst(chunksPerPiece)
            }
            try await writer.finish(nil)
        }
        return reply
    }

    /// About half a megabyte, as for files.
    private static let chunksPerPiece = 8

    private static func prefixed(_ bytes: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt32(bytes.count))
        buffer.writeBytes(bytes)
        return buffer
    }
}
