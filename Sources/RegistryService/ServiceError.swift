package import Models
import Replication
import Storage

/// Why the service could not do what was asked, by what the caller would do about it. Each surface maps these in one
/// file.
package enum ServiceError: Error, Hashable, Sendable {
    /// No token, or one that nobody here was given.
    case unauthenticated
    /// A name that cannot be.
    case invalidName(InvalidName)
    /// A request that makes no sense, with the reason.
    case invalidRequest(String)
    /// What was asked for does not exist.
    case notFound(String)
    /// The registry refused the command; the refusal is in the log.
    case rejected(Rejection)
    /// Someone changed the thing since the caller looked.
    case preconditionFailed(String)
    /// The bytes that came are not the bytes announced.
    case digestMismatch(announced: Digest, received: Digest)
    /// More or fewer bytes came than announced.
    case sizeMismatch(announced: UInt64, received: UInt64)
    /// Files of a version that nobody uploaded yet.
    case filesNotUploaded([Digest])
    /// No majority of voters is up, or none is known here: nothing was done.
    case noLeader
    /// The command may or may not take effect: ask again with the same idempotency key.
    case unknownOutcome
    /// Too much waits already: nothing was done.
    case overloaded
    /// This node cannot serve now: another can.
    case nodeUnavailable(String)
    /// Too few nodes could store the bytes.
    case bytesNotReplicated(String)
    /// No reachable node holds these bytes.
    case bytesUnavailable(String)
    /// This node's disk is full: another node can serve.
    case diskFull(String)
    /// The store failed beneath the request.
    case storage(String)
}

extension ServiceError {
    /// What a failure of the store means to whoever asked.
    init(_ error: StorageError) {
        switch error {
        case .full(let detail): self = .diskFull(detail)
        case .unreachable(let detail): self = .bytesUnavailable(detail)
        case .failed, .corrupted, .locked, .incompatible: self = .storage(error.description)
        }
    }

    /// What a failed proposal means to whoever asked.
    init(_ failure: ProposalFailure) {
        switch failure {
        case .noLeader: self = .noLeader
        case .unknownOutcome: self = .unknownOutcome
        case .overloaded: self = .overloaded
        case .unavailable: self = .nodeUnavailable("this node is stopping, or its disk is full or fails")
        }
    }
}
