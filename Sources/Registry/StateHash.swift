import Crypto
package import Models
package import Storage

/// The hash of a whole state, kept up to date record by record: four 64-bit lanes of wrapping addition over the SHA-256
/// of each record, `SHA-256(key length as UInt32 ‖ key ‖ value)`. Equal states have equal hashes whatever order their
/// records came in, and a changed record costs two SHA-256, not a scan.
///
/// It finds nodes that diverge by a defect or a damaged disk. It does not withstand malice: whoever may choose records
/// freely can find different sets with equal sums (Wagner's generalised birthday attack). Who may not be trusted must
/// not be a member.
package struct StateHash: Hashable, Sendable, CustomStringConvertible, CanonicalCodable {
    private var lanes: SIMD4<UInt64>

    /// The hash of a state without records.
    package static let empty = StateHash(lanes: .zero)

    private init(lanes: SIMD4<UInt64>) { self.lanes = lanes }

    /// The hash of a state that holds this record alone.
    init(key: [UInt8], value: [UInt8]) {
        var hasher = SHA256()
        withUnsafeBytes(of: UInt32(key.count).bigEndian) { hasher.update(bufferPointer: $0) }
        key.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        value.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        lanes = hasher.finalize().withUnsafeBytes { bytes in
            var lanes = SIMD4<UInt64>.zero
            for lane in 0..<4 {
                lanes[lane] = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: lane * 8, as: UInt64.self))
            }
            return lanes
        }
    }

    /// Counts `record` in, when it is one that the hash covers.
    package mutating func add(_ record: KeyValue) {
        guard !record.key.lexicographicallyPrecedes(StateKey.firstHashed) else { return }
        self += StateHash(key: record.key, value: record.value)
    }

    /// Counts the records of `other` in.
    static func += (left: inout Self, right: Self) { left.lanes &+= right.lanes }

    /// Counts the records of `other` out.
    static func -= (left: inout Self, right: Self) { left.lanes &-= right.lanes }

    /// 64 lower-case hexadecimal digits.
    package var description: String { Hexadecimal.encode(canonicalBytes) }

    package func encode(to writer: inout CanonicalWriter) {
        for lane in lanes.indices { writer.write(lanes[lane]) }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        lanes = .zero
        for lane in lanes.indices { lanes[lane] = try reader.readInteger() }
    }
}

extension StateHash {
    private static let pageRecords = 1_000

    /// The hash of the state in `reader`, computed from all its records: what the incremental one must be. Takes as
    /// long as reading the whole state.
    package static func recomputed(from reader: any KeyValueReader) throws(StorageError) -> StateHash {
        var hash = StateHash.empty
        var lower = StateKey.firstHashed
        while true {
            let records = try reader.records(
                in: KeyRange(lower: lower, upper: nil), of: .state, limit: pageRecords, reversed: false)
            for record in records { hash.add(record) }
            guard records.count == pageRecords, let last = records.last else { return hash }
            lower = last.key + [0]
        }
    }
}
