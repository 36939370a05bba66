import HTTPTypes
import Models
import RegistryService

/// What each error of the service is on the wire: one place, no default, pinned by a golden table.
extension ServiceError {
    /// The problem, and after how many seconds asking again makes sense.
    var reply: Reply {
        var reply = Reply.problem(problem, retryAfterSeconds: retryAfterSeconds)
        // RFC 9110 §11.6.1: a 401 says how to do better.
        if case .unauthenticated = self { reply.headers[.wwwAuthenticate] = "Bearer" }
        return reply
    }

    /// The RFC 9457 problem.
    var problem: Problem {
        switch self {
        case .unauthenticated:
            Problem(
                code: "unauthenticated", title: "Not authenticated", status: 401,
                detail: "Send a valid token as “Authorization: Bearer TOKEN”.")
        case .invalidName(let error):
            Problem(code: "invalid-name", title: "Invalid name", status: 422, detail: error.description)
        case .invalidRequest(let detail):
            Problem(code: "invalid-request", title: "Invalid request", status: 400, detail: detail)
        case .notFound(let detail):
            Problem(code: "not-found", title: "Not found", status: 404, detail: detail)
        case .rejected(let rejection): rejection.problem
        case .preconditionFailed(let detail):
            Problem(code: "precondition-failed", title: "Changed meanwhile", status: 412, detail: detail)
        case .digestMismatch(let announced, let received):
            Problem(
                code: "digest-mismatch", title: "Wrong bytes", status: 422,
                detail:
                    "The bytes have SHA-256 \(received), not \(announced) as announced. Nothing was kept. Send them again."
            )
        case .sizeMismatch(let announced, let received):
            Problem(
                code: "size-mismatch", title: "Wrong size", status: 422,
                detail: "\(announced) bytes were announced, \(received) came. Nothing was kept. Send them again.")
        case .filesNotUploaded(let digests):
            Problem(
                code: "files-not-uploaded", title: "Files not uploaded", status: 409,
                detail:
                    "Upload these files to the project first: \(digests.prefix(10).map(\.description).joined(separator: ", "))."
            )
        case .noLeader:
            Problem(
                code: "no-leader", title: "No leader", status: 503,
                detail:
                    "No majority of voters can be reached: nothing was written, and no read can be linearizable. Other reads go on."
            )
        case .unknownOutcome:
            Problem(
                code: "unknown-outcome", title: "Outcome unknown", status: 503,
                detail:
                    "The leader was lost before it answered. Ask again with the same Idempotency-Key: it takes effect once."
            )
        case .overloaded:
            Problem(
                code: "overloaded", title: "Overloaded", status: 503,
                detail: "Too many commands wait already; nothing was done. Try again.")
        case .nodeUnavailable(let detail):
            Problem(code: "node-unavailable", title: "Node unavailable", status: 503, detail: detail)
        case .bytesNotReplicated(let detail):
            Problem(code: "bytes-not-replicated", title: "Bytes not replicated", status: 503, detail: detail)
        case .bytesUnavailable(let detail):
            Problem(code: "bytes-unavailable", title: "Bytes unavailable", status: 503, detail: detail)
        case .diskFull(let detail):
            Problem(
                code: "disk-full", title: "Disk full", status: 507,
                detail: "This node's disk is full (\(detail)). Use another site; this one resumes when there is space.")
        case .storage(let detail):
            Problem(code: "storage", title: "Storage failed", status: 500, detail: detail)
        }
    }

    private var retryAfterSeconds: Int? {
        switch self {
        case .noLeader, .unknownOutcome, .overloaded, .nodeUnavailable, .bytesNotReplicated, .bytesUnavailable: 1
        case .unauthenticated, .invalidName, .invalidRequest, .notFound, .rejected, .preconditionFailed,
            .digestMismatch,
            .sizeMismatch, .filesNotUploaded, .diskFull, .storage:
            nil
        }
    }
}

extension Rejection {
    /// The problem of a command that the log refused.
    fileprivate var problem: Problem {
        let (title, status) =
            switch code {
            case .notFound: ("Not found", 404)
            case .alreadyExists: ("Already exists", 409)
            case .confusableName: ("Confusable name", 409)
            case .conflict: ("Changed meanwhile", 412)
            case .invalid: ("Invalid", 422)
            case .forbidden: ("Forbidden", 403)
            case .limitExceeded: ("Limit exceeded", 422)
            case .quotaExceeded: ("Quota exceeded", 403)
            case .refusedContent: ("Refused content", 422)
            case .bytesNotReplicated: ("Bytes not replicated", 503)
            case .schemaChanged: ("Schema changed", 409)
            case .keyReused: ("Idempotency key reused", 409)
            }
        return Problem(code: code.rawValue, title: title, status: status, detail: detail)
    }
}
