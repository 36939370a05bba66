package import Models

/// What a node knows of its own place, beside its state.
package struct NodePlace: Sendable {
    /// Where other nodes reach this one.
    package let peer: Topology.Address
    /// Where the members that founded the cluster were reached then.
    package let founders: [UInt64: Topology.Address]
    /// How often this node has started on this disk.
    package let incarnation: UInt64
    /// Drawn at this start: tells it from that of a copy of the disk.
    package let drawn: UInt64
    /// Holds the cluster's authority with its key; nil on nodes that issue no certificates.
    package let authorityDirectory: String?
    /// The authorities that nodes and clients trust, in PEM.
    package let authorityPEM: @Sendable () -> String
    /// When this node's certificate ends.
    package let certificateExpires: @Sendable () -> Timestamp
    /// Bytes left, and bytes in all, of the data directory's disk; nil when it does not tell.
    package let disk: @Sendable () -> (free: UInt64, total: UInt64)?
    /// Makes sure that this node does not start again.
    package let rememberRemoval: @Sendable () -> Void

    /// A node's place.
    package init(
        peer: Topology.Address, founders: [UInt64: Topology.Address], incarnation: UInt64, drawn: UInt64,
        authorityDirectory: String?, authorityPEM: @escaping @Sendable () -> String,
        certificateExpires: @escaping @Sendable () -> Timestamp,
        disk: @escaping @Sendable () -> (free: UInt64, total: UInt64)?, rememberRemoval: @escaping @Sendable () -> Void
    ) {
        self.peer = peer
        self.founders = founders
        self.incarnation = incarnation
        self.drawn = drawn
        self.authorityDirectory = authorityDirectory
        self.authorityPEM = authorityPEM
        self.certificateExpires = certificateExpires
        self.disk = disk
        self.rememberRemoval = rememberRemoval
    }
}
