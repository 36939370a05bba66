/// The name of a stage that versions are in.
public typealias StageName = Name<StageNaming>

/// Rules of stages' names: the common ones.
public enum StageNaming: NameKind {
    /// “stage name”.
    public static let noun = "stage name"
}

/// How the versions of a project live: the stages they are in, and what it takes to move them.
public struct Lifecycle: Hashable, Sendable, Codable {
    /// A stage.
    public struct Stage: Hashable, Sendable, Codable {
        /// Its name.
        public let name: StageName
        /// Whether versions in it may be used: no alias but `main` names one in a stage where they may not.
        public let serves: Bool
        /// The sites that keep the bytes of versions in it, in order and each once, and no others do: an archive; nil for
        /// those of the project.
        public let sites: [SiteName]?

        enum CodingKeys: String, CodingKey {
            case name, serves, sites
        }

        /// A stage. `sites` may come in any order.
        public init(name: StageName, serves: Bool = true, sites: [SiteName]? = nil) {
            self.name = name
            self.serves = serves
            self.sites = sites.map { Set($0).sorted { $0.text < $1.text } }
        }

        /// Decodes a stage; it serves unless it says otherwise.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseMembers(except: ["name", "serves", "sites"])
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self.init(
                name: try container.decode(StageName.self, forKey: .name),
                serves: try container.decodeIfPresent(Bool.self, forKey: .serves) ?? true,
                sites: try container.decodeIfPresent([SiteName].self, forKey: .sites))
        }
    }

    /// A way from one stage to another.
    public struct Transition: Hashable, Sendable, Codable {
        /// Whence.
        public let from: StageName
        /// Where to.
        public let to: StageName
        /// The least role of who takes it.
        public let role: Role
        /// How many must have approved it; 0 for nobody.
        public let approvals: UInt32
        /// Whether the approval of who registered the version counts.
        public let authorMayApprove: Bool
        /// For how many days an approval holds.
        public let approvalDays: UInt32
        /// What must be true of the version.
        public let gates: [Gate]
        /// What is asked besides of models in a tier of risk.
        public let risk: [RiskTier: RiskRule]

        enum CodingKeys: String, CodingKey {
            case from, to, role, approvals, gates, risk
            case authorMayApprove = "author_may_approve"
            case approvalDays = "approval_days"
        }

        /// A way.
        public init(
            from: StageName, to: StageName, role: Role = .contributor, approvals: UInt32 = 0,
            authorMayApprove: Bool = false, approvalDays: UInt32 = 14, gates: [Gate] = [],
            risk: [RiskTier: RiskRule] = [:]
        ) {
            self.from = from
            self.to = to
            self.role = role
            self.approvals = approvals
            self.authorMayApprove = authorMayApprove
            self.approvalDays = approvalDays
            self.gates = gates
            self.risk = risk
        }

        /// Decodes a way; what is not said is as `init` has it.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseMembers(
                except: ["from", "to", "role", "approvals", "author_may_approve", "approval_days", "gates", "risk"])
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self.init(
                from: try container.decode(StageName.self, forKey: .from),
                to: try container.decode(StageName.self, forKey: .to),
                role: try container.decodeIfPresent(Role.self, forKey: .role) ?? .contributor,
                approvals: try container.decodeIfPresent(UInt32.self, forKey: .approvals) ?? 0,
                authorMayApprove: try container.decodeIfPresent(Bool.self, forKey: .authorMayApprove) ?? false,
                approvalDays: try container.decodeIfPresent(UInt32.self, forKey: .approvalDays) ?? 14,
                gates: try container.decodeIfPresent([Gate].self, forKey: .gates) ?? [],
                risk: try container.decodeIfPresent([String: RiskRule].self, forKey: .risk).map(Self.tiers) ?? [:])
        }

        /// Encodes what `init(from:)` decodes.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(from, forKey: .from)
            try container.encode(to, forKey: .to)
            try container.encode(role, forKey: .role)
            try container.encode(approvals, forKey: .approvals)
            try container.encode(authorMayApprove, forKey: .authorMayApprove)
            try container.encode(approvalDays, forKey: .approvalDays)
            try container.encode(gates, forKey: .gates)
            guard !risk.isEmpty else { return }
            try container.encode(
                Dictionary(uniqueKeysWithValues: risk.map { ($0.key.rawValue, $0.value) }), forKey: .risk)
        }

        private static func tiers(_ rules: [String: RiskRule]) throws -> [RiskTier: RiskRule] {
            var byTier: [RiskTier: RiskRule] = [:]
            for (name, rule) in rules {
                guard let tier = RiskTier(rawValue: name) else {
                    let known = RiskTier.allCases.map(\.rawValue).joined(separator: ", ")
                    throw DecodingError.dataCorrupted(
                        .init(codingPath: [], debugDescription: "“\(name)” is no tier of risk; those are \(known)"))
                }
                byTier[tier] = rule
            }
            return byTier
        }

        /// The way as models in a tier take it.
        package func asked(of tier: RiskTier?) -> Transition {
            guard let rule = tier.flatMap({ risk[$0] }) else { return self }
            return Transition(
                from: from, to: to, role: role, approvals: max(approvals, rule.approvals),
                authorMayApprove: authorMayApprove, approvalDays: approvalDays, gates: gates + rule.gates)
        }
    }

    /// What is asked besides of models in a tier of risk.
    public struct RiskRule: Hashable, Sendable, Codable {
        /// At least so many must have approved.
        public let approvals: UInt32
        /// What else must be true of the version.
        public let gates: [Gate]

        /// A rule.
        public init(approvals: UInt32 = 0, gates: [Gate] = []) {
            self.approvals = approvals
            self.gates = gates
        }

        /// Decodes a rule; what is not said is not asked.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseMembers(except: ["approvals", "gates"])
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self.init(
                approvals: try container.decodeIfPresent(UInt32.self, forKey: .approvals) ?? 0,
                gates: try container.decodeIfPresent([Gate].self, forKey: .gates) ?? [])
        }
    }

    /// The stages; every version begins in the first.
    public let stages: [Stage]
    /// The ways between them.
    public let transitions: [Transition]

    /// A lifecycle.
    public init(stages: [Stage], transitions: [Transition]) {
        self.stages = stages
        self.transitions = transitions
    }

    /// The stage of this name, or nil.
    public func stage(_ name: StageName) -> Stage? { stages.first { $0.name == name } }

    /// The way from one stage to another, or nil.
    public func transition(from: StageName, to: StageName) -> Transition? {
        transitions.first { $0.from == from && $0.to == to }
    }

    /// The same, but that bytes of versions in `name` are kept at `sites`, or where the project's are; nil when there is no
    /// such stage.
    public func archiving(_ name: StageName, at sites: [SiteName]?) -> Lifecycle? {
        guard stage(name) != nil else { return nil }
        let stages = stages.map { $0.name == name ? Stage(name: name, serves: $0.serves, sites: sites) : $0 }
        return Lifecycle(stages: stages, transitions: transitions)
    }

    /// The stages that name sites, and which.
    package var archives: [StageName: [SiteName]] {
        stages.reduce(into: [:]) { $0[$1.name] = $1.sites }
    }

    /// Where one can go from a stage.
    package func targets(from stage: StageName) -> [StageName] {
        transitions.filter { $0.from == stage }.map(\.to)
    }

    /// Why no project can have it, or nil.
    package var problem: String? {
        let limits = Limits.standard
        guard (1...limits.stages).contains(stages.count) else {
            return "a lifecycle has from 1 to \(limits.stages) stages"
        }
        guard Set(stages.map(\.name.skeleton)).count == stages.count else {
            return "two stages have names that look alike"
        }
        guard stages[0].serves else { return "versions begin in “\(stages[0].name)”, so it must serve" }
        for stage in stages where stage.sites != nil {
            guard !stage.serves else {
                return "“\(stage.name)” serves, so its bytes are where those of the project are; let it name no sites"
            }
            guard stage.sites?.isEmpty == false else { return "“\(stage.name)” keeps bytes nowhere; name a site" }
        }
        guard transitions.count <= limits.transitions else {
            return "a lifecycle has at most \(limits.transitions) transitions"
        }
        var pairs: Set<[StageName]> = []
        for way in transitions {
            let name = "the transition from “\(way.from)” to “\(way.to)”"
            guard stage(way.from) != nil, stage(way.to) != nil else { return "\(name) names a stage that there is not" }
            guard way.from != way.to else { return "\(name) leads nowhere" }
            guard pairs.insert([way.from, way.to]).inserted else { return "\(name) is there twice" }
            guard way.approvals <= 16 else { return "\(name) asks for more than 16 approvals" }
            guard (1...3_650).contains(way.approvalDays) else { return "\(name) has approvals of no or too many days" }
            guard way.gates.count <= limits.gates else { return "\(name) has more than \(limits.gates) gates" }
            if let problem = way.gates.compactMap(\.problem).first { return "\(name): \(problem)" }
            for tier in RiskTier.allCases {
                guard let rule = way.risk[tier] else { continue }
                guard rule.approvals <= 16 else { return "\(name) asks for more than 16 approvals" }
                guard rule.gates.count <= limits.gates else { return "\(name) has more than \(limits.gates) gates" }
                if let problem = rule.gates.compactMap(\.problem).first { return "\(name): \(problem)" }
            }
        }
        return nil
    }
}

