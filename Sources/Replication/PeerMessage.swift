package import Consensus
import Models
package import Registry

/// What members tell one another, beside model bytes.
package enum PeerMessage: Sendable {
    /// Raft's own.
    case consensus(Message)
    /// Command envelopes, from a node that does not lead to the one that does.
    case proposals([[UInt8]])
    /// The sender's state has this hash at this index.
    case stateClaim(index: LogIndex, StateHash)
    /// A part of the receiver's state is wanted.
    case stateRequest(StateRequest)
    /// A part of the sender's state.
    case statePage(StatePage)
}
