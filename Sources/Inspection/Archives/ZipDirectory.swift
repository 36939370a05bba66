import Models

/// Where the directory of a zip lies. Readers look for it from the end, and do not all find the same.
struct ZipDirectory: Hashable {
    let start: UInt64
    let size: UInt64
    /// Members that it is said to have.
    let count: UInt64
    /// What is to be added to its offsets: bytes before the archive.
    let base: UInt64

    private static let endBytes: UInt64 = 22
    private static let locatorBytes: UInt64 = 20
    private static let largeEndBytes: UInt64 = 56

    /// The directories that readers find: two when bytes before the archive shift it.
    static func find(
        in source: some RandomAccessBytes, evidence: inout Evidence
    ) async throws(InspectionError) -> [ZipDirectory] {
        let tail = min(source.size, endBytes + 0xFFFF)
        let tailStart = source.size - tail
        let bytes = try await source.read(tailStart..<source.size)
        guard let place = lastEnd(bytes) else { throw .malformed("it has no directory at its end") }
        if bytes.count - place - Int(endBytes) != Int(bytes.number(at: place + 20, width: 2)) {
            evidence.add(.malformed, "its end does not lie at the end of the file")
        }
        var end = tailStart + UInt64(place)
        var size = bytes.number(at: place + 12, width: 4)
        var offset = bytes.number(at: place + 16, width: 4)
        var count = bytes.number(at: place + 10, width: 2)
        if let (large, largeEnd) = try await largeEnd(in: source, before: end, evidence: &evidence) {
            (size, offset, count) = (
                large.number(at: 40, width: 8), large.number(at: 48, width: 8), large.number(at: 32, width: 8)
            )
            end = largeEnd
        }
        return candidates(end: end, size: size, offset: offset, count: count, evidence: &evidence)
    }

    /// The last signature with room for all that follows it.
    private static func lastEnd(_ bytes: [UInt8]) -> Int? {
        var place = bytes.count - Int(endBytes)
        while place >= 0 {
            if bytes.number(at: place, width: 4) == 0x0605_4B50 { return place }
            place -= 1
        }
        return nil
    }

    /// The end record of archives with large numbers (APPNOTE 4.3.14), if there is one, and where it lies.
    private static func largeEnd(
        in source: some RandomAccessBytes, before end: UInt64, evidence: inout Evidence
    ) async throws(InspectionError) -> ([UInt8], UInt64)? {
        guard end >= locatorBytes + largeEndBytes else { return nil }
        let start = end - locatorBytes - largeEndBytes
        let bytes = try await source.read(start..<end)
        guard bytes.number(at: Int(largeEndBytes), width: 4) == 0x0706_4B50 else { return nil }
        let located = bytes.number(at: Int(largeEndBytes) + 8, width: 8)
        // Python reads what lies right before the locator, others what the locator says.
        if bytes.number(at: 0, width: 4) == 0x0606_4B50 {
            if located != start { evidence.add(.malformed, "it has two ends, or bytes before it") }
            return (Array(bytes.prefix(Int(largeEndBytes))), start)
        }
        evidence.add(.malformed, "its end does not lie where it should")
        guard located <= source.size, source.size - located >= largeEndBytes else { return nil }
        let record = try await source.read(located..<located + largeEndBytes)
        return record.number(at: 0, width: 4) == 0x0606_4B50 ? (record, located) : nil
    }

    private static func candidates(
        end: UInt64, size: UInt64, offset: UInt64, count: UInt64, evidence: inout Evidence
    ) -> [ZipDirectory] {
        let literal = ZipDirectory(start: offset, size: size, count: count, base: 0)
        guard end >= size, end - size >= offset else {
            evidence.add(.malformed, "its directory does not fit before its end")
            return [literal]
        }
        let base = end - size - offset
        if base == 0 { return [literal] }
        evidence.add(.malformed, "\(base) bytes lie before the archive or its end, so that readers differ")
        return [ZipDirectory(start: end - size, size: size, count: count, base: base), literal]
    }
}
