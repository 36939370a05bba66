import Models
import NIOCore
import Synchronization

/// The other nodes of the cluster, and the links that this node dials to each.
final class PeerTable: Sendable {
    private struct Peer {
        let address: PeerAddress
        let messages: MessageLink
        let exchange: ExchangeLink
    }

    private struct State {
        var peers: [UInt64: Peer] = [:]
        /// Members below it that are no peers were removed.
        var nextMember: UInt64 = 0
        var isStarted = false
        var isStopped = false
    }

    private let state = Mutex(State())
    private let dialler: Dialler
    private let handler: any PeerHandler
    private let refusals: RefusalLog
    private let group: any EventLoopGroup

    init(
        peers: [PeerAddress], dialler: Dialler, handler: any PeerHandler, refusals: RefusalLog,
        group: any EventLoopGroup
    ) {
        self.dialler = dialler
        self.handler = handler
        self.refusals = refusals
        self.group = group
        _ = update(to: peers, nextMember: 0)
    }

    /// The peers' members, ascending.
    var members: [UInt64] { state.withLock { $0.peers.keys.sorted() } }

    /// The peers' addresses.
    var addresses: [PeerAddress] { state.withLock { $0.peers.values.map(\.address) } }

    /// The least member id that the cluster never gave out, as far as this node knows; 0 while it does not.
    var nextMember: UInt64 { state.withLock { $0.nextMember } }

    /// Why links are down, by member.
    var problems: [UInt64: PeerError] {
        let peers = state.withLock { $0.peers }
        return peers.compactMapValues { $0.messages.problem ?? $0.exchange.problem }
    }

    /// Begins to dial.
    func start() {
        let links = state.withLock { state in
            state.isStarted = true
            return state.peers.values.map(\.messages)
        }
        links.forEach { $0.start() }
    }

    /// Closes all links for good.
    func stop() -> [EventLoopFuture<Void>] {
        let peers = state.withLock { state in
            defer { state.peers = [:] }
            state.isStopped = true
            return Array(state.peers.values)
        }
        return peers.flatMap { [$0.messages.stop(), $0.exchange.stop()] }
    }

    /// Dials these peers from now on: links to the others are closed, and to those whose address changed, made anew.
    /// Returns the members whose links were closed.
    func update(to addresses: [PeerAddress], nextMember: UInt64) -> [UInt64] {
        let kept = Dictionary(addresses.map { ($0.member, $0) }, uniquingKeysWith: { _, last in last })
        let (begun, ended) = state.withLock { state -> ([MessageLink], [Peer]) in
            guard !state.isStopped else { return ([], []) }
            state.nextMember = max(nextMember, state.nextMember)
            let ended = state.peers.values.filter { kept[$0.address.member] != $0.address }
            for peer in ended { state.peers[peer.address.member] = nil }
            let added = kept.values.filter { state.peers[$0.member] == nil }.map(makePeer)
            for peer in added { state.peers[peer.address.member] = peer }
            return (state.isStarted ? added.map(\.messages) : [], ended)
        }
        for peer in ended { _ = (peer.messages.stop(), peer.exchange.stop()) }
        begun.forEach { $0.start() }
        return ended.map(\.address.member)
    }

    /// The link for messages to `member`.
    func messages(to member: UInt64) -> MessageLink? { state.withLock { $0.peers[member]?.messages } }

    /// The link to ask `member` over.
    func exchange(with member: UInt64) throws(PeerError) -> ExchangeLink {
        guard let link = state.withLock({ $0.peers[member]?.exchange }) else { throw .unknownMember(member) }
        return link
    }

    /// The links to ask `members` over, those that just failed last: a member that cannot be reached may cost seconds.
    func exchanges(with members: [UInt64]) throws(PeerError) -> [(member: UInt64, link: ExchangeLink)] {
        let known = state.withLock { state in
            members.compactMap { member in state.peers[member].map { (member: member, link: $0.exchange) } }
        }
        guard !known.isEmpty else { throw .unknownMember(members.first ?? 0) }
        let isFailing = known.map { $0.link.problem != nil }
        return zip(known, isFailing).filter { !$1 }.map(\.0) + zip(known, isFailing).filter { $1 }.map(\.0)
    }

    /// Who `member` is, for messages.
    func describe(_ member: UInt64) -> String {
        state.withLock { $0.peers[member]?.address }.map { "\($0)" } ?? "member \(member)"
    }

    /// Two event loops a peer, one a link: bytes in bulk are encrypted on another core than heartbeats.
    private func makePeer(_ address: PeerAddress) -> Peer {
        Peer(
            address: address,
            messages: MessageLink(
                to: address, dialler: dialler, handler: handler, refusals: refusals, eventLoop: group.next()),
            exchange: ExchangeLink(to: address, dialler: dialler, refusals: refusals, eventLoop: group.next()))
    }
}
