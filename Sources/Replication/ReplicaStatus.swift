package import Consensus
package import Registry
package import Storage

/// Where a replica stands.
package struct ReplicaStatus: Hashable, Sendable {
    /// Its role in the present term.
    package private(set) var role: Role
    /// Its term.
    package let term: Term
    /// Who leads, as far as it knows.
    package private(set) var leader: MemberID?
    /// Who belongs to the cluster, by the newest entry of its log that says so.
    package let membership: Membership
    /// The index it knows to be committed.
    package let commitIndex: LogIndex
    /// The index of its newest entry.
    package let lastIndex: LogIndex
    /// The index its state is applied through.
    package let appliedIndex: LogIndex
    /// The hash of that state.
    package let stateHash: StateHash
    /// The index at which a majority was found to have another state, if ever.
    package let diverged: LogIndex?
    /// Through where it acknowledged entries that its log has lost, if it has.
    package let lostThrough: LogIndex?

    /// The same, of a member that takes part no more.
    var withoutRole: ReplicaStatus {
        var status = self
        (status.role, status.leader) = (.follower, nil)
        return status
    }

    /// Whether this node must neither vote nor lead any more.
    package var isFinished: Bool { diverged != nil || lostThrough != nil }
}

/// What ends a replica. Build a new one from the store when the cause is gone.
package enum ReplicaError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The store refused or failed.
    case storage(StorageError)
    /// The log does not hold what it must.
    case log(index: LogIndex, reason: String)
    /// The state machine could not go on.
    case unexpected(String)

    /// Names the cause of `error`.
    init(_ error: any Error) {
        switch error {
        case let error as StorageError: self = .storage(error)
        case let error as ReplicaError: self = error
        case LogReadError.unavailable(let index, let reason): self = .log(index: index, reason: reason)
        default: self = .unexpected("\(error)")
        }
    }

    /// What happened and what to do.
    package var description: String {
        switch self {
        case .storage(let error): "\(error)"
        case .log(let index, let reason): "entry \(index) of the log cannot be read: \(reason). Restore this node"
        case .unexpected(let detail): "the replica stopped: \(detail)"
        }
    }
}
