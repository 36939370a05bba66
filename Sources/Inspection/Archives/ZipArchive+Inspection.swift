import Models

extension ZipArchive {
    /// What is known of a zip after its members were looked at.
    struct Survey {
        var evidence: Evidence
        var kinds: [MemberContents.Kind] = []
        var protocolVersion: UInt8?
    }

    /// The last component of a member's name, in lower case: some readers do not mind.
    static func fileName(_ member: ZipMember) -> String {
        String(member.name.lowercased().split(separator: "/").last ?? "")
    }

    /// Looks at each member that `includes` does not leave out.
    func survey(
        _ dialect: PickleStream.Dialect, includes: (ZipMember) -> Bool = { _ in true }
    ) async throws(InspectionError) -> Survey {
        var survey = Survey(evidence: evidence)
        var budget = limits.inflatedBytes
        for member in members where !member.isDirectory && includes(member) {
            guard var stream = stream(of: member, budget: budget) else {
                survey.kinds.append(.other)
                if member.bytes != nil {
                    survey.evidence.add(.unknown, "\(member.name) is packed by method \(member.method), not read here")
                }
                continue
            }
            let contents = try await MemberContents.inspect(
                &stream, name: member.name, dialect: dialect, limits: limits)
            budget = stream.budget
            survey.kinds.append(contents.kind)
            survey.evidence.add(contents.evidence, of: member.name)
            survey.protocolVersion = survey.protocolVersion ?? contents.protocolVersion
        }
        return survey
    }

    /// All bytes of a member, at most `most`.
    func contents(of member: ZipMember, most: Int) async throws(InspectionError) -> [UInt8] {
        guard var stream = stream(of: member) else { throw .malformed("\(member.name) cannot be read") }
        var all: [UInt8] = []
        while let bytes = try await stream.next() {
            all += bytes
            guard all.count <= most else { throw .malformed("\(member.name) is longer than \(most) bytes") }
        }
        return all
    }
}

extension ZipArchive {
    /// Any zip. What is in it decides as what it is read: a checkpoint of PyTorch, arrays of NumPy, a model of Keras.
    /// - Throws: `InspectionError.unreadable` only: what the file does wrong is in the finding.
    package static func inspect(
        _ bytes: Source, limits: InspectionLimits = .standard
    ) async throws(InspectionError) -> Finding {
        try await inspect(bytes, format: "zip", limits: limits) { archive throws(InspectionError) in
            let findings = try await archive.findings()
            if findings.count == 1, let finding = findings.first { return finding }
            // Whichever program opens it: none of the readings may hide what another shows.
            var survey = try await archive.survey(.plain)
            for finding in findings {
                for reason in finding.reasons {
                    survey.evidence.add(finding.verdict, "as \(finding.format): \(reason)")
                }
            }
            if !findings.isEmpty { survey.evidence.add(.unknown, "it can be read as files of several kinds") }
            let unread = survey.kinds.count { $0 == .other }
            if unread > 0 { survey.evidence.add(.unknown, "\(unread) of its members are not read here") }
            return survey.evidence.finding(format: "zip")
        }
    }

    /// What it is to each of the programs that would load it.
    private func findings() async throws(InspectionError) -> [Finding] {
        let names = members.map(Self.fileName)
        var findings: [Finding] = []
        if names.contains("data.pkl") { findings.append(try await TorchArchive.finding(of: self)) }
        if names.contains("config.json") { findings.append(try await KerasArchive.finding(of: self)) }
        if !names.isEmpty, names.allSatisfy({ $0.hasSuffix(".npy") }) {
            findings.append(try await NumPyArchive.finding(of: self))
        }
        return findings
    }

    /// Opens the archive and turns damage into a finding.
    static func inspect(
        _ bytes: Source, format: String, limits: InspectionLimits,
        _ body: (ZipArchive) async throws(InspectionError) -> Finding
    ) async throws(InspectionError) -> Finding {
        do {
            return try await body(try await open(bytes, limits: limits))
        } catch .malformed(let reason) {
            return Finding(format: format, verdict: .malformed, reasons: [Evidence.shown(reason, limit: 200)])
        }
    }
}
