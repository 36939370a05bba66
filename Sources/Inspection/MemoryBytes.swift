/// A file that is in memory already.
package struct MemoryBytes: RandomAccessBytes {
    private let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package var size: UInt64 { UInt64(bytes.count) }

    package func read(_ range: Range<UInt64>) async throws(InspectionError) -> [UInt8] {
        guard range.upperBound <= size else { throw .unreadable("bytes \(range) of \(size) were asked for") }
        return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }
}
