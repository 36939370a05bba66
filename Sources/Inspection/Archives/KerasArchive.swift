import Models

/// A model of Keras 3: a zip with `config.json`, by which Keras builds the layers, and weights in HDF5.
///
/// Never `safe`: the configuration is judged, but HDF5 is not read here, and it can name other files to read from.
package enum KerasArchive {
    /// - Throws: `InspectionError.unreadable` only: what the file does wrong is in the finding.
    package static func inspect(
        _ bytes: some RandomAccessBytes, limits: InspectionLimits = .standard
    ) async throws(InspectionError) -> Finding {
        try await ZipArchive.inspect(bytes, format: "keras", limits: limits) { archive throws(InspectionError) in
            try await finding(of: archive)
        }
    }

    static func finding<Source>(of archive: ZipArchive<Source>) async throws(InspectionError) -> Finding {
        var survey = try await archive.survey(.plain)
        var hasConfiguration = false
        for member in archive.members where ZipArchive<Source>.fileName(member) == "config.json" {
            hasConfiguration = true
            do {
                let text = try await archive.contents(of: member, most: archive.limits.configurationBytes)
                survey.evidence.add(KerasConfiguration.evidence(of: text, limits: archive.limits), of: member.name)
            } catch .malformed(let reason) {
                survey.evidence.add(.malformed, reason)
            }
        }
        if !hasConfiguration { survey.evidence.add(.malformed, "it has no config.json") }
        survey.evidence.add(.unknown, "its weights are HDF5, which is not read here")
        return survey.evidence.finding(format: "keras")
    }
}
