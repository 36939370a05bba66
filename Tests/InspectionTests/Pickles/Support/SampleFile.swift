import Synchronization

@testable import Inspection

/// A file in memory that counts how much of it is read.
final class SampleFile: RandomAccessBytes {
    let bytes: [UInt8]
    private let count = Mutex(0)

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var size: UInt64 { UInt64(bytes.count) }

    var readBytes: Int { count.withLock { $0 } }

    func read(_ range: Range<UInt64>) async throws(InspectionError) -> [UInt8] {
        guard range.upperBound <= size else { throw .unreadable("\(range) of \(size)") }
        count.withLock { $0 += range.count }
        return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }
}
