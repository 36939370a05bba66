import GRPCCore
import HTTPTypes
import HummingbirdCore
import NIOCore
import Testing

@testable import GRPCAPI

@Suite("Problems as statuses")
struct StatusMappingTests {
    /// Every problem of `Tests/RESTAPITests/ProblemMappingTests.swift`, with its status there.
    @Test(
        "each problem has its code",
        arguments: [
            ("unauthenticated", 401, RPCError.Code.unauthenticated), ("invalid-name", 422, .invalidArgument),
            ("invalid-request", 400, .invalidArgument), ("not-found", 404, .notFound),
            ("no-such-route", 404, .notFound),
            ("precondition-failed", 412, .aborted), ("digest-mismatch", 422, .invalidArgument),
            ("size-mismatch", 422, .invalidArgument), ("files-not-uploaded", 409, .failedPrecondition),
            ("no-leader", 503, .unavailable), ("unknown-outcome", 503, .unavailable),
            ("overloaded", 503, .resourceExhausted), ("node-unavailable", 503, .unavailable),
            ("bytes-not-replicated", 503, .unavailable), ("bytes-unavailable", 503, .unavailable),
            ("disk-full", 507, .resourceExhausted), ("storage", 500, .internalError), ("internal", 500, .internalError),
            ("already-exists", 409, .alreadyExists), ("confusable-name", 409, .alreadyExists),
            ("conflict", 412, .aborted), ("invalid", 422, .invalidArgument), ("forbidden", 403, .permissionDenied),
            ("limit-exceeded", 422, .resourceExhausted), ("quota-exceeded", 403, .resourceExhausted),
            ("refused-content", 422, .failedPrecondition), ("schema-changed", 409, .aborted),
            ("idempotency-key-reused", 409, .failedPrecondition), ("", 416, .outOfRange), ("", 502, .internalError),
        ])
    func golden(problem: String, status: Int, code: RPCError.Code) {
        #expect(RPCError.code(ofProblem: problem, status: status) == code)
    }

    @Test("the problem itself is in the trailing metadata, and its detail is the message")
    func metadata() {
        let json = #"{"type":"urn:peerage:problem:not-found","title":"Not found","status":404,"detail":"gone"}"#
        let error = RPCError(problem: ByteBuffer(string: json), Response(status: .notFound))
        #expect(error.message == "gone" && error.code == .notFound)
        #expect(Array(error.metadata[stringValues: "peerage-problem-type"]) == ["urn:peerage:problem:not-found"])
        #expect(Array(error.metadata[binaryValues: "peerage-problem-bin"]) == [Array(json.utf8)])
        let bare = RPCError(problem: ByteBuffer(string: "?"), Response(status: .serviceUnavailable))
        #expect(bare.message == "Service Unavailable" && bare.code == .unavailable)
    }
}
