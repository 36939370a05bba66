import Glibc

/// The bytes of numbers, apart from one byte of each. Loops over whole numbers, which the compiler vectorises.
enum BytePlanes {
    /// Copies what is not at `phase`, `phase + stride`… of `plain`, in its order.
    static func takeOthers(
        of plain: UnsafeBufferPointer<UInt8>, into others: UnsafeMutableBufferPointer<UInt8>, stride: Int, phase: Int
    ) {
        var (from, to) = (0, 0)
        forEachRun(count: plain.count, stride: stride, phase: phase) { lead, whole, rest in
            copy(plain, &from, others, &to, lead)
            if stride == 2 {
                for number in 0..<whole { others[to &+ number] = plain[from &+ 1 &+ number &* 2] }
            } else {
                for number in 0..<whole {
                    others[to &+ number &* 3] = plain[from &+ 1 &+ number &* 4]
                    others[to &+ number &* 3 &+ 1] = plain[from &+ 2 &+ number &* 4]
                    others[to &+ number &* 3 &+ 2] = plain[from &+ 3 &+ number &* 4]
                }
            }
            from += whole * stride
            to += whole * (stride - 1)
            if rest > 0 {
                from += 1
                copy(plain, &from, others, &to, rest - 1)
            }
        }
    }

    /// The other way round; the bytes at `phase`, `phase + stride`… are left alone.
    static func putOthers(
        _ others: UnsafeBufferPointer<UInt8>, into plain: UnsafeMutableBufferPointer<UInt8>, stride: Int, phase: Int
    ) {
        var (from, to) = (0, 0)
        forEachRun(count: plain.count, stride: stride, phase: phase) { lead, whole, rest in
            copy(others, &from, plain, &to, lead)
            if stride == 2 {
                for number in 0..<whole { plain[to &+ 1 &+ number &* 2] = others[from &+ number] }
            } else {
                for number in 0..<whole {
                    plain[to &+ 1 &+ number &* 4] = others[from &+ number &* 3]
                    plain[to &+ 2 &+ number &* 4] = others[from &+ number &* 3 &+ 1]
                    plain[to &+ 3 &+ number &* 4] = others[from &+ number &* 3 &+ 2]
                }
            }
            to += whole * stride
            from += whole * (stride - 1)
            if rest > 0 {
                to += 1
                copy(others, &from, plain, &to, rest - 1)
            }
        }
    }

    /// `count` bytes as: some before the first plane byte, whole numbers that begin with one, and a part of one.
    private static func forEachRun(count: Int, stride: Int, phase: Int, _ body: (Int, Int, Int) -> Void) {
        let lead = min(phase, count)
        body(lead, (count - lead) / stride, (count - lead) % stride)
    }

    private static func copy(
        _ source: UnsafeBufferPointer<UInt8>, _ from: inout Int, _ target: UnsafeMutableBufferPointer<UInt8>,
        _ to: inout Int, _ count: Int
    ) {
        for offset in 0..<count { target[to + offset] = source[from + offset] }
        from += count
        to += count
    }
}

/// What a sample of a chunk says of how to keep it: the bits that the bytes at each place modulo four carry.
struct ByteStatistics {
    /// Of the bytes at places 0, 1, 2 and 3 modulo 4: 0 to 8.
    private let bits: [Double]

    /// Runs of the sample, spread over the chunk, and bytes of each: some thousand in all, for a microsecond or few.
    private static let (runs, runBytes) = (16, 256)
    /// Bytes that carry less have a pattern worth coding. A sample of random ones shows 7.8.
    private static let mostBits = 7.6
    /// By so much fewer bits an exponent differs from a mantissa.
    private static let contrast = 0.75

    init(of plain: [UInt8]) {
        var counts = [UInt32](repeating: 0, count: 4 * 256)
        let length = min(Self.runBytes, plain.count / 4 * 4)
        let runs = plain.count > Self.runs * Self.runBytes ? Self.runs : max(1, plain.count / Self.runBytes)
        for run in 0..<runs {
            // At places that are multiples of four, so that the planes stay apart.
            let start = (plain.count - length) * run / max(1, runs - 1) / 4 * 4
            for position in start..<start + length { counts[(position & 3) << 8 | Int(plain[position])] += 1 }
        }
        bits = (0..<4).map { place in Self.entropy(counts[place << 8..<(place + 1) << 8]) }
    }

    /// How to keep the chunk, and at which places modulo the numbers' size the compressible bytes are.
    var method: (ChunkCodec.Method, phase: Int) {
        let (even, odd) = ((bits[0] + bits[2]) / 2, (bits[1] + bits[3]) / 2)
        let isOfTwo = abs(bits[0] - bits[2]) < Self.contrast && abs(bits[1] - bits[3]) < Self.contrast
        let least = bits.indices.min { bits[$0] < bits[$1] } ?? 0
        let others = bits.indices.filter { $0 != least }.map { bits[$0] }
        if isOfTwo, abs(even - odd) > Self.contrast, max(even, odd) > Self.mostBits {
            return (.topOfTwo, even < odd ? 0 : 1)
        }
        // The mantissas' bytes must be worth nothing, or the whole has a pattern that the planes would lose.
        if let next = others.min(), next - bits[least] > Self.contrast, next > Self.mostBits - 0.6 {
            return (.topOfFour, least)
        }
        return (bits.reduce(0, +) / 4 < Self.mostBits ? .zstd : .raw, 0)
    }

    private static func entropy(_ counts: ArraySlice<UInt32>) -> Double {
        let total = Double(counts.reduce(0, +))
        guard total > 0 else { return 0 }
        return counts.reduce(0) { sum, count in
            guard count > 0 else { return sum }
            let share = Double(count) / total
            return sum - share * log2(share)
        }
    }
}