/// What must be true of a version for it to move.
public enum Gate: Hashable, Sendable {
    /// No file of it has another verdict than these.
    case verdicts([Verdict])
    /// A metric is on one side of a value.
    case metric(name: String, comparison: Comparison, value: Double)
    /// A metric is not worse than that of the model's newest version in the stage it goes to.
    case incumbent(metric: String)
    /// Its metadata has a member, by its path: `license`, `signature.inputs`.
    case metadata(String)
    /// It has a tag.
    case tag(String)

    /// A side of a value.
    public enum Comparison: String, Hashable, Sendable, Codable, CaseIterable {
        /// More.
        case greater = ">"
        /// As much or more.
        case atLeast = ">="
        /// Less.
        case less = "<"
        /// As much or less.
        case atMost = "<="

        func holds(_ left: Double, _ right: Double) -> Bool {
            switch self {
            case .greater: left > right
            case .atLeast: left >= right
            case .less: left < right
            case .atMost: left <= right
            }
        }
    }

    /// Why no transition can have it, or nil.
    fileprivate var problem: String? {
        switch self {
        case .verdicts(let verdicts): verdicts.isEmpty ? "a gate allows no verdict" : nil
        case .metric(let name, _, let value):
            name.isEmpty || name.utf8.count > 200 || !value.isFinite
                ? "a gate's metric needs a name and a finite value" : nil
        case .incumbent(let name), .metadata(let name), .tag(let name):
            name.isEmpty || name.utf8.count > 200 ? "a gate's name is empty or longer than 200 bytes" : nil
        }
    }

