import Models
import Testing

@testable import PeerageClient

@Suite("Listings")
struct ListingTests {
    /// Pages of at most two of the numbers 1 to `count`; the cursor is the last number given.
    private func numbers(to count: Int) -> Listing<Int> {
        Listing(pageRecords: 2) { cursor, limit async throws(ClientError) in
            let start = (cursor.flatMap { Int($0) } ?? 0) + 1
            let end = min(start + limit - 1, count)
            let items = start <= end ? Array(start...end) : []
            return Page(items: items, next: end < count ? "\(end)" : nil)
        }
    }

    @Test("all pages are read, in order", arguments: [0, 1, 2, 3, 7])
    func all(count: Int) async throws {
        #expect(try await numbers(to: count).all() == Array(1..<(count + 1)))
    }

    @Test("no more is read than asked for")
    func limited() async throws {
        #expect(try await numbers(to: 7).all(limit: 3) == [1, 2, 3])
        #expect(try await numbers(to: 7).page(after: "4", limit: 2).items == [5, 6])
    }

    @Test("a cursor that does not move ends the listing")
    func stuckCursor() async throws {
        let stuck = Listing<Int> { _, _ async throws(ClientError) in Page(items: [1], next: "same") }
        #expect(try await stuck.all() == [1, 1])
    }
}
