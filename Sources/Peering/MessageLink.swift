import Models
import NIOCore
import Synchronization

/// The link that carries this node's one-way messages to one peer: dialled, and dialled again whenever it is gone.
final class MessageLink: LinkReceiver, Sendable {
    private struct State {
        /// The connection, once there is one…
        var channel: (any Channel)?
        /// …and whether both of its ends know each other.
        var isUp = false
        /// Bytes handed over that the kernel has not taken yet.
        var waitingBytes = 0
        var openedAt = NIODeadline.distantPast
        var backoff: Backoff
        var problem: PeerError?
        var isStopped = false
    }

    private let peer: PeerAddress
    private let dialler: Dialler
    private let handler: any PeerHandler
    private let refusals: RefusalLog
    private let eventLoop: any EventLoop
    private let state: Mutex<State>

    init(
        to peer: PeerAddress, dialler: Dialler, handler: any PeerHandler, refusals: RefusalLog,
        eventLoop: any EventLoop
    ) {
        self.peer = peer
        self.dialler = dialler
        self.handler = handler
        self.refusals = refusals
        self.eventLoop = eventLoop
        let limits = dialler.environment.limits
        state = Mutex(State(backoff: Backoff(first: limits.firstRedial, last: limits.lastRedial)))
    }

    /// Why the link is down; nil while it is up, or was not tried.
    var problem: PeerError? { state.withLock { $0.problem } }

    /// Dials, for the first time.
    func start() { dial() }

    /// Closes the link for good; done when it is closed.
    func stop() -> EventLoopFuture<Void> {
        let channel = state.withLock { state in
            state.isStopped = true
            return state.channel
        }
        channel?.close(promise: nil)
        return channel?.closeFuture ?? eventLoop.makeSucceededVoidFuture()
    }

    /// Hands messages to the link, those that there is room for; the rest are dropped. Never blocks.
    func send(_ messages: [[UInt8]]) {
        let limits = dialler.environment.limits
        let (channel, fitting, bytes) = state.withLock { state in
            guard state.isUp, let channel = state.channel else { return (nil as (any Channel)?, [[UInt8]](), 0) }
            let (fitting, bytes) = Self.fit(messages, room: limits.outboundBytes - state.waitingBytes, limits)
            state.waitingBytes += bytes
            return (channel, fitting, bytes)
        }
        let counters = dialler.environment.counters
        counters.add(messages.count - fitting.count, to: \.messagesDropped)
        guard let channel, !fitting.isEmpty else { return }
        counters.add(fitting.count, to: \.messagesSent)
        counters.add(bytes, to: \.messageBytesSent)
        var buffer = ByteBuffer()
        buffer.reserveCapacity(bytes)
        for message in fitting { Frame.message(message).write(to: &buffer) }
        let written = channel.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenComplete { _ in self.state.withLock { $0.waitingBytes -= bytes } }
        channel.writeAndFlush(buffer, promise: written)
    }

    /// Those that fit, and their bytes. One that is too long for any frame holds nobody else up; once the room is full
    /// the rest is dropped, for what overtakes is of little use.
    private static func fit(_ messages: [[UInt8]], room: Int, _ limits: PeerLimits) -> ([[UInt8]], bytes: Int) {
        var (fitting, bytes): ([[UInt8]], Int) = ([], 0)
        for message in messages {
            let size = Frame.bytes(ofMessage: message)
            guard size - 4 <= limits.frameBytes else { continue }
            guard bytes + size <= room else { break }
            fitting.append(message)
            bytes += size
        }
        return (fitting, bytes)
    }

    private func dial() {
        guard !state.withLock({ $0.isStopped }) else { return }
        dialler.dial(peer, for: .messages, on: eventLoop, receiver: self)
    }

    func linkBegan(_ channel: any Channel) {
        let isStopped = state.withLock { state in
            state.channel = channel
            return state.isStopped
        }
        if isStopped { channel.close(promise: nil) }
    }

    func linkOpened(_ channel: any Channel) {
        state.withLock { state in
            state.isUp = true
            state.openedAt = .now()
            state.problem = nil
        }
        dialler.environment.counters.add(to: \.linksOpened)
        refusals.forget(peer.description)
        handler.linkChanged(member: peer.member, isUp: true)
    }

    func linkReceived(_ frame: Frame) throws(PeerError) {
        throw .malformed("a frame of kind \(frame.kind) came on a link for messages to it")
    }

    func linkClosed(_ reason: PeerError) {
        var generator = SystemRandomNumberGenerator()
        let lasting = TimeAmount(dialler.environment.limits.lastRedial)
        let (wasUp, isStopped, wait) = state.withLock { state in
            defer { (state.isUp, state.channel, state.problem) = (false, nil, state.isStopped ? nil : reason) }
            // One that is let in and shut out at once must not be dialled twenty times a second.
            if state.isUp, .now() - state.openedAt > lasting { state.backoff.reset() }
            return (state.isUp, state.isStopped, state.backoff.next(using: &generator))
        }
        if wasUp { handler.linkChanged(member: peer.member, isUp: false) }
        if case .turnedAway(.removed, _) = reason { handler.wasRemoved(accordingTo: peer.member) }
        guard !isStopped else { return }
        if reason.isRefusal { dialler.environment.counters.add(to: \.linksRefused) }
        refusals.note(reason, peer.description)
        eventLoop.scheduleTask(in: TimeAmount(wait)) { self.dial() }
    }
}

extension PeerAddress: CustomStringConvertible {
    package var description: String { "member \(member) (\(identity.node) at \(identity.site), \(host):\(port))" }
}
