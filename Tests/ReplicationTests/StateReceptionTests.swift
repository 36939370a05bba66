import Consensus
import Models
import Registry
import Storage
import Testing

@testable import Replication

/// A state on its way from one node to another (raft.md, scenario 5).
@Suite("Receiving a state")
struct StateReceptionTests {
    /// A state of many records, and the store of the node that has it.
    private func giver() throws -> MemoryStore {
        let store = MemoryStore()
        var node = try replica(store)
        try node.becomeLeader()
        _ = try node.propose(founding())
        for number in 2...200 as ClosedRange<UInt8> { _ = try node.propose(project(number, "p-\(number)")) }
        return store
    }

    private func reception(least: LogIndex = 1) -> StateReception {
        StateReception(
            SnapshotNeed(source: MemberID(2), index: least), founders: Membership(voters: [MemberID(1)]), now: 0)
    }

    /// The pages of `store`'s state, small ones.
    private func pages(of store: MemoryStore) throws -> [StatePage] {
        let view = try StateView(store)
        var pages = [try view.page(after: [], maximumBytes: 2_000)]
        while let last = pages.last, !last.isLast {
            pages.append(try view.page(after: last.records.last?.key ?? [], maximumBytes: 2_000))
        }
        return pages
    }

    @Test("Page by page the whole state arrives, and is vouched for")
    func whole() throws {
        let (giver, taker) = (try giver(), MemoryStore())
        var reception = reception()
        let pages = try pages(of: giver)
        #expect(pages.count > 10)
        for page in pages.dropLast() {
            guard case .ask(let request) = try reception.take(page, into: taker, now: 1) else {
                throw Unexpected()
            }
            #expect(request == StateRequest(index: page.index, after: page.records.last?.key ?? []))
        }
        guard case .complete(let snapshot) = try reception.take(pages[pages.count - 1], into: taker, now: 2) else {
            throw Unexpected()
        }
        let applied = try Catalog(giver).applied()
        #expect(snapshot.index == applied.index)
        #expect(snapshot.membership == Membership(voters: [MemberID(1)]))
        var batch = WriteBatch()
        batch.exchangeStates()
        try taker.write(batch, synced: true)
        #expect(try StateHash.recomputed(from: taker) == applied.hash)
    }

    @Test("A page that was damaged on the way is not taken, and asked for again")
    func damagedOnTheWay() throws {
        let (giver, taker) = (try giver(), MemoryStore())
        var reception = reception()
        let first = try pages(of: giver)[0]
        var records = first.records
        records[0] = KeyValue(key: records[0].key, value: records[0].value + [0])
        guard
            case .ask(StateRequest(index: 0, after: [])) = try reception.take(
                first.damaged(to: records), into: taker, now: 1)
        else { throw Unexpected() }
    }

    @Test("A state whose source changed a record is found at the end")
    func damagedAtTheSource() throws {
        let (giver, taker) = (try giver(), MemoryStore())
        var (reception, last) = (reception(), StateReception.Step.wait)
        for (number, page) in try pages(of: giver).enumerated() {
            var records = page.records
            if number == 5 { records[0] = KeyValue(key: records[0].key, value: records[0].value + [0]) }
            last = try reception.take(
                StatePage(
                    index: page.index, term: page.term, hash: page.hash, after: page.after, records: records,
                    isLast: page.isLast), into: taker, now: 1)
        }
        guard case .failed = last else { throw Unexpected() }
    }

    @Test("A page that comes twice, late or of another state changes nothing; a first page of a newer one begins anew")
    func strayPages() throws {
        let (giver, taker) = (try giver(), MemoryStore())
        var reception = reception()
        let pages = try pages(of: giver)
        for page in [pages[0], pages[0], pages[2]] { _ = try reception.take(page, into: taker, now: 1) }
        #expect(reception.request.after == pages[0].records.last?.key)
        var node = try replica(giver)
        try node.becomeLeader()
        _ = try node.propose(project(201, "newer"))
        let newer = try self.pages(of: giver)
        for page in newer.dropLast() { _ = try reception.take(page, into: taker, now: 2) }
        guard case .complete(let snapshot) = try reception.take(newer[newer.count - 1], into: taker, now: 2) else {
            throw Unexpected()
        }
        #expect(snapshot.index == newer[0].index)
    }

    @Test("A state older than what is needed is refused")
    func tooOld() throws {
        let (giver, taker) = (try giver(), MemoryStore())
        var reception = reception(least: 10_000)
        guard case .failed = try reception.take(try pages(of: giver)[0], into: taker, now: 1) else {
            throw Unexpected()
        }
    }

    @Test("A page that does not come is asked for again, and then no more")
    func silence() {
        var reception = reception()
        var asked = 0
        for now in 1...StateReception.patienceTicks * UInt64(StateReception.attempts + 1) {
            switch reception.tick(now: now) {
            case .ask: asked += 1
            case .failed:
                #expect(asked == StateReception.attempts - 1)
                return
            case .wait, .complete: continue
            }
        }
        Issue.record("it never gave up")
    }

    @Test(
        "A source goes on with the view it began with, whatever is written meanwhile, and lets go of it when it is left"
    )
    func source() throws {
        let store = try giver()
        var source = StateSource(pageBytes: 1 << 20)
        let first = try source.page(StateRequest(index: 0, after: []), for: MemberID(3), of: store, now: 1)
        #expect(first.isLast)
        let view = try StateView(store)
        #expect(first.records.count == (try view.page(after: [], maximumBytes: 1 << 30)).records.count)
        // The last page was lost on its way: the state is the same, so it goes on.
        let key = first.records[3].key
        let again = try source.page(StateRequest(index: first.index, after: key), for: MemberID(3), of: store, now: 2)
        #expect(again.after == key && again.records.first == first.records[4])
        // Of a state that is gone the beginning of the present one comes.
        let other = try source.page(StateRequest(index: 3, after: key), for: MemberID(3), of: store, now: 2)
        #expect(other.after.isEmpty && other.index == first.index)
    }

    private struct Unexpected: Error {}
}
