/// A file that is read where it matters: a header, a directory at its end, a member in between.
package protocol RandomAccessBytes: Sendable {
    /// Bytes of the file.
    var size: UInt64 { get }

    /// The bytes of `range`, all of them.
    /// - Throws: `InspectionError.unreadable` when they cannot be had now; nothing is said about the file then.
    func read(_ range: Range<UInt64>) async throws(InspectionError) -> [UInt8]
}

/// Why an inspection came to no finding.
package enum InspectionError: Error, Hashable {
    /// The bytes cannot be had now: try again.
    case unreadable(String)
    /// The file is not what its format says: truncated, overlapping, contradicting itself. In words a user can act on.
    case malformed(String)
}
