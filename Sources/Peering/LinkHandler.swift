import Foundation
import Logging
import Models
import NIOCore
import NIOSSL

/// What the links of a node have in common.
struct LinkEnvironment: Sendable {
    let local: LocalEnd
    let limits: PeerLimits
    let counters: Counters
    let logger: Logger
    let credentials: @Sendable () -> PeerCredentials
    let now: @Sendable () -> Timestamp
}

/// What uses a link. Called on the link's event loop.
protocol LinkReceiver: AnyObject {
    /// The connection exists; nothing may be sent yet. Only the dialling end hears this.
    func linkBegan(_ channel: any Channel)
    /// Both ends know each other.
    func linkOpened(_ channel: any Channel)
    /// A frame came, other than those that keep the link. What is thrown closes it.
    func linkReceived(_ frame: Frame) throws(PeerError)
    /// Whether what is written now leaves soon.
    func linkWritabilityChanged(_ isWritable: Bool)
    /// The connection is gone, or was never made. Called once, and nothing after it.
    func linkClosed(_ reason: PeerError)
}

extension LinkReceiver {
    func linkBegan(_ channel: any Channel) {}
    func linkWritabilityChanged(_ isWritable: Bool) {}
}

/// Who decides about connections that peers make. Called on the connection's event loop.
protocol LinkAcceptance: Sendable {
    /// Lets a node in and says who uses its link, or throws why not.
    func admit(_ hello: Hello, presented: PeerIdentity, channel: any Channel) throws(PeerError)
        -> (version: UInt16, receiver: any LinkReceiver)
    /// A connection ended before it was let in.
    func refused(_ reason: PeerError)
}

