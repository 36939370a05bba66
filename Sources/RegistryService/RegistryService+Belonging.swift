import Consensus
import Foundation
import Logging
import Models
import Peering
import Registry
import Replication
import Storage
import Synchronization

/// What a node does for its place in the cluster, beside requests: it keeps its links to who belongs, tells where it
/// is, lets new commands be understood when every member knows them, and notices when it was removed.
extension RegistryService {
    /// The idle loop's pace; whatever is applied wakes it earlier.
    private static let belongingPace: Duration = .seconds(1)
    /// At least so long between two looks: under load something is applied all the time.
    private static let belongingPause: Duration = .milliseconds(100)

    /// Runs until its task is cancelled.
    package func belong() async {
        var (known, asked): ([PeerAddress]?, ContinuousClock.Instant) = (nil, .now)
        var isDescribed = false
        var health = parts.replica.health
        while !Task.isCancelled {
            let applied = parts.replica.status.appliedIndex
            health = tell(parts.replica.health, after: health)
            do {
                known = try followMembers(known)
                isDescribed = try await describeSelf(isDescribed)
                if ContinuousClock.now >= asked {
                    try await raiseLevel()
                    asked = .now + Self.belongingPace
                }
                try leaveIfRemoved()
            } catch {
                parts.logger.info("this node's place in the cluster is looked after later: \(error)")
            }
            do { try await Task.sleep(for: Self.belongingPause) } catch { return }
            _ = await parts.replica.waitUntilApplied(applied + 1, patience: Self.belongingPace)
        }
    }

    /// Says in the log when this node stops serving, and when it serves again.
    private func tell(_ health: ReplicaLoop.Health, after former: ReplicaLoop.Health) -> ReplicaLoop.Health {
        guard health != former else { return health }
        switch health {
        case .running: parts.logger.notice("this node serves again")
        case .full(let detail):
            parts.logger.error("\(StorageError.full(detail))")
        case .stopped(let reason): parts.logger.error("this node has stopped serving: \(reason)")
        }
        return health
    }

    /// Dials who belongs to the cluster, and nobody else.
    ///
    /// A state of a time before this node came says nothing of who belongs now: while it is being caught up with, those
    /// that this node started with stay.
    private func followMembers(_ known: [PeerAddress]?) throws(ServiceError) -> [PeerAddress]? {
        guard let (next, members) = try membersOfToday() else { return known }
        let addresses = peerAddresses(of: members)
        let peers = members.compactMap { member -> PeerAddress? in
            guard member.member != parts.member, let address = addresses[member.member] else { return nil }
            return PeerAddress(
                member: member.member,
                identity: PeerIdentity(cluster: parts.identity.cluster, site: member.site, node: member.node),
                host: address.host, port: address.port)
        }
        if peers != known { parts.peers.update(peers: peers, nextMember: next) }
        return peers
    }

    /// Tells once after each start where this node is; returns whether the cluster knows. A refusal, or a later start
    /// that is not this one, means that this disk is a copy of an older one, or was copied.
    private func describeSelf(_ isDescribed: Bool) async throws(ServiceError) -> Bool {
        guard try reading({ catalog throws(StorageError) in try catalog.level() }) > 1,
            let own = try members().first(where: { $0.member == parts.member }), parts.replica.status.leader != nil
        else { return isDescribed }
        guard !isDescribed else {
            if own.incarnation > parts.place.incarnation {
                stop("member \(parts.member) was started again on a copy of this node's disk")
            }
            return true
        }
        let command = DescribeMember(
            member: parts.member, incarnation: parts.place.incarnation, endpoint: parts.endpoint,
            peer: parts.place.peer.description)
        do throws(ServiceError) {
            _ = try await execute(
                .describeMember(command), as: Principal(name: .peerage, role: .administrator),
                key: "start \(parts.member) \(parts.place.incarnation) \(parts.place.drawn)")
        } catch {
            guard case .rejected(let rejection) = error, rejection.code == .conflict else { throw error }
            stop(rejection.detail)
        }
        return true
    }

    private func stop(_ detail: String) {
        let reason =
            "\(detail). One of the two has forgotten what it promised: remove this member, and let its node join anew with an "
            + "empty data directory"
        parts.logger.error("\(reason)")
        parts.replica.abandon(reason)
    }

    /// The leader lets new commands be understood when every member's build knows them.
    private func raiseLevel() async throws(ServiceError) {
        guard parts.replica.status.role == .leader else { return }
        let (level, cluster) = try reading { catalog throws(StorageError) in
            (try catalog.level(), try catalog.cluster())
        }
        guard cluster != nil, level < Command.knownLevel else { return }
        let nodes = try await clusterStatus().nodes
        let common = nodes.allSatisfy { $0.term > 0 } ? nodes.map { $0.level ?? 1 }.min() ?? level : level
        guard common > level else { return }
        let target = min(common, Command.knownLevel)
        _ = try await execute(
            .raiseLevel(RaiseLevel(level: target)), as: Principal(name: .peerage, role: .administrator),
            key: "level \(target)")
        parts.logger.notice("every member knows commands of level \(target): they are understood from now on")
    }

    /// The members by a state that knows this node, and the least number never given out; read at one moment.
    private func membersOfToday() throws(ServiceError) -> (nextMember: UInt64, members: [ClusterMember])? {
        do {
            let catalog = Catalog(try parts.store.snapshot())
            guard let next = try catalog.nextMember(), next > parts.member, let members = try catalog.cluster()?.members
            else { return nil }
            return (next, members)
        } catch {
            throw ServiceError(error)
        }
    }

    /// A node that neither shall be nor is a member any more stops, and stays so. So does one that was told so by
    /// another.
    private func leaveIfRemoved() throws(ServiceError) {
        if isToldRemoved.withLock({ $0 }) { return leave() }
        guard let (_, members) = try membersOfToday(), !members.contains(where: { $0.member == parts.member }),
            !parts.replica.membership.members.contains(where: { $0.rawValue == parts.member })
        else { return }
        leave()
    }

    /// This node hears that it is no member any more. Does not block: what follows happens in `belong`.
    package func wasRemoved() { isToldRemoved.withLock { $0 = true } }

    private func leave() {
        guard parts.replica.health == .running else { return }
        // Before anyone is told: who then starts it again must find it so.
        parts.place.rememberRemoval()
        parts.replica.abandon(Self.removed)
        parts.logger.error("\(Self.removed)")
    }

    static let removed =
        "this node was removed from the cluster. It comes back as a new member: invite it again, and start it with an empty "
        + "data directory"
}
