/// Runs `body` for every item, `width` at a time; the first failure cancels the rest and is thrown.
func inParallel<Item: Sendable>(
    _ items: [Item], width: Int, _ body: @escaping @Sendable (Item) async throws(ClientError) -> Void
) async throws(ClientError) {
    let failure: ClientError? = await withTaskGroup(of: ClientError?.self) { group in
        var waiting = items.makeIterator()
        func startNext() {
            guard let item = waiting.next() else { return }
            group.addTask {
                do throws(ClientError) { try await body(item) } catch { return error }
                return nil
            }
        }
        for _ in 0..<width { startNext() }
        var failure: ClientError?
        for await outcome in group {
            if let outcome, failure == nil {
                failure = outcome
                group.cancelAll()
            }
            if failure == nil { startNext() }
        }
        return failure
    }
    if let failure { throw failure }
}
