import Models
import NIOCore
import Synchronization

/// Pieces of files that are being read, or were a moment ago: many readers of one file share one read, decoded and checked
/// once.
final class SharedReads: Sendable {
    private struct Piece {
        let read: Task<ByteBuffer, any Error>
        /// nil while it is being read.
        var size: Int?
        /// When it was last asked for, counted in questions.
        var askedAt: UInt64
    }

    private struct State {
        var pieces: [[ChunkID]: Piece] = [:]
        var bytes = 0
        var questions: UInt64 = 0
    }

    private let state = Mutex(State())
    private let limit: Int

    /// Keeps up to `limit` bytes that were read; readers that are so far apart read by themselves.
    init(limit: Int = 32 << 20) { self.limit = limit }

    /// The bytes of `chunks`, one after the other, read by `body` unless they are here.
    func read(_ chunks: [ChunkID], _ body: @escaping @Sendable () async throws(ServiceError) -> ByteBuffer)
        async throws(ServiceError) -> ByteBuffer
    {
        let (read, isOwn) = state.withLock { state in
            state.questions += 1
            if let piece = state.pieces[chunks] {
                state.pieces[chunks]?.askedAt = state.questions
                return (piece.read, false)
            }
            // Of nobody's: a reader that leaves must not fail the others.
            let read = Task { try await body() }
            state.pieces[chunks] = Piece(read: read, size: nil, askedAt: state.questions)
            return (read, true)
        }
        do {
            let bytes = try await read.value
            if isOwn { keep(chunks, bytes.readableBytes) }
            return bytes
        } catch {
            if isOwn { state.withLock { _ = $0.pieces.removeValue(forKey: chunks) } }
            throw error as? ServiceError ?? .nodeUnavailable("\(error)")
        }
    }

    private func keep(_ chunks: [ChunkID], _ size: Int) {
        state.withLock { state in
            state.pieces[chunks]?.size = size
            state.bytes += size
            while state.bytes > limit {
                let whole = state.pieces.filter { $0.value.size != nil }
                guard let oldest = whole.min(by: { $0.value.askedAt < $1.value.askedAt }) else { return }
                state.bytes -= oldest.value.size ?? 0
                state.pieces[oldest.key] = nil
            }
        }
    }
}
