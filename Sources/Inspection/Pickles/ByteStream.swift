/// How bytes are kept.
package enum StreamCoding: Hashable, Sendable {
    case stored
    /// Without a header, as in a zip.
    case deflated
    /// With the header of zlib or of gzip.
    case wrapped
}

/// A part of a file from its beginning to its end, inflated if need be.
package struct ByteStream<Source: RandomAccessBytes> {
    private let source: Source
    private let chunkBytes: Int
    private var rest: Range<UInt64>
    private let inflater: Inflater?
    /// Bytes that may still be inflated.
    private(set) var budget: UInt64

    /// The part `range`. No more than `budget` bytes are inflated: what follows is an error.
    init(_ source: Source, _ range: Range<UInt64>, coding: StreamCoding, budget: UInt64, limits: InspectionLimits) {
        self.source = source
        rest = range.clamped(to: 0..<source.size)
        chunkBytes = max(1, limits.chunkBytes)
        self.budget = budget
        switch coding {
        case .stored: inflater = nil
        case .deflated: inflater = Inflater(.none)
        case .wrapped: inflater = Inflater(.zlibOrGzip)
        }
    }

    /// The next bytes; nil at the end.
    /// - Throws: `InspectionError.malformed` when what is compressed is damaged or ends too early.
    package mutating func next() async throws(InspectionError) -> [UInt8]? {
        guard let inflater else { return try await nextStored() }
        while true {
            if inflater.needsInput {
                guard let bytes = try await nextStored() else {
                    guard inflater.isBetween else { throw .malformed("what is compressed ends too early") }
                    return nil
                }
                inflater.give(bytes)
            }
            if inflater.isDone { return nil }
            let plain = try inflater.inflate(limit: chunkBytes)
            guard !plain.isEmpty else { continue }
            guard UInt64(plain.count) <= budget else {
                throw .malformed("it inflates to more bytes than are looked at")
            }
            budget -= UInt64(plain.count)
            return plain
        }
    }

    /// Passes over at most `count` bytes without reading them, and says over how many: none when they are compressed.
    package mutating func skip(_ count: UInt64) -> UInt64 {
        guard inflater == nil else { return 0 }
        let passed = min(count, rest.upperBound - rest.lowerBound)
        rest = rest.lowerBound + passed..<rest.upperBound
        return passed
    }

    private mutating func nextStored() async throws(InspectionError) -> [UInt8]? {
        guard !rest.isEmpty else { return nil }
        let count = min(rest.upperBound - rest.lowerBound, UInt64(chunkBytes))
        let range = rest.lowerBound..<rest.lowerBound + count
        let bytes = try await source.read(range)
        guard bytes.count == range.count else {
            throw .unreadable("\(range.count) bytes at \(range.lowerBound) were asked for, and another number came")
        }
        rest = range.upperBound..<rest.upperBound
        return bytes
    }
}
