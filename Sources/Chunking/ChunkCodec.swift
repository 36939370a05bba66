import CZstd
import Synchronization

/// A chunk as it is kept.
package struct CodedChunk: Hashable, Sendable {
    /// How the bytes were made of the plain ones (`ChunkCodec.Method`). What a number means never changes: it is on
    /// disks.
    package let codec: UInt8
    /// How many bytes the chunk has.
    package let plainCount: Int
    /// What is kept.
    package let bytes: [UInt8]

    /// `bytes`, made by `codec` of `plainCount` bytes.
    package init(codec: UInt8, plainCount: Int, bytes: [UInt8]) {
        self.codec = codec
        self.plainCount = plainCount
        self.bytes = bytes
    }
}

/// Makes chunks smaller where that pays, and whole again. Its name is the hash of the plain bytes, whatever they are
/// kept as.
///
/// Weights hardly compress as they are: of a float only the byte with the exponent has a pattern. So that byte of each
/// is taken out, compressed by itself, and the others are kept raw.
/// Where floats lie is not asked but seen: chunks begin anywhere in a file.
package final class ChunkCodec: Sendable {
    /// How a chunk is kept.
    enum Method: UInt8 {
        /// As it is.
        case raw = 0
        /// Compressed as a whole.
        case zstd = 1
        /// Of numbers of two bytes, one byte of each compressed, the other raw: bf16 and f16.
        case topOfTwo = 2
        /// Of numbers of four bytes, one byte of each compressed, the others raw: f32.
        case topOfFour = 3
    }

    /// A chunk that would not shrink by a twentieth is kept as it is.
    private static let leastSaving = 20
    /// Smaller chunks are kept as they are: nothing is gained by them.
    private static let leastBytes = 512
    /// Of the plane: higher levels find matches that are worth less than the entropy coding they displace.
    private static let (planeLevel, planeMatch): (CInt, CInt) = (1, 7)
    private static let wholeLevel: CInt = 3

    /// Contexts at rest; each serves one call at a time.
    private let idle = Mutex<[Contexts]>([])

    /// A codec; share one, it is used by many threads.
    package init() {}

    /// The chunk as it is worth keeping.
    package func encode(_ plain: [UInt8]) -> CodedChunk {
        let raw = CodedChunk(codec: Method.raw.rawValue, plainCount: plain.count, bytes: plain)
        guard plain.count >= Self.leastBytes else { return raw }
        let (method, phase) = ByteStatistics(of: plain).method
        guard method != .raw else { return raw }
        let bytes = withContexts { contexts in
            switch method {
            case .raw: nil as [UInt8]?
            case .zstd: contexts.compress(plain, level: Self.wholeLevel, leastMatch: 0)
            case .topOfTwo: Self.encode(plain, stride: 2, phase, contexts)
            case .topOfFour: Self.encode(plain, stride: 4, phase, contexts)
            }
        }
        guard let bytes, bytes.count <= plain.count - plain.count / Self.leastSaving else { return raw }
        return CodedChunk(codec: method.rawValue, plainCount: plain.count, bytes: bytes)
    }

    /// The plain bytes; nil when they cannot be had, for what is kept is damaged or of a later build. Never makes more
    /// than `plainCount` bytes.
    package func decode(_ chunk: CodedChunk) -> [UInt8]? {
        switch Method(rawValue: chunk.codec) {
        case .raw: chunk.bytes.count == chunk.plainCount ? chunk.bytes : nil
        case .zstd: withContexts { $0.decompress(chunk.bytes[...], to: chunk.plainCount) }
        case .topOfTwo: withContexts { Self.decode(chunk, stride: 2, $0) }
        case .topOfFour: withContexts { Self.decode(chunk, stride: 4, $0) }
        case nil: nil
        }
    }

    private func withContexts<Value>(_ body: (Contexts) -> Value) -> Value {
        let contexts = idle.withLock { $0.popLast() } ?? Contexts()
        defer { idle.withLock { $0.append(contexts) } }
        return body(contexts)
    }
}

/// One byte of each number compressed, the others raw:
///
///     phase: 1 byte │ bytes of the compressed plane: 4, little-endian │ the compressed plane │ the other bytes, in their order
extension ChunkCodec {
    private static let headerBytes = 5

