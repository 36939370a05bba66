import Models

/// A checkpoint of PyTorch since 1.6: a zip with `data.pkl` and a member for each storage.
package enum TorchArchive {
    /// - Throws: `InspectionError.unreadable` only: what the file does wrong is in the finding.
    package static func inspect(
        _ bytes: some RandomAccessBytes, limits: InspectionLimits = .standard
    ) async throws(InspectionError) -> Finding {
        try await ZipArchive.inspect(bytes, format: "pytorch", limits: limits) { archive throws(InspectionError) in
            try await finding(of: archive)
        }
    }

    static func finding<Source>(of archive: ZipArchive<Source>) async throws(InspectionError) -> Finding {
        var survey = try await archive.survey(.torch) { !isStorage($0.name) }
        let names = archive.members.map { ZipArchive<Source>.fileName($0) }
        if !names.contains("data.pkl") { survey.evidence.add(.malformed, "it has no data.pkl") }
        let isProgram =
            names.contains("constants.pkl")
            || archive.members.contains { $0.name.lowercased().split(separator: "/").dropLast().contains("code") }
        if isProgram {
            survey.evidence.add(.unknown, "it holds TorchScript, a program that PyTorch runs; it is not read here")
        }
        var facts = Facts()
        if let version = survey.protocolVersion { facts.attributes["pickle.protocol"] = String(version) }
        return survey.evidence.finding(format: "pytorch", facts: facts)
    }

    /// `archive/data/17`: raw numbers, which nobody loads as anything else.
    private static func isStorage(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 3 && parts[1] == "data" && !parts[2].isEmpty
            && parts[2].utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
