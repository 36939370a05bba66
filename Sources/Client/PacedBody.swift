import NIOCore

/// The parts of a body, each of which is read only when those before it have reached the connection.
///
/// The HTTP client asks for parts until the connection says that it has enough, and that is said on its event loop: on a
/// machine that has little time for that loop, hundreds of megabytes would be read before. A turn on the loop waits its turn
/// behind what was handed to it.
struct PacedBody<Parts: AsyncSequence & Sendable>: AsyncSequence, Sendable where Parts.Element == ByteBuffer {
    let parts: Parts
    /// That of the connection.
    let eventLoop: any EventLoop

    /// Reads on from where it stopped.
    struct AsyncIterator: AsyncIteratorProtocol {
        var parts: Parts.AsyncIterator
        let eventLoop: any EventLoop

        mutating func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> ByteBuffer? {
            try await eventLoop.submit {}.get()
            return try await parts.next(isolation: actor)
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(parts: parts.makeAsyncIterator(), eventLoop: eventLoop)
    }
}
