/// Where a version stands.
public struct VersionStage: Hashable, Sendable, Codable, CanonicalCodable {
    /// The stage.
    public let stage: StageName
    /// Since when.
    public let since: Timestamp
    /// Who moved it there.
    public let by: PrincipalName
    /// Why; may be empty.
    public let reason: String
    /// The version to use in its stead: `project/model:3`; nil where none was named.
    public let successor: String?
    /// From when on what was decided shall hold for those who use it; nil for at once.
    public let effectiveAt: Timestamp?
    /// How often it was moved.
    package let moves: UInt64

    enum CodingKeys: String, CodingKey {
        case stage, since, by, reason, successor, moves
        case effectiveAt = "effective_at"
    }

    /// A stage as recorded.
    package init(
        stage: StageName, since: Timestamp, by: PrincipalName, reason: String, successor: String?,
        effectiveAt: Timestamp?, moves: UInt64
    ) {
        self.stage = stage
        self.since = since
        self.by = by
        self.reason = reason
        self.successor = successor
        self.effectiveAt = effectiveAt
        self.moves = moves
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(stage)
        writer.write(since)
        writer.write(by)
        writer.write(reason)
        writer.write(successor) { $0.write($1) }
        writer.write(effectiveAt) { $0.write($1) }
        writer.write(moves)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "version's stage", known: 1...1)
        stage = try reader.read()
        since = try reader.read()
        by = try reader.read()
        reason = try reader.readString()
        successor = try reader.readOptional { (reader) throws(CanonicalError) in try reader.readString() }
        effectiveAt = try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() }
        moves = try reader.readInteger()
    }
}

/// One move of a version from stage to stage.
public struct StageMove: Hashable, Sendable, Codable, CanonicalCodable {
    /// Whence.
    public let from: StageName
    /// Where to.
    public let to: StageName
    /// When.
    public let at: Timestamp
    /// Who moved it.
    public let by: PrincipalName
    /// Why; may be empty.
    public let reason: String
    /// Who had approved it, as far as it took approvals.
    public let approvedBy: [PrincipalName]

    enum CodingKeys: String, CodingKey {
        case from, to, at, by, reason
        case approvedBy = "approved_by"
    }

    /// A move as recorded.
    package init(
        from: StageName, to: StageName, at: Timestamp, by: PrincipalName, reason: String, approvedBy: [PrincipalName]
    ) {
        self.from = from
        self.to = to
        self.at = at
        self.by = by
        self.reason = reason
        self.approvedBy = approvedBy
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(from)
        writer.write(to)
        writer.write(at)
        writer.write(by)
        writer.write(reason)
        writer.write(list: approvedBy)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "stage move", known: 1...1)
        from = try reader.read()
        to = try reader.read()
        at = try reader.read()
        by = try reader.read()
        reason = try reader.readString()
        approvedBy = try reader.readList()
    }
}

/// Somebody's word that a version may move from where it stands to a stage. It is bound to the version's digest and to
/// where it stands: a version that moved needs new ones.
public struct Approval: Hashable, Sendable, Codable, CanonicalCodable {
    /// The digest of the version that was approved.
    public let digest: Digest
    /// Where it stood.
    public let from: StageName
    /// Where it may go.
    public let to: StageName
    /// Who approved.
    public let by: PrincipalName
    /// When.
    public let at: Timestamp
    /// Until when that holds.
    public let expiresAt: Timestamp
    /// Why; may be empty.
    public let reason: String
    /// How often the version had moved then.
    package let moves: UInt64

    enum CodingKeys: String, CodingKey {
        case digest, from, to, by, at, reason, moves
        case expiresAt = "expires_at"
    }

    /// An approval as recorded.
    package init(
        digest: Digest, from: StageName, to: StageName, by: PrincipalName, at: Timestamp, expiresAt: Timestamp,
        reason: String, moves: UInt64
    ) {
        self.digest = digest
        self.from = from
        self.to = to
        self.by = by
        self.at = at
        self.expiresAt = expiresAt
        self.reason = reason
        self.moves = moves
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(digest)
        writer.write(from)
        writer.write(to)
        writer.write(by)
        writer.write(at)
        writer.write(expiresAt)
        writer.write(reason)
        writer.write(moves)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "approval", known: 1...1)
        digest = try reader.read()
        from = try reader.read()
        to = try reader.read()
        by = try reader.read()
        at = try reader.read()
        expiresAt = try reader.read()
        reason = try reader.readString()
        moves = try reader.readInteger()
    }
}

/// What was measured of a version after its registration.
public struct Evaluation: Hashable, Sendable, Codable, CanonicalCodable {
    /// What was measured.
    public let metrics: [Metric]
    /// Where that can be seen; may be empty.
    public let evidence: String
    /// What else there is to say; may be empty.
    public let note: String
    /// When it was told.
    public let at: Timestamp
    /// By whom.
    public let by: PrincipalName

    /// An evaluation as recorded.
    package init(metrics: [Metric], evidence: String, note: String, at: Timestamp, by: PrincipalName) {
        self.metrics = metrics
        self.evidence = evidence
        self.note = note
        self.at = at
        self.by = by
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(list: metrics)
        writer.write(evidence)
        writer.write(note)
        writer.write(at)
        writer.write(by)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "evaluation", known: 1...1)
        metrics = try reader.readList()
        evidence = try reader.readString()
        note = try reader.readString()
        at = try reader.read()
        by = try reader.read()
    }
}

extension Metric: CanonicalCodable {
    package func encode(to writer: inout CanonicalWriter) {
        writer.write(name)
        writer.write(value.bitPattern)
        writer.write(unit) { $0.write($1) }
        writer.write(dataset) { $0.write($1) }
        writer.write(split) { $0.write($1) }
        writer.write(higherIsBetter) { $0.write($1) }
        writer.write(confidenceInterval) { writer, ends in writer.write(list: ends) { $0.write($1.bitPattern) } }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        self.init(
            name: try reader.readString(), value: Double(bitPattern: try reader.readInteger()),
            unit: try reader.readOptional { (reader) throws(CanonicalError) in try reader.readString() },
            dataset: try reader.readOptional { (reader) throws(CanonicalError) in try reader.readString() },
            split: try reader.readOptional { (reader) throws(CanonicalError) in try reader.readString() },
            higherIsBetter: try reader.readOptional { (reader) throws(CanonicalError) in try reader.readBool() },
            confidenceInterval: try reader.readOptional { (reader) throws(CanonicalError) in
                try reader.readList { (reader) throws(CanonicalError) in Double(bitPattern: try reader.readInteger()) }
            })
    }

    /// Why it cannot be kept, or nil.
    package var problem: String? {
        let texts = [name, unit, dataset, split].compactMap { $0 }
        if name.isEmpty { return "a metric has no name" }
        if texts.contains(where: { $0.utf8.count > 200 }) {
            return "a text of the metric “\(name.prefix(50))” is longer than 200 bytes"
        }
        guard value.isFinite, confidenceInterval?.allSatisfy(\.isFinite) ?? true else {
            return "the metric “\(name)” is not a finite number"
        }
        guard let ends = confidenceInterval else { return nil }
        return ends.count == 2 && ends[0] <= ends[1]
            ? nil : "the confidence interval of “\(name)” is not two numbers in order"
    }
}
