/// Finds where chunks end, by the Xet protocol's rules ("Content-Defined Chunking Algorithm"), over bytes that come in
/// slices of any size.
///
/// > For each input byte `b`: `h = (h << 1) + TABLE[b]`, with 64-bit wrapping arithmetic. If size < MIN_CHUNK_SIZE:
/// > skip testing MASK; else if size >= MAX_CHUNK_SIZE: force a boundary; else if (h & MASK) == 0: boundary at this
/// > position. When a boundary is taken: reset `h = 0`.
package struct Boundaries: Sendable {
    /// Bytes below which content ends no chunk: the protocol's MIN_CHUNK_SIZE.
    package static let minimumBytes = 8 << 10
    /// Bytes between two matches of the mask in random data, on average: the protocol's target_chunk_size.
    package static let targetBytes = 64 << 10
    /// Bytes at which a chunk ends whatever it holds: the protocol's MAX_CHUNK_SIZE.
    package static let maximumBytes = 128 << 10

    /// Sixteen bits, so one match in 64 KiB; the high ones, because each has seen all of the last 49 bytes or more.
    static let mask: UInt64 = 0xFFFF_0000_0000_0000

    /// Bytes at the start of a chunk that no test can see: each shift moves a byte's word up by one, so after 64 steps
    /// it is gone, and the first test is at `minimumBytes`. Skipping them changes no cut.
    private static let unseenBytes = minimumBytes - 64

    private var hash: UInt64 = 0
    /// Bytes of the current chunk so far.
    private var length = 0

    /// At the start of a file.
    package init() {}

    /// Takes bytes from the front of `bytes` until the current chunk ends.
    ///
    /// Returns how many were taken, and the next call begins the next chunk behind them; or nil, when all were taken
    /// and the chunk goes on in the next slice.
    package mutating func nextCut(in bytes: UnsafeRawBufferPointer) -> Int? {
        var taken = min(max(Self.unseenBytes - length, 0), bytes.count)
        let warm = min(max(Self.minimumBytes - 1 - length, 0), bytes.count)
        let end = min(Self.maximumBytes - length, bytes.count)
        let cut = GearTable.words.withUnsafeBufferPointer { table in
            while taken < warm {
                hash = (hash << 1) &+ table[Int(bytes[taken])]
                taken += 1
            }
            return Self.match(in: bytes, from: taken, to: end, hash: &hash, table: table)
        }
        guard cut != nil || length + end == Self.maximumBytes else {
            length += end
            return nil
        }
        (hash, length) = (0, 0)
        return cut ?? end
    }

    /// The position behind the first byte in `start..<end` whose hash the mask matches, or nil.
    ///
    /// Four bytes a turn: their words are added up beside the chain of hashes, so that the chain costs two operations a
    /// turn instead of two a byte.
    private static func match(
        in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int, hash: inout UInt64,
        table: UnsafeBufferPointer<UInt64>
    ) -> Int? {
        var position = start
        var current = hash
        while position + 4 <= end {
            let first = table[Int(bytes[position])]
            let second = (first << 1) &+ table[Int(bytes[position + 1])]
            let third = (second << 1) &+ table[Int(bytes[position + 2])]
            let fourth = (third << 1) &+ table[Int(bytes[position + 3])]
            if ((current << 1) &+ first) & mask == 0 { return position + 1 }
            if ((current << 2) &+ second) & mask == 0 { return position + 2 }
            if ((current << 3) &+ third) & mask == 0 { return position + 3 }
            current = (current << 4) &+ fourth
            if current & mask == 0 { return position + 4 }
            position += 4
        }
        while position < end {
            current = (current << 1) &+ table[Int(bytes[position])]
            position += 1
            if current & mask == 0 { return position }
        }
        hash = current
        return nil
    }
}