    /// Why `version` does not pass, or nil.
    /// - Parameters:
    ///   - metrics: what was measured, the newest last.
    ///   - incumbent: the same of the version whose place it would take; nil when there is none.
    package func failure(of version: Version, metrics: [Metric], incumbent: [Metric]?) -> String? {
        switch self {
        case .verdicts(let allowed):
            guard let inspection = version.inspection else {
                return allowed.contains(.unknown) ? nil : "its files were registered before files were inspected"
            }
            let file = inspection.files.first { !allowed.contains($0.verdict) }
            return file.map {
                "“\($0.path)” is \($0.verdict.rawValue); allowed are \(allowed.map(\.rawValue).joined(separator: ", "))"
            }
        case .metric(let name, let comparison, let wanted):
            guard let found = metrics.last(where: { $0.name == name }) else { return "it has no metric “\(name)”" }
            return comparison.holds(found.value, wanted)
                ? nil : "its \(name) is \(found.value), not \(comparison.rawValue) \(wanted)"
        case .incumbent(let name): return incumbentFailure(name, metrics, incumbent)
        case .metadata(let path): return version.metadata.member(path) == nil ? "its metadata has no “\(path)”" : nil
        case .tag(let key): return version.tags[key] == nil ? "it has no tag “\(key)”" : nil
        }
    }