    /// How many of `count` bytes are in the plane of those at `phase`, `phase + stride`…
    private static func planeCount(_ count: Int, _ stride: Int, _ phase: Int) -> Int {
        count > phase ? (count - phase + stride - 1) / stride : 0
    }

    private static func encode(_ plain: [UInt8], stride: Int, _ phase: Int, _ contexts: Contexts) -> [UInt8]? {
        let planeCount = planeCount(plain.count, stride, phase)
        let plane = [UInt8](unsafeUninitializedCapacity: planeCount) { plane, count in
            plain.withUnsafeBufferPointer { plain in
                for position in 0..<planeCount { plane[position] = plain[phase + position &* stride] }
            }
            count = planeCount
        }
        guard let packed = contexts.compress(plane, level: planeLevel, leastMatch: planeMatch) else { return nil }
        let total = headerBytes + packed.count + plain.count - planeCount
        return [UInt8](unsafeUninitializedCapacity: total) { bytes, count in
            bytes[0] = UInt8(phase)
            for byte in 0..<4 { bytes[1 + byte] = UInt8(truncatingIfNeeded: packed.count >> (8 * byte)) }
            for position in packed.indices { bytes[headerBytes + position] = packed[position] }
            plain.withUnsafeBufferPointer { plain in
                BytePlanes.takeOthers(
                    of: plain, into: UnsafeMutableBufferPointer(rebasing: bytes[(headerBytes + packed.count)...]),
                    stride: stride, phase: phase)
            }
            count = total
        }
    }

    private static func decode(_ chunk: CodedChunk, stride: Int, _ contexts: Contexts) -> [UInt8]? {
        let bytes = chunk.bytes
        guard bytes.count >= headerBytes, bytes[0] < stride else { return nil }
        let phase = Int(bytes[0])
        let packedCount = (0..<4).reduce(0) { $0 | Int(bytes[1 + $1]) << (8 * $1) }
        let planeCount = planeCount(chunk.plainCount, stride, phase)
        guard bytes.count == headerBytes + packedCount + chunk.plainCount - planeCount,
            let plane = contexts.decompress(bytes[headerBytes..<headerBytes + packedCount], to: planeCount)
        else { return nil }
        return [UInt8](unsafeUninitializedCapacity: chunk.plainCount) { plain, count in
            bytes.withUnsafeBufferPointer { bytes in
                BytePlanes.putOthers(
                    UnsafeBufferPointer(rebasing: bytes[(headerBytes + packedCount)...]), into: plain, stride: stride,
                    phase: phase)
            }
            plane.withUnsafeBufferPointer { plane in
                for position in 0..<planeCount { plain[phase + position &* stride] = plane[position] }
            }
            count = chunk.plainCount
        }
    }
}

/// zstd's contexts: made once, for they are large.
private final class Contexts: @unchecked Sendable {  // One call at a time.
    private let compression = ZSTD_createCCtx()
    private let decompression = ZSTD_createDCtx()

    deinit {
        ZSTD_freeCCtx(compression)
        ZSTD_freeDCtx(decompression)
    }

    /// nil when it would not be smaller.
    func compress(_ bytes: [UInt8], level: CInt, leastMatch: CInt) -> [UInt8]? {
        ZSTD_CCtx_setParameter(compression, ZSTD_c_compressionLevel, level)
        ZSTD_CCtx_setParameter(compression, ZSTD_c_minMatch, leastMatch)
        let packed = [UInt8](unsafeUninitializedCapacity: bytes.count) { packed, count in
            let size = ZSTD_compress2(compression, packed.baseAddress, packed.count, bytes, bytes.count)
            count = ZSTD_isError(size) == 0 ? size : 0
        }
        return packed.isEmpty ? nil : packed
    }

    /// nil unless it gives exactly `count` bytes.
    func decompress(_ bytes: ArraySlice<UInt8>, to count: Int) -> [UInt8]? {
        let plain = [UInt8](unsafeUninitializedCapacity: count) { plain, filled in
            let size = bytes.withUnsafeBytes {
                ZSTD_decompressDCtx(decompression, plain.baseAddress, count, $0.baseAddress, $0.count)
            }
            filled = ZSTD_isError(size) == 0 ? min(size, count) : 0
        }
        return plain.count == count ? plain : nil
    }
}
