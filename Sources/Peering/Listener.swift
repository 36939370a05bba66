import Logging
import Models
import NIOCore
import NIOPosix
import NIOSSL
import Storage
import Synchronization

/// Takes in the connections that peers make: a few at a time until they have shown who they are, then one of each
/// purpose a peer.
final class Listener: Sendable {
    private struct Seat: Hashable {
        let member: UInt64
        let purpose: LinkPurpose
    }

    private struct State {
        var server: (any Channel)?
        var isStopped = false
        /// Connections that have not shown who they are.
        var strangers: [ObjectIdentifier: any Channel] = [:]
        var seats: [Seat: any Channel] = [:]
        var instances = Instances()
    }

    private let environment: LinkEnvironment
    private let peers: PeerTable
    private let handler: any PeerHandler
    private let refusals: RefusalLog
    private let makeSession: @Sendable (_ member: UInt64, _ channel: any Channel) -> any LinkReceiver
    private let state = Mutex(State())

    init(
        environment: LinkEnvironment, peers: PeerTable, handler: any PeerHandler, refusals: RefusalLog,
        makeSession: @escaping @Sendable (_ member: UInt64, _ channel: any Channel) -> any LinkReceiver
    ) {
        self.environment = environment
        self.peers = peers
        self.handler = handler
        self.refusals = refusals
        self.makeSession = makeSession
    }

    /// The port it listens at.
    var port: Int? { state.withLock { $0.server?.localAddress?.port } }

    /// Begins to listen.
    func listen(host: String, port: Int, group: any EventLoopGroup) async throws(PeerError) {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(
                .writeBufferWaterMark,
                value: .init(low: environment.limits.servedBytes / 4, high: environment.limits.servedBytes)
            )
            .childChannelInitializer { channel in self.begin(channel) }
        let server: any Channel
        do { server = try await bootstrap.bind(host: host, port: port).get() } catch {
            throw .cannotListen("\(host):\(port): \(error)")
        }
        let isStopped = state.withLock { state in
            state.server = server
            return state.isStopped
        }
        if isStopped { server.close(promise: nil) }
    }

    /// Stops listening and closes all connections.
    func stop() -> [EventLoopFuture<Void>] {
        let channels = state.withLock { state in
            state.isStopped = true
            return [state.server].compactMap { $0 } + state.strangers.values + state.seats.values
        }
        for channel in channels { channel.close(promise: nil) }
        return channels.map(\.closeFuture)
    }

    /// Closes the connections of members that are peers no more.
    func dismiss(_ members: [UInt64]) {
        let channels = state.withLock { state in state.seats.filter { members.contains($0.key.member) }.map(\.value) }
        for channel in channels { channel.close(promise: nil) }
    }

    private func begin(_ channel: any Channel) -> EventLoopFuture<Void> {
        let limit = environment.limits.unauthenticatedConnections
        let isTaken = state.withLock { state in
            guard !state.isStopped, state.strangers.count < limit else { return false }
            state.strangers[ObjectIdentifier(channel)] = channel
            return true
        }
        guard isTaken else {
            environment.counters.add(to: \.connectionsShed)
            return channel.eventLoop.makeFailedFuture(PeerError.refused("too many connections wait to be known"))
        }
        channel.closeFuture.whenComplete { _ in self.forget(channel) }
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandlers([
                NIOSSLServerHandler(context: environment.credentials().server),
                LinkHandler(side: .accepting(self), environment: environment),
            ])
        }
    }

    private func forget(_ channel: any Channel) {
        state.withLock { state in
            state.strangers[ObjectIdentifier(channel)] = nil
            state.seats = state.seats.filter { $0.value !== channel }
        }
    }
}

extension Listener: LinkAcceptance {
    func admit(_ hello: Hello, presented: PeerIdentity, channel: any Channel) throws(PeerError)
        -> (version: UInt16, receiver: any LinkReceiver)
    {
        let version = try environment.local.check(
            hello, presented: presented, peers: peers.addresses, nextMember: peers.nextMember)
        let seat = Seat(member: hello.from, purpose: hello.purpose)
        let previous = try state.withLock { state throws(PeerError) in
            guard !state.isStopped else { throw .stopped }
            try state.instances.check(hello.instance, of: hello.from)
            state.strangers[ObjectIdentifier(channel)] = nil
            return state.seats.updateValue(channel, forKey: seat)
        }
        // A peer dials again when its link is gone: what is left of the old one here is half open.
        previous?.close(promise: nil)
        environment.counters.add(to: \.linksAccepted)
        refusals.forget(Self.dialling(presented.uri))
        switch hello.purpose {
        case .messages:
            return (version, IncomingMessages(member: hello.from, handler: handler, counters: environment.counters))
        case .exchange: return (version, makeSession(hello.from, channel))
        }
    }

    func refused(_ reason: PeerError) {
        guard reason.isRefusal else { return }
        environment.counters.add(to: \.linksRefused)
        refusals.note(reason, "a node that dialled this one")
    }

    private static func dialling(_ who: String) -> String { "\(who), which dialled this node" }
}

/// Messages of one peer on their way to the handler.
private final class IncomingMessages: LinkReceiver {
    private let member: UInt64
    private let handler: any PeerHandler
    private let counters: Counters

    init(member: UInt64, handler: any PeerHandler, counters: Counters) {
        self.member = member
        self.handler = handler
        self.counters = counters
    }

    func linkOpened(_ channel: any Channel) {}

    func linkReceived(_ frame: Frame) throws(PeerError) {
        guard case .message(let bytes) = frame else {
            throw .malformed("a frame of kind \(frame.kind) came on a link for messages")
        }
        counters.add(to: \.messagesReceived)
        handler.received(bytes, from: member)
    }

    func linkClosed(_ reason: PeerError) {}
}

/// Which process runs as which member: one that comes back after another took its place is a second one.
///
/// A restarted node draws a new number, and the old one is never seen again. Two processes from one copied disk draw
/// one each, and both keep dialling: the first that returns gives them away.
struct Instances: Sendable {
    /// Former processes remembered for each member.
    private static let memory = 8

    private var current: [UInt64: UInt64] = [:]
    private var former: [UInt64: [UInt64]] = [:]

    /// Throws `duplicateMember` when `instance` was replaced by another one before.
    mutating func check(_ instance: UInt64, of member: UInt64) throws(PeerError) {
        guard let last = current[member] else {
            current[member] = instance
            return
        }
        guard last != instance else { return }
        guard former[member]?.contains(instance) != true else { throw .duplicateMember(member) }
        former[member] = (former[member] ?? []).suffix(Self.memory - 1) + [last]
        current[member] = instance
    }
}
