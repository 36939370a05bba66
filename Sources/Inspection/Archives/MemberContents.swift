import Models

/// What a member of an archive is, by its name and its first bytes, and what loading it can do.
struct MemberContents {
    enum Kind: Hashable {
        case pickle, array, packed
        /// Nothing that is read here.
        case other
    }

    private(set) var kind = Kind.other
    private(set) var evidence = Evidence()
    private(set) var protocolVersion: UInt8?

    /// Reads a member called `name` from `stream`, as far as it is of interest.
    /// - Throws: `InspectionError.unreadable` only.
    static func inspect<Source>(
        _ stream: inout ByteStream<Source>, name: String, dialect: PickleStream.Dialect, limits: InspectionLimits
    ) async throws(InspectionError) -> MemberContents {
        var contents = MemberContents()
        do {
            try await contents.read(&stream, name: name, dialect: dialect, limits: limits)
        } catch .malformed(let reason) {
            contents.evidence.add(.malformed, reason)
        }
        return contents
    }

    private mutating func read<Source>(
        _ stream: inout ByteStream<Source>, name: String, dialect: PickleStream.Dialect, limits: InspectionLimits
    ) async throws(InspectionError) {
        var head: [UInt8] = []
        var isWhole = false
        while head.count < limits.headBytes {
            guard let bytes = try await stream.next() else {
                isWhole = true
                break
            }
            head += bytes
        }
        if Self.isPickle(name: name, head: head, limits: limits) {
            kind = .pickle
            var pickles = PickleStream(dialect, limits: limits)
            pickles.append(head)
            if isWhole { pickles.finish() } else { try await pickles.read(&stream) }
            evidence = pickles.evidence
            protocolVersion = pickles.protocolVersion
        } else if let packing = Packing(head) {
            kind = .packed
            evidence.add(.unknown, "it is packed with \(packing.rawValue), and archives in archives are not opened")
        } else if head.starts(with: NumPyHeader.magic) {
            kind = .array
            evidence = NumPyHeader.evidence(of: head)
        }
    }

    /// Whether a loader may take it for a pickle: by its name, or because it is one.
    static func isPickle(name: String, head: [UInt8], limits: InspectionLimits) -> Bool {
        let name = name.lowercased()
        if [".pkl", ".pickle", ".p", ".joblib", ".pckl", ".dill"].contains(where: { name.hasSuffix($0) }) {
            return true
        }
        return PickleStream.isRecognized(head, limits: limits)
    }
}

extension PickleStream {
    /// Whether `head`, the beginning of a file, is that of a pickle: whatever the file is called, some program loads it
    /// as one. Protocols 0 and 1 have no mark, so a whole pickle with imports or a dangerous import counts.
    package static func isRecognized(_ head: [UInt8], limits: InspectionLimits = .standard) -> Bool {
        if head.count >= 2, head[0] == PickleOpcode.version.rawValue, head[1] <= 5 { return true }
        var trial = PickleStream(.plain, limits: limits)
        trial.append(Array(head.prefix(limits.headBytes)))
        let isWhole = trial.pickles > 0 && !trial.imports.isEmpty
        return isWhole || trial.imports.contains { PickleAllowList.verdict(on: $0) == .dangerous }
    }
}
