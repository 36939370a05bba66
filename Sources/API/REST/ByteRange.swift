/// The `Range` header of RFC 9110 §14, for one range of bytes.
enum ByteRange: Hashable {
    /// The whole file: no range was asked for, or one that may be ignored (several ranges, another unit).
    case whole
    /// These bytes, at least one.
    case part(Range<UInt64>)
    /// None of the file: answered with 416.
    case unsatisfiable

    /// Reads `header` for a file of `size` bytes.
    init(header: String?, size: UInt64) {
        self = .whole
        guard let header, header.hasPrefix("bytes="), !header.contains(",") else { return }
        let bounds = header.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard bounds.count == 2 else { return }
        if bounds[0].isEmpty {
            guard let count = UInt64(bounds[1]) else { return }
            self = count == 0 || size == 0 ? .unsatisfiable : .part(size - min(count, size)..<size)
            return
        }
        guard let first = UInt64(bounds[0]) else { return }
        if bounds[1].isEmpty {
            self = first < size ? .part(first..<size) : .unsatisfiable
            return
        }
        guard let last = UInt64(bounds[1]), first <= last else { return }
        self = first < size ? .part(first..<min(last, size - 1) + 1) : .unsatisfiable
    }
}
