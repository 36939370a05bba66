import HTTPTypes
import Models
import RegistryService
import Testing

@testable import RESTAPI

/// What each error is on the wire, for ever: clients act on the code, proxies on the status.
@Suite("Problems")
struct ProblemMappingTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let error: ServiceError
        let status: Int
        let code: String
        var retries = false
        let says: String
        var testDescription: String { code }
    }

    static let digest = Digest(of: [])

    static let rows: [Row] = [
        Row(error: .unauthenticated, status: 401, code: "unauthenticated", says: "Bearer TOKEN"),
        Row(error: .invalidRequest("no body"), status: 400, code: "invalid-request", says: "no body"),
        Row(error: .notFound("no model “a/b”"), status: 404, code: "not-found", says: "no model “a/b”"),
        Row(error: .preconditionFailed("it moved"), status: 412, code: "precondition-failed", says: "it moved"),
        Row(
            error: .digestMismatch(announced: digest, received: digest), status: 422, code: "digest-mismatch",
            says: "Nothing was kept"),
        Row(error: .sizeMismatch(announced: 3, received: 2), status: 422, code: "size-mismatch", says: "3 bytes"),
        Row(error: .filesNotUploaded([digest]), status: 409, code: "files-not-uploaded", says: digest.description),
        Row(error: .noLeader, status: 503, code: "no-leader", retries: true, says: "nothing was written"),
        Row(error: .unknownOutcome, status: 503, code: "unknown-outcome", retries: true, says: "same Idempotency-Key"),
        Row(error: .overloaded, status: 503, code: "overloaded", retries: true, says: "nothing was done"),
        Row(
            error: .nodeUnavailable("stopping"), status: 503, code: "node-unavailable", retries: true, says: "stopping"),
        Row(
            error: .bytesNotReplicated("1 of 3"), status: 503, code: "bytes-not-replicated", retries: true,
            says: "1 of 3"),
        Row(
            error: .bytesUnavailable("no peer"), status: 503, code: "bytes-unavailable", retries: true, says: "no peer"),
        Row(error: .diskFull("no space left"), status: 507, code: "disk-full", says: "Use another site"),
        Row(error: .storage("checksum"), status: 500, code: "storage", says: "checksum"),
        rejected(.notFound, 404, "not-found"),
        rejected(.alreadyExists, 409, "already-exists"),
        rejected(.confusableName, 409, "confusable-name"),
        rejected(.conflict, 412, "conflict"),
        rejected(.invalid, 422, "invalid"),
        rejected(.forbidden, 403, "forbidden"),
        rejected(.limitExceeded, 422, "limit-exceeded"),
        rejected(.quotaExceeded, 403, "quota-exceeded"),
        rejected(.refusedContent, 422, "refused-content"),
        rejected(.bytesNotReplicated, 503, "bytes-not-replicated"),
        rejected(.schemaChanged, 409, "schema-changed"),
        rejected(.keyReused, 409, "idempotency-key-reused"),
    ]

    private static func rejected(_ code: Rejection.Code, _ status: Int, _ text: String) -> Row {
        Row(error: .rejected(Rejection(code, "why")), status: status, code: text, says: "why")
    }

    @Test("each error has its status, code and words", arguments: rows)
    func golden(row: Row) {
        let problem = row.error.problem
        #expect(problem.status == row.status)
        #expect(problem.type == "urn:peerage:problem:\(row.code)")
        #expect(problem.detail.contains(row.says), "\(problem.detail)")
        #expect(!problem.title.isEmpty)
        let reply = row.error.reply
        #expect(reply.status.code == row.status)
        #expect(reply.headers[.contentType] == "application/problem+json")
        #expect(reply.headers[.retryAfter] == (row.retries ? "1" : nil))
    }

    @Test("an invalid name is named, with what is wrong with it")
    func names() throws {
        let error = #expect(throws: InvalidName.self) { try ProjectName("a b") }
        let problem = ServiceError.invalidName(try #require(error)).problem
        #expect(problem.status == 422)
        #expect(problem.type == "urn:peerage:problem:invalid-name")
        #expect(problem.detail.contains("a b"))
    }

    @Test("every refusal of the domain has a row")
    func complete() {
        let codes = Self.rows.compactMap { row in
            if case .rejected(let rejection) = row.error { rejection.code } else { nil }
        }
        #expect(Set(codes) == Set(Rejection.Code.allCases))
    }
}
