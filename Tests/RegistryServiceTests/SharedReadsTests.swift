import Models
import NIOCore
import Synchronization
import Testing

@testable import RegistryService

@Suite("Many readers share one read")
struct SharedReadsTests {
    /// Reads of one piece.
    private final class Counted: Sendable {
        let shared = SharedReads()
        let count = Mutex(0)

        func read() async throws -> ByteBuffer {
            try await shared.read(piece(1)) {
                self.count.withLock { $0 += 1 }
                await Task.yield()
                return ByteBuffer(bytes: [7, 8])
            }
        }
    }

    @Test("Readers of one piece cause one read, at a time and one after another")
    func oneRead() async throws {
        let reads = Counted()
        try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
            for _ in 0..<50 { group.addTask { try await reads.read() } }
            for try await bytes in group { #expect(bytes == ByteBuffer(bytes: [7, 8])) }
        }
        #expect(try await reads.read() == ByteBuffer(bytes: [7, 8]))
        #expect(reads.count.withLock { $0 } == 1)
    }

    @Test("What was asked for longest ago goes first, and no more is kept than may be")
    func limit() async throws {
        let reads = SharedReads(limit: 25)
        let log = Mutex<[UInt8]>([])
        @Sendable func read(_ number: UInt8) async throws {
            _ = try await reads.read(piece(number)) {
                log.withLock { $0.append(number) }
                return ByteBuffer(repeating: number, count: 10)
            }
        }
        for number in [1, 2, 1, 3, 1, 2] as [UInt8] { try await read(number) }
        // 3 pushed out 2, which had not been asked for since; the second 2 pushes out 3.
        #expect(log.withLock { $0 } == [1, 2, 3, 2])
        try await read(3)
        #expect(log.withLock { $0 } == [1, 2, 3, 2, 3])
    }

    @Test("A read that fails fails all who wait for it, and the next one tries again")
    func failure() async throws {
        let reads = SharedReads()
        await #expect(throws: ServiceError.storage("damaged")) {
            try await reads.read(piece(1)) { () async throws(ServiceError) in throw .storage("damaged") }
        }
        #expect(try await reads.read(piece(1)) { ByteBuffer(bytes: [1]) } == ByteBuffer(bytes: [1]))
    }
}

private func piece(_ number: UInt8) -> [ChunkID] { [ChunkID(bytes: [UInt8](repeating: number, count: 32))] }
