import Consensus
import Models
import Registry
import Replication
import Storage

/// A node of a simulated cluster: a real replica over a store in memory.
struct SimulatedNode {
    let id: MemberID
    let store = MemoryStore()
    /// Who the cluster was founded by.
    private let founders: [MemberID]
    private let mutation: Mutation?
    private var replica: Replica?
    /// Milliseconds between its ticks.
    var tickInterval: UInt64 = 10
    private(set) var diskIsFull = false
    /// Whether its disk was damaged: it may stop for good, and what it holds is not relied on.
    private(set) var isDamaged = false

    init(id: MemberID, founders: [MemberID], mutation: Mutation?) {
        self.id = id
        self.founders = founders
        self.mutation = mutation
    }

    var isUp: Bool { replica != nil }
    var role: Consensus.Role? { replica?.status.role }
    var membership: Membership? { replica?.status.membership }
    /// Who shall belong to the cluster by this node's state.
    var listed: [ClusterMember]? { get throws { try Catalog(store).cluster()?.members.filter { !$0.isLeaving } } }
    var applied: LogIndex { replica?.appliedIndex ?? 0 }

    /// Starts from what is on the disk.
    mutating func start(seed: UInt64) throws {
        var settings = Settings()
        // Small windows, so that their limits are met.
        settings.maximumMessageBytes = 2_048
        settings.inflightMessages = 4
        settings.recentBytes = 4_096
        let disk: any KeyValueStore = mutation.map { MutatedStore(store: store, mutation: $0) } ?? store
        replica = try Replica(
            id: id, cluster: ClusterStamp(high: 1, low: 2), membership: Membership(voters: founders), store: disk,
            settings: settings, retention: LogRetention(bytes: 1 << 20, entries: 40, pageBytes: 4_096), seed: seed)
    }

    /// Takes in an input and carries it through, committed entries included.
    mutating func turn(_ input: Replica.Input) throws -> [Replica.Output] {
        let outputs = try replica?.turn([input]) ?? []
        return try outputs + (replica?.applyCommitted() ?? [])
    }

    /// Stops; the disk keeps what it has.
    mutating func stop() { replica = nil }

    /// Crashes: what was not synced is gone, but for some of the oldest writes.
    mutating func crash(keeping count: Int) {
        replica = nil
        store.crash(keeping: count)
    }

    /// Damages a record of the log or of the state.
    mutating func damageDisk(_ number: Int) {
        isDamaged = store.damage(number, of: number.isMultiple(of: 2) ? .log : .state) || isDamaged
    }

    /// Writes fail, and nothing is known of those that were under way.
    mutating func breakDisk() { store.fail(with: .failed("simulated")) }

    mutating func fillDisk() {
        diskIsFull = true
        store.fail(with: .full("simulated"))
    }

    mutating func repairDisk() {
        diskIsFull = false
        store.fail(with: nil)
    }
}
