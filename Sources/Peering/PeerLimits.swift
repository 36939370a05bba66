/// Every limit of the peer network.
package struct PeerLimits: Sendable {
    /// Bytes of a frame: a command (8 MiB) with room for what is around it; also what one peer can make us hold a link.
    package var frameBytes = 16 << 20
    /// Bytes of messages waiting to go to one peer: some seconds of a busy leader. Beyond it messages are dropped.
    package var outboundBytes = 32 << 20
    /// From the first byte of a connection until both ends know each other: three round trips of half a second each,
    /// with one lost packet.
    package var handshakeDeadline: Duration = .seconds(5)
    /// Connections that have not shown who they are: a cluster's worth of redialling peers; each costs a TLS handshake.
    package var unauthenticatedConnections = 64
    /// The first wait before dialling again…
    package var firstRedial: Duration = .milliseconds(50)
    /// …which doubles up to this: a peer that is back is found within a second.
    package var lastRedial: Duration = .seconds(1)
    /// How often the dialling end shows that it lives.
    package var pingInterval: Duration = .seconds(1)
    /// A link on which nothing came for so long is closed: four retransmissions at 400 ms of latency fit in.
    package var silence: Duration = .seconds(10)
    /// Keys of one fetch request, as a peer may ask.
    package var keysPerRequest = 256
    /// Fetch requests of one link that wait to be served: enough for every job of the peer, and 128 KiB of names.
    package var fetchesPerLink = 16
    /// Bytes of chunks on their way to one peer: keeps a fast line busy for milliseconds, and a slow peer's memory here
    /// bounded.
    package var servedBytes = 4 << 20
    /// Bytes of chunks that one peer is sent in a second, at most; nil for as many as the line has room for.
    package var streamBytesPerSecond: Double?
    /// Chunks of one fetch request that this node makes: about 8 MiB, which are then written as one batch.
    package var chunksPerRequest = 128
    /// Fetch requests of one job at a time: one travels while the other is checked and written.
    package var requestsPerJob = 2
    /// Fetch requests of all jobs at a time: with 16 MiB at most each, what fetching may hold in memory.
    package var requestsInFlight = 6
    /// Those of them for which no client waits: some places are left to the others.
    package var backgroundRequestsInFlight = 4
    /// A fetch of at most so many keys is served before longer ones that wait: somebody reads a piece of a file.
    package var keysOfShortFetch = 16
    /// A fetch in which nothing came for so long is given up and tried at another member.
    package var fetchPatience: Duration = .seconds(10)
    /// A job with fewer bytes is secured as it is written, and does not wait for the flush of large ones.
    package var smallJobBytes = 1 << 20
    /// Requests to secure files that run at a time, over all peers; more are refused and may be tried again.
    package var securesInProgress = 64
    /// Files that are taken over at a time, from all peers: each costs what an upload costs.
    package var handoversInProgress = 16
    /// Bytes of a file on their way to the peer that takes it over: keeps a line of 80 ms and 50 MB/s full.
    package var handoverBytes = 4 << 20
    /// A handover in which nothing moved for so long is given up.
    /// The end, where others are asked for receipts, may take long.
    package var handoverPatience: Duration = .seconds(900)
    /// Questions about what this node holds that are looked into at a time, over all peers.
    package var inventoriesInProgress = 16
    /// Pages of one such question: names of some gigabytes' worth of chunks.
    package var pagesPerInventory = 64
    /// Hints that wait; more are dropped, for the request to secure names the same pages again.
    package var prefetchesQueued = 64
    /// Questions of one link that wait for an answer from this node.
    package var requestsPerLink = 256

    /// The limits in force.
    package static let standard = PeerLimits()

    /// The standard limits, to be changed by tests.
    package init() {}
}
