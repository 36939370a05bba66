import Dispatch
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import PeerageClient

@Suite("Bodies at the pace of a connection")
struct PacedBodyTests {
    /// Numbered parts, and how many of them were asked for.
    private struct Parts: AsyncSequence, Sendable {
        final class Asked: Sendable {
            let count = Mutex(0)
        }

        let total: Int
        let asked = Asked()

        struct AsyncIterator: AsyncIteratorProtocol {
            let parts: Parts

            mutating func next() async throws -> ByteBuffer? {
                let number = parts.asked.count.withLock { count in
                    count += 1
                    return count
                }
                return number <= parts.total ? ByteBuffer(integer: number) : nil
            }
        }

        func makeAsyncIterator() -> AsyncIterator { AsyncIterator(parts: self) }
    }

    @Test("all parts come, in their order")
    func order() async throws {
        var numbers: [Int] = []
        let eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()
        for try await part in PacedBody(parts: Parts(total: 5), eventLoop: eventLoop) {
            numbers.append(part.getInteger(at: 0, as: Int.self) ?? 0)
        }
        #expect(numbers == [1, 2, 3, 4, 5])
    }

    @Test("no part is asked for before the loop has done what it was given")
    func pace() async throws {
        let parts = Parts(total: 1)
        // Its own: the loop stands still until this test goes on, and others wait for the shared ones.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        let gate = DispatchSemaphore(value: 0)
        let askedMeanwhile = eventLoop.submit { () -> Int in
            gate.wait()
            return parts.asked.count.withLock { $0 }
        }
        async let first = PacedBody(parts: parts, eventLoop: eventLoop).first { _ in true }
        for _ in 0..<100 { await Task.yield() }
        gate.signal()
        let before = try await askedMeanwhile.get()
        #expect(before == 0)
        #expect(try await first != nil)
        try await group.shutdownGracefully()
    }
}
