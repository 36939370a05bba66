import Testing

@testable import Chunking

@Suite("Chunk codec")
struct ChunkCodecTests {
    private let codec = ChunkCodec()

    /// Numbers as weights are: near zero, both signs.
    private func weights(_ count: Int) -> [Float] {
        var generator = SplitMix(state: 7)
        return (0..<count).map { _ in
            // A sum of uniform ones is nearly normal.
            (0..<8).reduce(Float(0)) { sum, _ in sum + Float.random(in: -0.02...0.02, using: &generator) }
        }
    }

    private func bytes(_ patterns: [UInt32], _ size: Int) -> [UInt8] {
        patterns.flatMap { pattern in (0..<size).map { UInt8(truncatingIfNeeded: pattern >> (8 * $0)) } }
    }

    private var single: [UInt8] { bytes(weights(16_384).map(\.bitPattern), 4) }
    private var brain: [UInt8] { bytes(weights(32_768).map { $0.bitPattern >> 16 }, 2) }
    private var half: [UInt8] { bytes(weights(32_768).map { UInt32(Float16($0).bitPattern) }, 2) }

    private func random(_ count: Int) -> [UInt8] {
        var generator = SplitMix(state: 3)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    private func method(_ chunk: CodedChunk) -> ChunkCodec.Method? { ChunkCodec.Method(rawValue: chunk.codec) }

    @Test("What is on disks is read for ever: each method's bytes")
    func format() {
        let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x20, 2, 0x11, 0, 0, 9, 10]
        let rows: [(codec: UInt8, kept: [UInt8], plain: [UInt8])] = [
            (0, [1, 2, 3], [1, 2, 3]),
            (1, frame, [9, 10]),
            (2, [1, 11, 0, 0, 0] + frame + [1, 2], [1, 9, 2, 10]),
            (3, [3, 11, 0, 0, 0] + frame + [1, 2, 3, 4, 5, 6], [1, 2, 3, 9, 4, 5, 6, 10]),
        ]
        for row in rows {
            let chunk = CodedChunk(codec: row.codec, plainCount: row.plain.count, bytes: row.kept)
            #expect(ChunkCodec().decode(chunk) == row.plain)
        }
    }

    @Test("Weights lose the pattern of their exponents, wherever in a number the chunk begins", arguments: 0..<4)
    func floats(skipped: Int) throws {
        for (plain, expected, most) in [
            (single, ChunkCodec.Method.topOfFour, 0.87), (brain, .topOfTwo, 0.72), (half, .topOfTwo, 0.88),
        ] {
            for cut in 0..<4 {
                let chunk = Array(plain.dropFirst(skipped).dropLast(cut))
                let coded = codec.encode(chunk)
                #expect(method(coded) == expected)
                #expect(Double(coded.bytes.count) < most * Double(chunk.count))
                #expect(codec.decode(coded) == chunk)
            }
        }
    }

    @Test("Text is compressed as a whole; noise, and what is too small to matter, is kept as it is")
    func others() {
        let text = Array(String(repeating: "the weights of a model, and its name; ", count: 900).utf8)
        let coded = codec.encode(text)
        #expect(method(coded) == .zstd)
        #expect(coded.bytes.count < text.count / 4)
        #expect(codec.decode(coded) == text)
        for plain in [random(65_536), Array(text.prefix(500)), []] {
            let coded = codec.encode(plain)
            #expect(method(coded) == .raw)
            #expect(codec.decode(coded) == plain)
        }
    }

    @Test("Whatever the bytes, they come back", arguments: [512, 513, 1_000, 4_099, 65_537, 131_072])
    func roundTrips(count: Int) {
        var generator = SplitMix(state: UInt64(count))
        for plain in [
            [UInt8](repeating: 0, count: count), (0..<count).map { UInt8(truncatingIfNeeded: $0 / 3) },
            (0..<count).map { $0 % 4 == 2 ? 7 : UInt8.random(in: 0...255, using: &generator) },
            (0..<count).map { $0 % 2 == 1 ? UInt8.random(in: 60...63, using: &generator) : .random(in: 0...255) },
        ] {
            #expect(codec.decode(codec.encode(plain)) == plain)
        }
    }

    @Test("Damaged bytes, wrong lengths and unknown codecs give nothing, never more than was promised")
    func damage() {
        for plain in [single, brain, Array(String(repeating: "abc ", count: 4_000).utf8)] {
            let coded = codec.encode(plain)
            for change in [
                CodedChunk(codec: coded.codec, plainCount: plain.count + 1, bytes: coded.bytes),
                CodedChunk(codec: coded.codec, plainCount: plain.count - 1, bytes: coded.bytes),
                CodedChunk(codec: 200, plainCount: plain.count, bytes: coded.bytes),
                CodedChunk(codec: coded.codec, plainCount: plain.count, bytes: Array(coded.bytes.dropLast())),
                CodedChunk(codec: coded.codec, plainCount: plain.count, bytes: []),
            ] {
                #expect(codec.decode(change) == nil)
            }
            var generator = SplitMix(state: 1)
            for _ in 0..<200 {
                var bytes = coded.bytes
                bytes[Int.random(in: bytes.indices, using: &generator)] ^=
                    1 << UInt8.random(in: 0..<8, using: &generator)
                let decoded = codec.decode(CodedChunk(codec: coded.codec, plainCount: plain.count, bytes: bytes))
                #expect(decoded == nil || decoded?.count == plain.count)
            }
        }
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
