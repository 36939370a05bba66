import Synchronization

extension PeerNetwork {
    /// What the network did since it was made. Numbers only grow.
    package struct Statistics: Hashable, Sendable {
        /// One-way messages handed to a link.
        package var messagesSent: UInt64 = 0
        /// Their bytes.
        package var messageBytesSent: UInt64 = 0
        /// One-way messages that came.
        package var messagesReceived: UInt64 = 0
        /// One-way messages dropped because the link was down, its buffer was full, or they were too large.
        package var messagesDropped: UInt64 = 0
        /// Connections made to peers, and admitted by them.
        package var linksOpened: UInt64 = 0
        /// Connections of peers that were admitted.
        package var linksAccepted: UInt64 = 0
        /// Connections refused for what the other end is, either way.
        package var linksRefused: UInt64 = 0
        /// Connections closed because too many had not shown who they are.
        package var connectionsShed: UInt64 = 0
        /// Connections cut because they did not show who they are in time.
        package var handshakesCut: UInt64 = 0
        /// Requests to peers that failed, cancelled ones aside.
        package var requestsFailed: UInt64 = 0
        /// Chunks and pages given to peers.
        package var chunksServed: UInt64 = 0
        /// Their bytes.
        package var chunkBytesServed: UInt64 = 0
        /// Chunks and pages fetched from peers, checked and written.
        package var chunksFetched: UInt64 = 0
        /// Their bytes.
        package var chunkBytesFetched: UInt64 = 0
        /// Chunks and pages that a peer sent damaged: thrown away.
        package var chunksDamaged: UInt64 = 0
        /// Hints dropped because too many waited.
        package var prefetchesDropped: UInt64 = 0
    }
}

/// The network's counters, shared by its parts.
final class Counters: Sendable {
    private let values = Mutex(PeerNetwork.Statistics())

    /// What was counted so far.
    var statistics: PeerNetwork.Statistics { values.withLock { $0 } }

    /// Adds to one number.
    func add(_ amount: Int = 1, to number: any WritableKeyPath<PeerNetwork.Statistics, UInt64> & Sendable) {
        values.withLock { $0[keyPath: number] += UInt64(amount) }
    }
}
