/// How much harm a model can do where it is used, in the words of the EU AI Act (Regulation (EU) 2024/1689).
public enum RiskTier: String, Hashable, Sendable, Codable, CaseIterable, CanonicalCodable {
    /// No duties.
    case minimal
    /// People must know that they deal with a machine (article 50).
    case limited
    /// The duties of chapter III.
    case high
    /// A practice that article 5 forbids.
    case prohibited

    package func encode(to writer: inout CanonicalWriter) { writer.write(rawValue) }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let text = try reader.readString()
        guard let tier = RiskTier(rawValue: text) else { throw .invalid("“\(text)” is not a tier of risk") }
        self = tier
    }
}

/// In which tier of risk a model is, and why.
public struct RiskAssessment: Hashable, Sendable, Codable, CanonicalCodable {
    /// The tier.
    public let tier: RiskTier
    /// Why: what the model is used for.
    public let reason: String
    /// When that was said.
    public let at: Timestamp
    /// By whom.
    public let by: PrincipalName

    /// An assessment as recorded.
    package init(tier: RiskTier, reason: String, at: Timestamp, by: PrincipalName) {
        self.tier = tier
        self.reason = reason
        self.at = at
        self.by = by
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(tier)
        writer.write(reason)
        writer.write(at)
        writer.write(by)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "risk assessment", known: 1...1)
        tier = try reader.read()
        reason = try reader.readString()
        at = try reader.read()
        by = try reader.read()
    }
}