    private func incumbentFailure(_ name: String, _ metrics: [Metric], _ incumbent: [Metric]?) -> String? {
        guard let other = incumbent?.last(where: { $0.name == name }) else { return nil }
        guard let found = metrics.last(where: { $0.name == name }) else { return "it has no metric “\(name)”" }
        guard let higher = found.prefersHigher ?? other.prefersHigher else {
            return "it is not known whether more \(name) is better; say higher_is_better"
        }
        let isWorse = higher ? found.value < other.value : found.value > other.value
        return isWorse ? "its \(name) is \(found.value), and that of the version in that stage \(other.value)" : nil
    }
}

extension Decoder {
    /// Throws when an object has a member that it does not know: a slip would loosen a rule.
    func refuseMembers(except known: Set<String>) throws {
        let container = try container(keyedBy: AnyMember.self)
        guard let stranger = container.allKeys.map(\.stringValue).sorted().first(where: { !known.contains($0) }) else {
            return
        }
        throw DecodingError.dataCorrupted(
            .init(codingPath: codingPath, debugDescription: "“\(stranger)” is not known there; check its spelling"))
    }
}

/// A member of any name.
private struct AnyMember: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension JSONValue {
    /// The member at a path of names between dots; nil when it is missing or null.
    fileprivate func member(_ path: String) -> JSONValue? {
        var value = self
        for name in path.split(separator: ".", omittingEmptySubsequences: false) {
            guard case .object(let members) = value, let next = members[String(name)] else { return nil }
            value = next
        }
        return value == .null ? nil : value
    }
}

extension Lifecycle {
    /// What projects have that say nothing else.
    public static let standard: Lifecycle = {
        func name(_ text: String) -> StageName {
            do { return try StageName(text) } catch { preconditionFailure("\(error)") }
        }
        let (draft, candidate, staging, production) = (
            name("draft"), name("candidate"), name("staging"), name("production")
        )
        let (deprecated, retired, archived) = (name("deprecated"), name("retired"), name("archived"))
        return Lifecycle(
            stages: [
                Stage(name: draft), Stage(name: candidate), Stage(name: staging), Stage(name: production),
                Stage(name: deprecated), Stage(name: retired, serves: false), Stage(name: archived, serves: false),
            ],
            transitions: [
                Transition(from: draft, to: candidate), Transition(from: candidate, to: draft),
                Transition(from: candidate, to: staging), Transition(from: staging, to: candidate),
                Transition(
                    from: staging, to: production, role: .steward, approvals: 1,
                    gates: [.verdicts([.safe, .unknown])]),
                Transition(from: production, to: staging, role: .steward),
                Transition(from: production, to: deprecated, role: .steward),
                Transition(from: deprecated, to: production, role: .steward),
                Transition(from: draft, to: retired, role: .steward),
                Transition(from: candidate, to: retired, role: .steward),
                Transition(from: staging, to: retired, role: .steward),
                Transition(from: deprecated, to: retired, role: .steward),
                Transition(from: retired, to: deprecated, role: .steward),
                Transition(from: retired, to: archived, role: .steward),
                Transition(from: archived, to: retired, role: .steward),
            ])
    }()
}
