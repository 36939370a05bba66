import Models

/// A file of pickles: `.pkl`, an old `.pt`, a `.joblib`.
package enum PickleFile {
    /// Reads the pickles of `bytes`; the file may be compressed as a whole with zlib or gzip.
    /// - Throws: `InspectionError.unreadable` only: what the file does wrong is in the finding.
    package static func inspect(
        _ bytes: some RandomAccessBytes, limits: InspectionLimits = .standard
    ) async throws(InspectionError) -> Finding {
        try await inspect(bytes, .plain, limits)
    }

    static func inspect(
        _ bytes: some RandomAccessBytes, _ dialect: PickleStream.Dialect, _ limits: InspectionLimits
    ) async throws(InspectionError) -> Finding {
        let head = try await bytes.read(0..<min(bytes.size, 16))
        let format = dialect == .joblib ? "joblib" : "pickle"
        let coding: StreamCoding
        switch Packing(head) {
        case nil: coding = .stored
        case .zlib, .gzip: coding = .wrapped
        case .some(let packing):
            var evidence = Evidence()
            evidence.add(.unknown, "it is packed with \(packing.rawValue), which is not read here")
            return evidence.finding(format: format)
        }
        var stream = ByteStream(bytes, 0..<bytes.size, coding: coding, budget: limits.inflatedBytes, limits: limits)
        var pickles = PickleStream(dialect, limits: limits)
        try await pickles.read(&stream)
        var facts = Facts()
        facts.attributes["pickle.protocol"] = String(pickles.protocolVersion)
        return pickles.evidence.finding(format: pickles.isTorch ? "pytorch" : format, facts: facts)
    }
}

extension PickleStream {
    /// Reads `stream` to its end, or as far as it is of interest. Damage is remembered as a reason.
    mutating func read<Source>(_ stream: inout ByteStream<Source>) async throws(InspectionError) {
        do {
            while !isDone {
                let passed = stream.skip(passable)
                if passed > 0 { pass(passed) }
                guard let bytes = try await stream.next() else { break }
                append(bytes)
            }
        } catch .malformed(let reason) {
            machine.breakDown(reason)
        }
        finish()
    }
}
