import Models

/// Arrays of NumPy, each a member: `.npz`.
package enum NumPyArchive {
    /// - Throws: `InspectionError.unreadable` only: what the file does wrong is in the finding.
    package static func inspect(
        _ bytes: some RandomAccessBytes, limits: InspectionLimits = .standard
    ) async throws(InspectionError) -> Finding {
        try await ZipArchive.inspect(bytes, format: "numpy", limits: limits) { archive throws(InspectionError) in
            try await finding(of: archive)
        }
    }

    static func finding<Source>(of archive: ZipArchive<Source>) async throws(InspectionError) -> Finding {
        var survey = try await archive.survey(.plain)
        let others = survey.kinds.count { $0 != .array }
        if others > 0 { survey.evidence.add(.unknown, "\(others) of its members are no arrays") }
        return survey.evidence.finding(format: "numpy")
    }
}
