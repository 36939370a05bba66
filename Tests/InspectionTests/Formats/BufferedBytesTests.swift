import Testing

@testable import Inspection

@Suite struct BufferedBytesTests {
    private let content = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 / 3) }

    @Test func `whatever the windows, the bytes are the file's`() async throws {
        let small = limits {
            $0.leastWindowBytes = 3
            $0.mostWindowBytes = 64
        }
        var buffer = BufferedBytes(MemoryBytes(content), limits: small)
        var generator = SplitMix(state: 5)
        for _ in 0..<2_000 {
            let start = Int.random(in: 0..<content.count, using: &generator)
            let end = Int.random(in: start...min(start + 100, content.count), using: &generator)
            #expect(try await buffer.bytes(UInt64(start)..<UInt64(end)) == Array(content[start..<end]))
        }
    }

    @Test func `reading on widens the window, a jump narrows it`() async throws {
        let source = CountingBytes([], size: 1 << 30)
        var buffer = BufferedBytes(source, limits: .standard)
        for offset in 0..<(4 << 20) / 512 { _ = try await buffer.integer(at: UInt64(offset) * 512, as: UInt64.self) }
        #expect(source.reads < 6 + 17)
        let before = source.bytesRead
        _ = try await buffer.integer(at: 1 << 29, as: UInt8.self)
        #expect(source.bytesRead - before == 4_096)
    }

    @Test func `numbers are little-endian`() async throws {
        var buffer = BufferedBytes(MemoryBytes([1, 2, 3, 4, 5, 6, 7, 0xF8, 0xAC, 0x02]), limits: .standard)
        #expect(try await buffer.integer(at: 0) as UInt8 == 1)
        #expect(try await buffer.integer(at: 1) as UInt16 == 0x0302)
        #expect(try await buffer.integer(at: 0) as UInt64 == 0xF807_0605_0403_0201)
        #expect(try await buffer.varint(at: 8, before: 10) == (300, 2))
        #expect(try await buffer.varint(at: 0, before: 1) == (1, 1))
    }

    @Test func `what lies beyond the end is refused, also where the sum is beyond 64 bits`() async throws {
        var buffer = BufferedBytes(MemoryBytes([1, 2, 3]), limits: .standard)
        await #expect(throws: InspectionError.self) { try await buffer.integer(at: 0, as: UInt32.self) }
        await #expect(throws: InspectionError.self) { try await buffer.integer(at: .max, as: UInt32.self) }
        await #expect(throws: InspectionError.self) { try await buffer.bytes(2..<4) }
        #expect(throws: InspectionError.self) { try buffer.range(at: 2, count: .max) }
        #expect(try await buffer.bytes(3..<3) == [])
    }

    @Test func `more than may be read is refused`() async throws {
        let source = CountingBytes([], size: 1 << 20)
        var buffer = BufferedBytes(source, limits: limits { $0.readBytes = 3 * 4_096 })
        for jump in 1...3 { _ = try await buffer.integer(at: UInt64(jump) << 16, as: UInt8.self) }
        await #expect(throws: InspectionError.self) { try await buffer.integer(at: 0, as: UInt8.self) }
        #expect(source.reads == 3)
    }

    @Test func `memory gives what is asked for, and nothing beyond`() async throws {
        #expect(try await MemoryBytes([1, 2, 3]).read(1..<3) == [2, 3])
        await #expect(throws: InspectionError.self) { try await MemoryBytes([1, 2, 3]).read(1..<4) }
    }
}