/// One connection between two nodes, from its first byte on. It lives on its channel's event loop.
///
///     accepting:  connected ── hello is right ──────────────────────► open ──► closed
///     dialling:   connected ── greeting is right ──► asked ── welcome ─► open ──► closed
///                     └──────────── refused, malformed, or too slow ─────────────────▲
final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Which end this is.
    enum Side {
        case dialling(PeerAddress, LinkPurpose, any LinkReceiver)
        case accepting(any LinkAcceptance)
    }

    private enum State {
        /// TLS is being set up, or the other's first frame is awaited. Nothing of the peer is believed.
        case connected
        /// The peer is who it should be; its consent is awaited. The dialling end only.
        case asked
        /// Frames are passed on.
        case open(any LinkReceiver)
        /// Nothing is passed on any more; the reason is told when the connection is gone.
        case closing(PeerError)
    }

    /// Bytes of a frame before the link is open: a greeting has 28, and reasons are short.
    private static let openingFrameBytes = 8 << 10

    private let side: Side
    private let environment: LinkEnvironment
    private var state = State.connected
    private var wasOpen: (any LinkReceiver)?
    private var reader = FrameReader(maximumBytes: openingFrameBytes)
    private var deadline: Scheduled<Void>?
    private var pulse: RepeatedTask?
    private var lastHeard = NIODeadline.now()

    init(side: Side, environment: LinkEnvironment) {
        self.side = side
        self.environment = environment
    }

    func channelActive(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let patience = environment.limits.handshakeDeadline
        deadline = context.eventLoop.scheduleTask(in: TimeAmount(patience)) {
            let (handler, context) = bound.value
            handler.environment.counters.add(to: \.handshakesCut)
            handler.close(.unreachable("it did not say who it is within \(patience)"), context)
        }
        // TLS holds it back until the other's certificate is verified.
        if case .accepting = side { write(.greeting(environment.local.greeting), context) }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var more = unwrapInboundIn(data)
        lastHeard = .now()
        reader.append(&more)
        do throws(PeerError) {
            while !isClosing, let frame = try reader.next() { try receive(frame, context) }
        } catch {
            close(error, context)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .open(let receiver) = state { receiver.linkWritabilityChanged(context.channel.isWritable) }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(reason(for: error, context), context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        pulse?.cancel()
        let reason: PeerError
        switch state {
        case .closing(let error): reason = error
        default: reason = .unreachable("the peer closed the link")
        }
        state = .closing(reason)
        tell(reason)
        context.fireChannelInactive()
    }

    private var isClosing: Bool { if case .closing = state { true } else { false } }

    private func tell(_ reason: PeerError) {
        switch side {
        case .dialling(_, _, let receiver): receiver.linkClosed(reason)
        case .accepting(let acceptance):
            if let wasOpen { wasOpen.linkClosed(reason) } else { acceptance.refused(reason) }
        }
    }
}

extension LinkHandler {
    private func receive(_ frame: Frame, _ context: ChannelHandlerContext) throws(PeerError) {
        switch (state, side, frame) {
        case (.open, _, .ping): write(.pong, context)
        case (.open, _, .pong): break
        case (.open(let receiver), _, _): try receiver.linkReceived(frame)
        case (_, .dialling, .refusal(let code, let reason)): throw .turnedAway(code, reason)
        case (.connected, .dialling(let peer, let purpose, _), .greeting(let greeting)):
            try environment.local.check(greeting, of: peer, presented: presentedIdentity(context))
            write(.hello(environment.local.hello(to: peer.member, purpose: purpose)), context)
            state = .asked
        case (.asked, .dialling(_, _, let receiver), .welcome(let version)):
            guard LocalEnd.versions.contains(version) else {
                throw .malformed("it chose version \(version), which nobody offered")
            }
            open(receiver, context)
        case (.connected, .accepting(let acceptance), .hello(let hello)):
            let identity = try presentedIdentity(context)
            let (version, receiver) = try acceptance.admit(hello, presented: identity, channel: context.channel)
            write(.welcome(version: version), context)
            open(receiver, context)
        default: throw .malformed("a frame of kind \(frame.kind) came before the link was open")
        }
    }

    private func open(_ receiver: any LinkReceiver, _ context: ChannelHandlerContext) {
        state = .open(receiver)
        wasOpen = receiver
        reader.maximumBytes = environment.limits.frameBytes
        deadline?.cancel()
        keepAlive(context)
        receiver.linkOpened(context.channel)
    }

    /// The dialling end pings, the other answers; either closes when it hears nothing for too long.
    private func keepAlive(_ context: ChannelHandlerContext) {
        let interval = TimeAmount(environment.limits.pingInterval)
        let silence = environment.limits.silence
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        pulse = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            let (handler, context) = bound.value
            if .now() - handler.lastHeard > TimeAmount(silence) {
                handler.close(.unreachable("nothing came from it for \(silence)"), context)
            } else if case .dialling = handler.side {
                handler.write(.ping, context)
            }
        }
    }

    /// Who the peer's certificate names, which TLS has verified. Called when the first frame is there, so after the
    /// handshake.
    private func presentedIdentity(_ context: ChannelHandlerContext) throws(PeerError) -> PeerIdentity {
        guard let shown = shownCertificate(context) else { throw .untrustedCertificate("none was shown") }
        let certificate = try PeerCertificate(shown)
        try certificate.checkTime(at: environment.now())
        return try certificate.identity()
    }

    private func shownCertificate(_ context: ChannelHandlerContext) -> NIOSSLCertificate? {
        do { return try context.channel.pipeline.syncOperations.nioSSL_peerCertificate() } catch { return nil }
    }

    /// What went wrong below: TLS says it in its own words, and the certificate, if one was shown, says the rest.
    private func reason(for error: any Error, _ context: ChannelHandlerContext) -> PeerError {
        if let error = error as? PeerError { return error }
        switch state {
        case .open, .closing: return .unreachable("the link broke: \(error)")
        case .connected, .asked:
            do throws(PeerError) {
                return try HandshakeFailure.judge(
                    error, shown: shownCertificate(context).map(PeerCertificate.init),
                    credentials: environment.credentials(), now: environment.now())
            } catch {
                return error
            }
        }
    }

    private func write(_ frame: Frame, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(frame.bytes), promise: nil)
    }

    private func close(_ reason: PeerError, _ context: ChannelHandlerContext) {
        guard !isClosing else { return }
        let isOpen = if case .open = state { true } else { false }
        if !isOpen, reason.isRefusal { write(reason.refusal, context) }
        state = .closing(reason)
        context.close(promise: nil)
    }
}

extension TimeAmount {
    /// The same time.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
