import Chunking
import Storage

/// Where a chunk lies, and how to make it whole again. The index holds one for each chunk: 21 bytes.
struct PackPlace: Hashable, Sendable {
    let pack: UInt64
    let offset: Int
    let count: Int
    let plainCount: Int
    let codec: UInt8

    /// For the index; integers are big-endian.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.size)
        for (value, width) in [(pack, 8), (UInt64(offset), 4), (UInt64(count), 4), (UInt64(plainCount), 4)] {
            for shift in stride(from: (width - 1) * 8, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
            }
        }
        bytes.append(codec)
        return bytes
    }

    init(pack: UInt64, offset: Int, chunk: CodedChunk) {
        self.pack = pack
        self.offset = offset
        count = chunk.bytes.count
        plainCount = chunk.plainCount
        codec = chunk.codec
    }

    /// A place as the index holds it.
    init(_ bytes: [UInt8]) throws(StorageError) {
        guard bytes.count == Self.size else {
            throw .corrupted("the place of a chunk has \(bytes.count) bytes in the index")
        }
        func integer(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
        pack = integer(0..<8)
        offset = Int(integer(8..<12))
        count = Int(integer(12..<16))
        plainCount = Int(integer(16..<20))
        codec = bytes[20]
    }

    private static let size = 21
}
