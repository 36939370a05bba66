import Consensus
import Storage

/// Hands this node's state to members that lack it, page by page, each from a view of one moment.
///
/// A view pins what later writes replace, so it is let go when its last page went out, when its member begins anew, and
/// when nobody asked for long. The entries after it are needed a while longer: by the time a large state has arrived,
/// they are what its member asks for next.
struct StateSource {
    private struct Reading {
        let index: LogIndex
        /// nil once the last page went out.
        var view: StateView?
        var expiresAt: UInt64
    }

    /// Ticks after which a view that nobody reads from is let go, and the entries after a state that was read: longer
    /// than a member waits before it asks again.
    static let patienceTicks: UInt64 = 3_000
    private let pageBytes: Int

    private var readings: [MemberID: Reading] = [:]

    init(pageBytes: Int) { self.pageBytes = pageBytes }

    /// The log must not be cut beyond this index: members that read a state, or just did, need what follows.
    var oldestIndex: LogIndex? { readings.values.map(\.index).min() }

    /// What `member` asked for; the beginning of the present state when the one it asked for is not held any more.
    mutating func page(
        _ request: StateRequest, for member: MemberID, of store: any KeyValueStore, now: UInt64
    ) throws(StorageError) -> StatePage {
        let view: StateView
        if let held = readings[member]?.view, held.index == request.index {
            view = held
        } else {
            view = try StateView(store)
        }
        let page = try view.page(
            after: view.index == request.index ? request.after : [], maximumBytes: pageBytes)
        readings[member] = Reading(
            index: view.index, view: page.isLast ? nil : view, expiresAt: now + Self.patienceTicks)
        return page
    }

    /// Lets go of what nobody reads from.
    mutating func expire(now: UInt64) {
        if !readings.isEmpty { readings = readings.filter { $0.value.expiresAt > now } }
    }
}
