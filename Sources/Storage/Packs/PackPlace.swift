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
        bytes += Self.bytes(of: pack)
        for value in [offset, count, plainCount] { bytes += Self.bytes(of: UInt64(value)).suffix(4) }
        bytes.append(codec)
        return bytes
    }

    /// A number as the index holds it: 8 bytes, big-endian.
    static func bytes(of number: UInt64) -> [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> UInt64($0)) }
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
