import Chunking
import Models

/// The first `count` bytes of the SplitMix64 generator's words, little-endian: random, and the same in every language.
func splitmix(seed: UInt64, count: Int) -> [UInt8] {
    var state = seed
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        word ^= word >> 31
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
}

/// 0, 1, 2 … 250, 0, 1 …: the input of the official BLAKE3 vectors.
func counting(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0 % 251) } }

/// Lower-case hexadecimal digits.
func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// Where `bytes`, fed in slices of the sizes in `slices` over and over, are cut; the end of the file included.
func cuts(of bytes: [UInt8], slices: [Int] = [1 << 20]) -> [Int] {
    var boundaries = Boundaries()
    var found: [Int] = []
    var (position, turn) = (0, 0)
    while position < bytes.count {
        let end = min(bytes.count, position + slices[turn % slices.count])
        turn += 1
        while position < end {
            let cut = bytes[position..<end].withUnsafeBytes { boundaries.nextCut(in: $0) }
            position += cut ?? end - position
            if cut != nil { found.append(position) }
        }
    }
    if found.last ?? 0 != bytes.count { found.append(bytes.count) }
    return found
}

/// A whole file, chunked.
struct Chunked: Equatable {
    var outputs: [ChunkerOutput] = []
    var content: FileContent

    /// Chunks `bytes`, fed in slices of `slice`.
    init(_ bytes: [UInt8], slice: Int = 1 << 20, referencesPerPage: Int = Limits.standard.referencesPerPage) {
        var chunker = FileChunker(referencesPerPage: referencesPerPage)
        var found: [ChunkerOutput] = []
        for start in stride(from: 0, to: bytes.count, by: slice) {
            chunker.append(bytes[start..<min(bytes.count, start + slice)]) { found.append($0) }
        }
        content = chunker.finish { found.append($0) }
        outputs = found
    }

    /// The chunks, in order.
    var chunks: [(reference: ChunkReference, bytes: [UInt8])] {
        outputs.compactMap { if case .chunk(let reference, let bytes) = $0 { (reference, bytes) } else { nil } }
    }

    /// The pages, in order.
    var pages: [(reference: PageReference, bytes: [UInt8])] {
        outputs.compactMap { if case .page(let reference, let bytes) = $0 { (reference, bytes) } else { nil } }
    }
}
