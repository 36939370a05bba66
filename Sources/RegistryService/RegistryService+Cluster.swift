import Chunking
import Consensus
import Logging
package import Models
import Peering
import Registry
import Replication
import Storage

extension RegistryService {
    /// What a node is that has applied nothing yet.
    static let withoutState = "this node has no state yet: the cluster is not established, or it has not caught up"
    /// How long another node may take to tell how it is.
    private static let statusPatience: Duration = .seconds(2)

    /// Every node of the cluster as it tells of itself; one that does not answer is shown as not healthy.
    package func clusterStatus() async throws(ServiceError) -> ClusterStatus {
        let members: [ClusterMember]
        do { members = try Catalog(parts.store).cluster()?.members ?? [] } catch { throw ServiceError(error) }
        let answers = await withTaskGroup(of: NodeStatus.self) { group in
            for member in members {
                group.addTask { await self.status(of: member) }
            }
            return await group.reduce(into: [NodeStatus]()) { $0.append($1) }
        }
        let own = answers.isEmpty ? [nodeStatus()] : answers
        return ClusterStatus(cluster: parts.identity.cluster, nodes: Self.compare(own).sorted { $0.id < $1.id })
    }

    /// How far each node is behind, and whether those that are equally far agree.
    private static func compare(_ nodes: [NodeStatus]) -> [NodeStatus] {
        let newest = nodes.map(\.commit).max() ?? 0
        return nodes.map { node in
            guard node.term > 0 else { return node }
            var node = node
            node.lag = newest - min(newest, node.applied)
            let peers = nodes.filter { $0.id != node.id && $0.term > 0 && $0.applied == node.applied }
            node.agrees = peers.isEmpty ? nil : peers.allSatisfy { $0.stateHash == node.stateHash }
            return node
        }
    }

    private func status(of member: ClusterMember) async -> NodeStatus {
        if member.member == parts.member { return nodeStatus() }
        do {
            return try await parts.peers.status(of: member.member, deadline: Self.statusPatience)
        } catch {
            return NodeStatus(
                id: member.node, site: member.site, endpoint: member.endpoint,
                role: member.isVoter ? "voter" : "learner", leader: false, healthy: false, problem: "\(error)", term: 0,
                commit: 0, applied: 0, stateHash: "", version: "")
        }
    }

    /// How this node is.
    package func nodeStatus() -> NodeStatus {
        let status = parts.replica.status
        let problem = problem(status)
        let disk = parts.place.disk()
        let isVoter = parts.replica.membership.voters.contains { $0.rawValue == parts.member }
        return NodeStatus(
            id: parts.identity.node, site: parts.identity.site, endpoint: parts.endpoint,
            role: isVoter ? "voter" : "learner", leader: status.role == .leader, healthy: problem.isEmpty,
            problem: problem.isEmpty ? parts.chunks.refusal?.description ?? "" : problem, term: status.term,
            commit: status.commitIndex, applied: status.appliedIndex,
            stateHash: status.stateHash.description, version: parts.version, level: Command.knownLevel,
            certificateExpires: parts.place.certificateExpires(), diskFreeBytes: disk?.free,
            diskTotalBytes: disk?.total, versionsBehind: shortfall.count)
    }

    private func problem(_ status: ReplicaStatus) -> String {
        switch parts.replica.health {
        case .full(let detail): StorageError.full(detail).description
        case .stopped(let reason): reason
        case .running where status.leader == nil: "no leader is known: no majority of voters can be reached"
        case .running where status.appliedIndex == 0: Self.withoutState
        case .running: ""
        }
    }

    /// Why this node should not be given requests now, or nil. It may still answer reads that accept stale answers.
    package var unreadiness: String? {
        let status = parts.replica.status
        let problem = problem(status)
        if !problem.isEmpty { return problem }
        do {
            return try Catalog(parts.store).cluster() == nil ? "the cluster is not established yet" : nil
        } catch {
            return "\(error)"
        }
    }

    /// Hands leadership to `node`, or to the best other voter. Returns once this node sees the change or gave up
    /// waiting.
    package func transferLeadership(to node: NodeName?, as principal: Principal) async throws(ServiceError) {
        let members: [ClusterMember]
        do { members = try Catalog(parts.store).cluster()?.members ?? [] } catch { throw ServiceError(error) }
        let status = parts.replica.status
        guard status.role == .leader else {
            let leader = members.first { $0.member == status.leader?.rawValue }
            throw .invalidRequest(
                "this node does not lead; ask \(leader.map { "\($0.node) at \($0.endpoint)" } ?? "the leader")")
        }
        var target: UInt64?
        if let node {
            guard let member = members.first(where: { $0.node == node && $0.isVoter }) else {
                throw .notFound("there is no voter “\(node)”")
            }
            target = member.member
        }
        parts.logger.notice("\(principal.name) transfers leadership to \(node?.text ?? "the best voter")")
        await parts.replica.handOver(to: target.map { .init($0) })
        guard parts.replica.status.role != .leader else {
            throw .preconditionFailed(
                "leadership stays here: \(node.map { "“\($0)”" } ?? "no other voter") did not take it in time; see peerage cluster status"
            )
        }
        await parts.replica.waitForLeader(patience: .seconds(2))
    }
}
