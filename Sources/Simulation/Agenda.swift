import Consensus
import Replication

/// What is going to happen, in the order of time; what happens at one time happens in the order it was planned.
struct Agenda {
    /// Something that happens.
    enum Event {
        case tick(MemberID)
        case deliver(PeerMessage, from: MemberID, to: MemberID, sentAt: UInt64)
        case restart(MemberID)
        case repairDisk(MemberID)
        case clock(MemberID, interval: UInt64)
        case heal
        case written(MemberID, Int)
        case fall(MemberID)
        case disk(MemberID, writeTime: UInt64)
        case fault
        case client
    }

    private struct Item {
        let time: UInt64
        let order: UInt64
        let event: Event

        func precedes(_ other: Item) -> Bool { (time, order) < (other.time, other.order) }
    }

    /// A binary heap, the earliest first.
    private var items: [Item] = []
    private var planned: UInt64 = 0

    mutating func add(_ event: Event, at time: some BinaryInteger) {
        planned += 1
        items.append(Item(time: UInt64(time), order: planned, event: event))
        var child = items.count - 1
        while child > 0, items[child].precedes(items[(child - 1) / 2]) {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next(before end: UInt64) -> (UInt64, Event)? {
        guard let first = items.first, first.time < end else { return nil }
        items.swapAt(0, items.count - 1)
        items.removeLast()
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < items.count }
            guard let least = children.min(by: { items[$0].precedes(items[$1]) }), items[least].precedes(items[parent])
            else { return (first.time, first.event) }
            items.swapAt(parent, least)
            parent = least
        }
    }
}

/// The links between nodes.
struct SimulatedNetwork {
    /// A link in one direction.
    struct Direction: Hashable {
        let from: MemberID
        let to: MemberID
    }

    var lossPercent = 0
    var duplicationPercent = 0
    /// Milliseconds a message takes at most; messages overtake one another.
    var maximumDelay: UInt64 = 5
    /// Directions that carry nothing.
    var blocked: Set<Direction> = []

    func isBlocked(_ from: MemberID, _ to: MemberID) -> Bool { blocked.contains(Direction(from: from, to: to)) }
}

/// A seeded generator (SplitMix64).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<max(1, bound), using: &self) }

    mutating func percent(_ percent: Int) -> Bool { below(100) < percent }
}
