import Consensus
import Models
import Registry
import Replication
import Storage

/// A node of a simulated cluster: a real replica over a store in memory.
final class SimulatedNode {
    let id: MemberID
    let store = MemoryStore()
    /// Who the cluster was founded by.
    private let founders: [MemberID]
    private let mutation: Mutation?
    private let settings: Settings
    private var replica: Replica?
    private var reported: LogIndex = 0
    /// Milliseconds between its ticks.
    var tickInterval: UInt64 = 10
    /// What it sent before is lost on its way.
    var silencedAt: UInt64 = 0
    private(set) var diskIsFull = false
    /// Milliseconds that a synced write takes.
    var writeTime: UInt64 = 0
    /// While a slow write goes on: its number, what it allows, and what came in since.
    private var pending: (write: Int, outputs: [Replica.Output], inputs: [Replica.Input])?
    private var slowWrites = 0
    /// Whether its disk was damaged: it may stop for good, and what it holds is not relied on.
    private(set) var isDamaged = false

    init(id: MemberID, founders: [MemberID], settings: Settings, mutation: Mutation?) {
        self.id = id
        self.founders = founders
        self.settings = settings
        self.mutation = mutation
    }

    var isUp: Bool { replica != nil }
    var role: Consensus.Role? { replica?.status.role }
    var membership: Membership? { replica?.status.membership }
    /// Who shall belong to the cluster by this node's state.
    var listed: [ClusterMember]? { get throws { try Catalog(store).cluster()?.members.filter { !$0.isLeaving } } }
    var applied: LogIndex { replica?.appliedIndex ?? 0 }

    /// Starts from what is on the disk.
    func start(seed: UInt64) throws {
        let disk: any KeyValueStore = mutation.map { MutatedStore(store: store, mutation: $0) } ?? store
        replica = try Replica(
            id: id, cluster: ClusterStamp(high: 1, low: 2), membership: Membership(voters: founders), store: disk,
            settings: settings, retention: LogRetention(bytes: 1 << 20, entries: 40, pageBytes: 4_096), seed: seed)
        reported = applied
    }

    /// Takes in inputs and carries them through, committed entries included. What a slow write allows is handed out by
    /// `finishWrite`; its number comes back from the turn that began it.
    func turn(_ inputs: [Replica.Input]) throws -> (outputs: [Replica.Output], slowWrite: Int?) {
        guard pending == nil else {
            pending?.inputs.append(contentsOf: inputs)
            return ([], nil)
        }
        let writes = store.syncedWrites
        let turned = try replica?.turn(inputs) ?? []
        let outputs = try turned + (replica?.applyCommitted() ?? [])
        guard writeTime > 0, store.syncedWrites > writes else { return (outputs, nil) }
        slowWrites += 1
        pending = (slowWrites, outputs, [])
        return ([], slowWrites)
    }

    /// Index and term of each entry that was applied since the last call, as far as the log has them still.
    func newlyApplied() -> [(LogIndex, Term)] {
        guard let replica, replica.appliedIndex > reported else { return [] }
        defer { reported = replica.appliedIndex }
        return (reported + 1...replica.appliedIndex).compactMap { index in
            // Probe: a damaged log says nothing of some.
            (try? replica.term(at: index)).map { (index, $0) }
        }
    }

    /// A slow write is done: returns what it allows, and what came in meanwhile with one tick of many, as `ReplicaLoop`
    /// has it. nil when the node crashed or stopped meanwhile.
    func finishWrite(_ write: Int) -> (outputs: [Replica.Output], inputs: [Replica.Input])? {
        guard let pending, pending.write == write else { return nil }
        self.pending = nil
        var hasTicked = false
        let inputs = pending.inputs.filter { input in
            guard case .tick = input else { return true }
            defer { hasTicked = true }
            return !hasTicked
        }
        return (pending.outputs, inputs)
    }

    /// Stops; the disk keeps what it has.
    func stop() {
        replica = nil
        pending = nil
    }

    /// Crashes: what was not synced is gone, but for some of the oldest writes.
    func crash(keeping count: Int) {
        stop()
        store.crash(keeping: count)
    }

    /// Damages a record of the log or of the state.
    func damageDisk(_ number: Int) {
        isDamaged = store.damage(number, of: number.isMultiple(of: 2) ? .log : .state) || isDamaged
    }

    /// Writes fail, and nothing is known of those that were under way.
    func breakDisk() { store.fail(with: .failed("simulated")) }

    func fillDisk() {
        diskIsFull = true
        store.fail(with: .full("simulated"))
    }

    func repairDisk() {
        diskIsFull = false
        store.fail(with: nil)
    }
}
