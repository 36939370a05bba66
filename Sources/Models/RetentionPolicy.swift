/// Which versions of a project are deleted by themselves, and when.
public struct RetentionPolicy: Hashable, Sendable, Codable, CanonicalCodable {
    /// Deletes versions that it fits. What is named by an alias, serves somewhere, is held, or is what a version in
    /// production is made of, is kept whatever the rules say.
    public struct Rule: Hashable, Sendable, Codable {
        /// What people call it.
        public let name: String
        /// The stages in which it looks; empty for all.
        public let stages: [StageName]
        /// Only versions that are in their stage for so many days: since they entered it, else since they were
        /// registered.
        public let olderThanDays: UInt32
        /// Never the newest so many of a model, among those in the rule's stages.
        public let keepNewest: UInt32
        /// Within how many days a deleted version can be taken back.
        public let graceDays: UInt32

        enum CodingKeys: String, CodingKey {
            case name, stages
            case olderThanDays = "older_than_days"
            case keepNewest = "keep_newest"
            case graceDays = "grace_days"
        }

        /// A rule.
        public init(
            name: String, stages: [StageName] = [], olderThanDays: UInt32, keepNewest: UInt32 = 0,
            graceDays: UInt32 = 30
        ) {
            self.name = name
            self.stages = stages
            self.olderThanDays = olderThanDays
            self.keepNewest = keepNewest
            self.graceDays = graceDays
        }

        /// Decodes a rule; what is not said is as `init` has it.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseMembers(except: ["name", "stages", "older_than_days", "keep_newest", "grace_days"])
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self.init(
                name: try container.decode(String.self, forKey: .name),
                stages: try container.decodeIfPresent([StageName].self, forKey: .stages) ?? [],
                olderThanDays: try container.decode(UInt32.self, forKey: .olderThanDays),
                keepNewest: try container.decodeIfPresent(UInt32.self, forKey: .keepNewest) ?? 0,
                graceDays: try container.decodeIfPresent(UInt32.self, forKey: .graceDays) ?? 30)
        }
    }

    /// The rules; the first that fits a version decides.
    public let rules: [Rule]

    /// A policy of `rules`.
    public init(rules: [Rule]) { self.rules = rules }

    /// Decodes a policy.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseMembers(except: ["rules"])
        rules = try decoder.container(keyedBy: CodingKeys.self).decode([Rule].self, forKey: .rules)
    }

    /// Why no project can have it, or nil.
    package var problem: String? {
        let limits = Limits.standard
        guard (1...limits.retentionRules).contains(rules.count) else {
            return "a retention policy has from 1 to \(limits.retentionRules) rules"
        }
        guard Set(rules.map(\.name)).count == rules.count else { return "two rules have the same name" }
        for rule in rules {
            guard (1...200).contains(rule.name.utf8.count) else {
                return "a rule's name is empty or longer than 200 bytes"
            }
            guard rule.stages.count <= limits.stages else {
                return "“\(rule.name)” has more than \(limits.stages) stages"
            }
            // A slip here would delete what was registered an hour ago.
            guard (1...36_500).contains(rule.olderThanDays) else {
                return "“\(rule.name)” has older_than_days outside 1 to 36500"
            }
            guard (1...3_650).contains(rule.graceDays) else { return "“\(rule.name)” has grace_days outside 1 to 3650" }
        }
        return nil
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(list: rules) {
            $0.write($1.name)
            $0.write(list: $1.stages)
            $0.write($1.olderThanDays)
            $0.write($1.keepNewest)
            $0.write($1.graceDays)
        }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "retention policy", known: 1...1)
        rules = try reader.readList { (reader) throws(CanonicalError) in
            Rule(
                name: try reader.readString(), stages: try reader.readList(), olderThanDays: try reader.readInteger(),
                keepNewest: try reader.readInteger(), graceDays: try reader.readInteger())
        }
    }
}

/// What a retention policy does with a version, and why.
public struct RetentionDecision: Hashable, Sendable, Codable {
    /// The model.
    public let model: ModelName
    /// The version's number.
    public let version: UInt64
    /// Its stage.
    public let stage: StageName
    /// Whether it goes.
    public let deletes: Bool
    /// The rule that fits it; nil when none does.
    public let rule: String?
    /// Within how many days it can be taken back; nil when it stays.
    public let graceDays: UInt32?
    /// Why, in one sentence.
    public let reason: String

    enum CodingKeys: String, CodingKey {
        case model, version, stage, deletes, rule, reason
        case graceDays = "grace_days"
    }

    /// A decision.
    package init(
        model: ModelName, version: UInt64, stage: StageName, rule: RetentionPolicy.Rule?, deletes: Bool, reason: String
    ) {
        self.model = model
        self.version = version
        self.stage = stage
        self.deletes = deletes
        self.rule = rule?.name
        graceDays = deletes ? rule?.graceDays : nil
        self.reason = reason
    }
}
