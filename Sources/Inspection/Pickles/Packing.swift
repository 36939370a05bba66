/// How a whole file or member is packed, by its first bytes.
enum Packing: String {
    case zlib, gzip, bzip2, xz, zstd, lz4
    case sevenZip = "7z"
    case oldJoblib = "joblib before 0.10"
    case zip, tar, rar

    init?(_ head: [UInt8]) {
        let marks: [([UInt8], Packing)] = [
            ([0x1F, 0x8B], .gzip), (Array("BZh".utf8), .bzip2), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], .xz),
            ([0x28, 0xB5, 0x2F, 0xFD], .zstd), ([0x04, 0x22, 0x4D, 0x18], .lz4),
            ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .sevenZip), ([0x5D, 0x00, 0x00], .xz),
            (Array("ZF".utf8), .oldJoblib),
            ([0x50, 0x4B, 0x03, 0x04], .zip), ([0x50, 0x4B, 0x05, 0x06], .zip), (Array("Rar!".utf8), .rar),
        ]
        if let (_, packing) = marks.first(where: { head.starts(with: $0.0) }) {
            self = packing
            return
        }
        if head.count >= 262, head[257..<262].elementsEqual("ustar".utf8) {
            self = .tar
            return
        }
        // zlib: a window of 32 KiB, and two bytes that are divisible by 31 together (RFC 1950).
        guard head.count >= 2, head[0] == 0x78, (Int(head[0]) << 8 | Int(head[1])) % 31 == 0 else { return nil }
        self = .zlib
    }
}
