import Foundation
import GRPCCore
import HTTPTypes
import HummingbirdCore
import NIOCore

/// What each problem of REST is here: one place, pinned by a golden table.
extension RPCError {
    /// The detail as message, the problem itself in the trailing metadata.
    init(problem bytes: ByteBuffer, _ response: Response) {
        var metadata = Metadata(response.headers)
        var (type, detail) = ("", response.status.reasonPhrase)
        // Probe: what has no problem in its body says what its status says.
        if let problem = try? JSONDecoder().decode(Problem.self, from: Data(bytes.readableBytesView)) {
            (type, detail) = (problem.type, problem.detail)
            metadata.addBinary(Array(bytes.readableBytesView), forKey: "peerage-problem-bin")
            metadata.addString(problem.type, forKey: "peerage-problem-type")
        }
        self.init(
            code: Self.code(ofProblem: String(type.split(separator: ":").last ?? ""), status: response.status.code),
            message: detail, metadata: metadata)
    }

    private struct Problem: Decodable {
        let type: String
        let detail: String
    }

    /// The problem decides where statuses of HTTP say less than gRPC's.
    static func code(ofProblem name: String, status: Int) -> Code {
        switch name {
        case "already-exists", "confusable-name": return .alreadyExists
        case "conflict", "precondition-failed", "schema-changed": return .aborted
        case "idempotency-key-reused", "files-not-uploaded", "refused-content": return .failedPrecondition
        case "limit-exceeded", "quota-exceeded", "disk-full", "overloaded": return .resourceExhausted
        case "unknown-outcome": return .unavailable
        default: break
        }
        switch status {
        case 400, 413, 415, 422: return .invalidArgument
        case 401: return .unauthenticated
        case 403: return .permissionDenied
        case 404, 405: return .notFound
        case 409, 412: return .aborted
        case 416: return .outOfRange
        case 429, 507: return .resourceExhausted
        case 503: return .unavailable
        default: return .internalError
        }
    }
}
