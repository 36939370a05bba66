import Models

/// Reads GGUF files, versions 2 and 3: key-value pairs, a table of tensors, the tensors' bytes.
///
/// The format holds data, but one value is a program: the chat template (`ChatTemplate`). Reads the pairs and the
/// table, nothing of the tensors.
package enum GGUF {
    static let magic = Array("GGUF".utf8)

    /// Where a file without `general.alignment` puts its tensors: at multiples of this.
    static let usualAlignment: UInt64 = 32

    /// What the file holds.
    package static func inspect(
        _ bytes: some RandomAccessBytes, limits: FormatLimits = .standard
    ) async throws(InspectionError) -> Finding {
        var walk = GGUFWalk(bytes, limits: limits)
        let (tensors, pairs) = try await walk.readCounts()
        try await walk.readPairs(pairs)
        try await walk.readTensors(tensors)
        walk.describeQuantisation()
        let verdict: Finding.Verdict =
            !walk.templateProblems.isEmpty ? .dangerous : walk.doubts.isEmpty ? .safe : .unknown
        return Finding(
            format: "gguf", verdict: verdict, reasons: ShownText.reasons(walk.templateProblems + walk.doubts),
            facts: walk.facts)
    }
}

/// The kinds of values, by number.
enum GGUFValueType: UInt32 {
    case uint8, int8, uint16, int16, uint32, int32, float32, boolean, string, array, uint64, int64, float64

    /// Bytes of a value; nil when they differ.
    var width: UInt64? {
        switch self {
        case .uint8, .int8, .boolean: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        case .string, .array: nil
        }
    }
}
