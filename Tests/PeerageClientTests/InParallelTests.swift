import Synchronization
import Testing

@testable import PeerageClient

@Suite("Work in parallel")
struct InParallelTests {
    @Test("every item is worked on, no more than so many at a time")
    func width() async throws {
        let state = Mutex((now: 0, most: 0, done: 0))
        try await inParallel(Array(0..<50), width: 4) { _ async throws(ClientError) in
            state.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            await Task.yield()
            state.withLock {
                $0.now -= 1
                $0.done += 1
            }
        }
        #expect(state.withLock { $0.done } == 50)
        #expect((1...4).contains(state.withLock { $0.most }))
    }

    @Test("the first failure is thrown and nothing new is begun")
    func failure() async {
        let begun = Mutex(0)
        let error = await #expect(throws: ClientError.self) {
            try await inParallel(Array(0..<50), width: 1) { item async throws(ClientError) in
                begun.withLock { $0 += 1 }
                if item == 2 { throw .invalidInput("two") }
            }
        }
        #expect(error == .invalidInput("two"))
        #expect(begun.withLock { $0 } == 3)
    }
}
