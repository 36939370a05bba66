import NIOCore
import NIOPosix
import NIOSSL

/// Makes connections to peers.
struct Dialler: Sendable {
    let environment: LinkEnvironment

    /// Dials once. `receiver` hears of the end, whatever it is, exactly once.
    func dial(
        _ peer: PeerAddress, for purpose: LinkPurpose, on eventLoop: any EventLoop,
        receiver: some LinkReceiver & Sendable
    ) {
        let environment = environment
        ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(environment.limits.handshakeDeadline))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let link = LinkHandler(side: .dialling(peer, purpose, receiver), environment: environment)
                    try channel.pipeline.syncOperations.addHandlers([
                        try NIOSSLClientHandler(context: environment.credentials().client, serverHostname: nil), link,
                    ])
                    receiver.linkBegan(channel)
                }
            }
            .connect(host: peer.host, port: peer.port)
            .whenFailure { error in
                receiver.linkClosed(.unreachable("\(peer.host):\(peer.port): \(Self.words(error))"))
            }
    }

    /// What the operating system said, without the bootstrap's wrapping.
    private static func words(_ error: any Error) -> String {
        guard let error = error as? NIOConnectionError else { return "\(error)" }
        if let failure = error.connectionErrors.first { return "\(failure.error)" }
        if error.dnsAError != nil || error.dnsAAAAError != nil { return "the name cannot be resolved" }
        return "no connection"
    }
}

/// How long to wait before dialling again: doubling up to a cap, and half of it by chance, so that nodes that lost the
/// same peer do not come back in step.
struct Backoff: Sendable {
    let first: Duration
    let last: Duration
    private var failures = 0

    /// From `first` up to `last`.
    init(first: Duration, last: Duration) {
        self.first = first
        self.last = last
    }

    /// The next wait.
    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let ceiling = failures < 32 ? min(last, first * (1 << failures)) : last
        failures += 1
        return ceiling * Double.random(in: 0.5...1, using: &generator)
    }

    /// Begins anew.
    mutating func reset() { failures = 0 }
}
