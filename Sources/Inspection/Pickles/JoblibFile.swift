/// A file of joblib: a pickle with the bytes of arrays between its instructions.
package enum JoblibFile {
    /// Reads the file; it may be compressed with zlib or gzip, as joblib does.
    /// - Throws: `InspectionError.unreadable` only: what the file does wrong is in the finding.
    package static func inspect(
        _ bytes: some RandomAccessBytes, limits: InspectionLimits = .standard
    ) async throws(InspectionError) -> Finding {
        try await PickleFile.inspect(bytes, .joblib, limits)
    }
}
