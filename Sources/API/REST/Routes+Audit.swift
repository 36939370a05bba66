import HTTPTypes
import Hummingbird
import Models
import NIOCore
import Registry
import RegistryService

extension RESTAPI {
    /// The audit log: its records, and what proves that it is whole.
    static var auditRoutes: [Route] {
        [
            Route(
                method: .get, path: "/api/v1/audit",
                summary: "List audit records, oldest first; a page may have none and a next one",
                permission: .readAudit,
                query: ["by", "site", "action", "object", "outcome", "since", "until", "cursor", "limit"],
                response: .init(schema: "AuditRecord", isList: true)
            ) { call in
                let (limit, after, filter) = (try call.limit, try call.numericCursor ?? 0, try call.auditFilter)
                return try .json(
                    await call.survey { catalog in
                        let (records, next) = try catalog.auditRecords(
                            after: after, matching: filter, limit: limit, lookingAt: recordsLookedAt)
                        return Page(items: records, next: next.map(String.init))
                    })
            },
            Route(
                method: .get, path: "/api/v1/audit/checkpoint",
                summary: "Show how far the audit log is, signed by every node that finds it so",
                permission: .readAudit, response: .init(schema: "AuditCheckpoint")
            ) { call in
                try .json(await call.service.auditCheckpoint(), index: nil)
            },
            Route(
                method: .get, path: "/api/v1/audit/keys",
                summary: "List the keys by which nodes sign, or signed, checkpoints of the audit log",
                permission: .readAudit, response: .init(schema: "AuditKey", isList: true)
            ) { call in
                try .json(await call.read { catalog in Page(items: try catalog.auditKeys(), next: nil) })
            },
            Route(
                method: .get, path: "/api/v1/audit/proofs/inclusion",
                summary: "Prove that a record is in the audit log", permission: .readAudit,
                query: ["sequence", "size"], response: .init(schema: "AuditProof")
            ) { call in
                guard let sequence = try call.number("sequence") else {
                    throw ServiceError.invalidRequest("say which record: sequence")
                }
                let proof = try await call.service.inclusionProof(of: sequence, in: call.number("size"))
                return try .json(proof, index: nil)
            },
            Route(
                method: .get, path: "/api/v1/audit/proofs/consistency",
                summary: "Prove that the audit log continues what it was", permission: .readAudit,
                query: ["from", "to"], response: .init(schema: "AuditProof")
            ) { call in
                let proof = try await call.service.consistencyProof(
                    from: call.number("from") ?? 0, to: call.number("to"))
                return try .json(proof, index: nil)
            },
            Route(
                method: .get, path: "/api/v1/audit/log/{path}",
                summary: "Read the audit log as C2SP tlog-tiles: checkpoint, tile/L/N, tile/entries/N",
                permission: .readAudit, respond: tile),
        ]
    }

    /// For one page: a fraction of a second.
    private static let recordsLookedAt = 100_000

    private static let tile: @Sendable (Call) async throws -> Reply = { call in
        let parts = try call.filePath.components.map(String.init)
        if parts == ["checkpoint"] {
            var reply = Reply.text(try await call.service.auditCheckpoint().note)
            reply.headers[.cacheControl] = "no-store"
            return reply
        }
        guard let tile = AuditTilePath(parts) else {
            throw ServiceError.notFound("the audit log has checkpoint, tile/L/N and tile/entries/N, perhaps with .p/W")
        }
        let bytes =
            if let level = tile.level {
                try await call.service.auditTile(level: level, index: tile.index, width: tile.width)
            } else {
                try await call.service.auditEntries(index: tile.index, width: tile.width)
            }
        guard let bytes else { throw ServiceError.notFound("the audit log has no such tile yet") }
        var reply = Reply()
        reply.headers[.contentType] = "application/octet-stream"
        reply.headers[.cacheControl] = "private, max-age=31536000, immutable"
        reply.body = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        return reply
    }
}

extension Call {
    /// Which audit records the query asks for.
    fileprivate var auditFilter: AuditFilter {
        get throws {
            let query = request.uri.queryParameters
            var filter = AuditFilter()
            filter.by = try query["by"].map { try PrincipalName(String($0)) }
            filter.site = try query["site"].map { try SiteName(String($0)) }
            filter.action = query["action"].map(String.init)
            filter.object = query["object"].map(String.init)
            filter.outcome = query["outcome"].map(String.init)
            filter.since = try instant("since")
            filter.until = try instant("until")
            return filter
        }
    }
}

/// A path of C2SP tlog-tiles: `tile/<L>/<N>[.p/<W>]`, with N in groups of three digits, all but the last with an `x`.
struct AuditTilePath: Hashable {
    /// 0 for hashes of records; nil for the records themselves.
    let level: Int?
    /// Which tile.
    let index: UInt64
    /// How many hashes or records it has: 256, or fewer in a partial one.
    let width: Int

    /// Reads the parts of a path; nil for any other.
    init?(_ parts: [String]) {
        var parts = parts[...]
        guard parts.popFirst() == "tile", let first = parts.popFirst() else { return nil }
        if first == "entries" {
            level = nil
        } else {
            guard let number = Int(first), String(number) == first, 0...63 ~= number else { return nil }
            level = number
        }
        if let position = parts.firstIndex(where: { $0.hasSuffix(".p") }) {
            guard position == parts.endIndex - 2, let last = parts.popLast(), let given = Int(last),
                String(given) == last, 1...255 ~= given
            else { return nil }
            width = given
            parts[position].removeLast(2)
        } else {
            width = 256
        }
        guard !parts.isEmpty, parts.count <= 6 else { return nil }
        var number: UInt64 = 0
        for (position, part) in parts.enumerated() {
            let digits = position == parts.count - 1 ? Substring(part) : part.dropFirst()
            guard position == parts.count - 1 || part.hasPrefix("x"), digits.utf8.count == 3,
                digits.utf8.allSatisfy({ 48...57 ~= $0 }), let group = UInt64(digits)
            else { return nil }
            number = number * 1_000 + group
        }
        // One path for each tile.
        guard parts.count == 1 || parts.first != "x000" else { return nil }
        index = number
    }
}
