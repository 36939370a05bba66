/// Versions in the order of one of their numbers, the best first.
public struct VersionRanking: Hashable, Sendable, Codable {
    /// A version and its number.
    public struct Entry: Hashable, Sendable, Codable {
        /// The project.
        public let project: ProjectName
        /// The model.
        public let model: ModelName
        /// The version's number.
        public let number: UInt64
        /// The value that it is ranked by.
        public let value: Double
        /// Where it stands.
        public let stage: StageName

        /// A version with its value.
        package init(project: ProjectName, model: ModelName, number: UInt64, value: Double, stage: StageName) {
            self.project = project
            self.model = model
            self.number = number
            self.value = value
            self.stage = stage
        }
    }

    /// The best versions.
    public let entries: [Entry]
    /// How many versions were looked at.
    public let lookedAt: Int
    /// Whether there were more than may be looked at: a better one may be among them. Name a project or a model.
    public let truncated: Bool

    enum CodingKeys: String, CodingKey {
        case entries, truncated
        case lookedAt = "looked_at"
    }

    /// A ranking.
    package init(entries: [Entry], lookedAt: Int, truncated: Bool) {
        self.entries = entries
        self.lookedAt = lookedAt
        self.truncated = truncated
    }
}
