import Foundation

/// Rows' facets and numbers as bytes in the file, little-endian. GRDB takes and gives bytes as `Data` only.
enum PackedNumbers {
    static func pack(_ ordinals: [UInt32]) -> Data {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(ordinals.count * 4)
        for ordinal in ordinals { append(UInt64(ordinal), count: 4, to: &bytes) }
        return Data(bytes)
    }

    static func pack(_ cells: [Segment.Cell]) -> Data {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(cells.count * 12)
        for cell in cells {
            append(UInt64(cell.key), count: 4, to: &bytes)
            append(cell.value.bitPattern, count: 8, to: &bytes)
        }
        return Data(bytes)
    }

    static func ordinals(_ data: Data?) -> [UInt32] {
        guard let data else { return [] }
        return data.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map {
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self))
            }
        }
    }

    static func cells(_ data: Data?) -> [Segment.Cell] {
        guard let data else { return [] }
        return data.withUnsafeBytes { bytes in
            (0..<bytes.count / 12).map { index in
                let key = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 12, as: UInt32.self))
                let bits = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 12 + 4, as: UInt64.self))
                return Segment.Cell(key: key, value: Double(bitPattern: bits))
            }
        }
    }

    private static func append(_ value: UInt64, count: Int, to bytes: inout [UInt8]) {
        for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
    }
}
