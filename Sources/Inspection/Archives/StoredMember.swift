/// A part of a file as a file.
package struct StoredMember<Source: RandomAccessBytes>: RandomAccessBytes {
    private let source: Source
    private let range: Range<UInt64>

    init(_ source: Source, _ range: Range<UInt64>) {
        self.source = source
        self.range = range
    }

    package var size: UInt64 { range.upperBound - range.lowerBound }

    package func read(_ part: Range<UInt64>) async throws(InspectionError) -> [UInt8] {
        guard part.upperBound <= size else { throw .unreadable("bytes \(part) of \(size) were asked for") }
        return try await source.read(range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
    }
}
