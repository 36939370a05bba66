public import Models

/// The records of a listing, page by page as they are asked for.
public struct Listing<Item: Hashable & Sendable & Codable>: AsyncSequence, Sendable {
    private let pageRecords: Int
    private let fetch: @Sendable (_ cursor: String?, _ limit: Int) async throws(ClientError) -> Page<Item>

    init(
        pageRecords: Int = Limits.standard.defaultPageRecords,
        fetch: @escaping @Sendable (String?, Int) async throws(ClientError) -> Page<Item>
    ) {
        self.pageRecords = pageRecords
        self.fetch = fetch
    }

    /// One page of up to `limit` records, from the start or from what the page before gave as `next`.
    public func page(after cursor: String? = nil, limit: Int = Limits.standard.defaultPageRecords)
        async throws(ClientError) -> Page<Item>
    {
        try await fetch(cursor, limit)
    }

    /// All records, or the first `limit`.
    public func all(limit: Int = .max) async throws(ClientError) -> [Item] {
        var items: [Item] = []
        var iterator = makeAsyncIterator()
        while items.count < limit, let item = try await iterator.next() { items.append(item) }
        return items
    }

    /// Gives record after record.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let listing: Listing
        var items: ArraySlice<Item> = []
        var cursor: String?
        var isLast = false

        /// The next record; nil after the last.
        public mutating func next() async throws(ClientError) -> Item? {
            while items.isEmpty && !isLast {
                let page = try await listing.fetch(cursor, listing.pageRecords)
                items = page.items[...]
                // A cursor that does not move would never end.
                isLast = page.next == nil || page.next == cursor
                cursor = page.next
            }
            return items.popFirst()
        }
    }

    /// Begins at the first record.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(listing: self) }
}
