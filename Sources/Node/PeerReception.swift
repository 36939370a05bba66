import Consensus
import Logging
import Models
import Peering
import Registry
import RegistryService
import Replication
import Storage
import Synchronization

/// What happens with what other nodes send: messages go to the replica, questions and requests to the service.
///
/// The network needs a handler before the replica and the service exist, and they need the network: so this is made
/// first and told of them before the network starts.
final class PeerReception: PeerHandler {
    private struct Desks {
        let replica: ReplicaLoop
        let service: RegistryService
    }

    private let desks = Mutex<Desks?>(nil)
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// Everything is there: from now on what comes in is passed on.
    func open(replica: ReplicaLoop, service: RegistryService) {
        desks.withLock { $0 = Desks(replica: replica, service: service) }
    }

    private var replica: ReplicaLoop? { desks.withLock { $0?.replica } }
    private var service: RegistryService? { desks.withLock { $0?.service } }

    func received(_ message: [UInt8], from member: UInt64) {
        do {
            replica?.receive(try PeerMessage(canonicalBytes: message), from: MemberID(member))
        } catch {
            logger.warning("a message of member \(member) cannot be decoded and is dropped: \(error)")
        }
    }

    func linkChanged(member: UInt64, isUp: Bool) {
        logger.notice("the link to member \(member) is \(isUp ? "up" : "down")")
    }

    func wasRemoved(accordingTo member: UInt64) { service?.wasRemoved() }

    func status() async -> NodeStatus? { service?.nodeStatus() }

    var now: Timestamp { service?.now ?? Timestamp(milliseconds: 0) }

    func didStage(_ request: SecureRequest) async throws {
        guard let service else { throw ServiceError.nodeUnavailable("the node is starting") }
        try await service.didStage(request)
    }

    func keeps(_ project: ProjectName) -> Bool { service?.keeps(project) ?? false }

    func didReceive(_ page: ReceivedPage) async { await service?.didReceive(page) }

    func takeOver(_ handover: AnnouncedFile, _ bytes: HandoverBytes) async throws -> HandedOver {
        guard let service else { throw ServiceError.nodeUnavailable("the node is starting") }
        return try await service.takeOver(handover, bytes)
    }

    func witness(_ request: WitnessRequest) async throws -> Witnessed {
        guard let service else { throw ServiceError.nodeUnavailable("the node is starting") }
        return try await service.witness(request)
    }

    func inventory(_ request: InventoryRequest) async throws -> Inventory {
        guard let service else { throw ServiceError.nodeUnavailable("the node is starting") }
        return try await service.inventory(request)
    }
}
