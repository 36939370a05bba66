/// What the registry knows of a version, in the sections of the technical documentation that Annex IV of Regulation (EU)
/// 2024/1689 asks for, and what nobody has told it. It is a start for those who write that documentation, not the
/// documentation.
public struct ComplianceReport: Hashable, Sendable, Codable {
    /// Something that a section asks for.
    public struct Item: Hashable, Sendable, Codable {
        /// What is asked for.
        public let name: String
        /// What is known of it; empty when nothing is.
        public let values: [String]
        /// Where that is from, or where it would be: `metadata.intended_use`, `lineage`, `README.md`…
        public let source: String

        init(_ name: String, _ values: [String], from source: String) {
            self.name = name
            self.values = values
            self.source = source
        }
    }

    /// A section of the annex.
    public struct Section: Hashable, Sendable, Codable {
        /// Its number.
        public let number: Int
        /// Its title.
        public let title: String
        /// What it asks for.
        public let items: [Item]
    }

    /// The project.
    public let project: ProjectName
    /// The model.
    public let model: ModelName
    /// The version's number.
    public let version: UInt64
    /// The version's digest.
    public let digest: Digest
    /// The sections, in their order.
    public let sections: [Section]
    /// Where what is missing would be told, in the order of the sections.
    public let missing: [String]

    /// What else is known of a version.
    package struct Facts: Sendable {
        /// Where it stands.
        package var stage: VersionStage?
        /// How it came there.
        package var moves: [StageMove] = []
        /// What was measured later.
        package var evaluations: [Evaluation] = []
        /// What it is made of.
        package var lineage: LineageGraph
        /// Where it serves.
        package var deployments: [Deployment] = []
        /// What recalls it falls under.
        package var recalls: [Recall] = []
        /// In which tier of risk its model is.
        package var risk: RiskAssessment?

        /// What is known but for the lineage: nothing yet.
        package init(lineage: LineageGraph) { self.lineage = lineage }
    }

    /// Collects what is known.
    package init(_ version: Version, _ facts: Facts) {
        project = version.project
        model = version.model
        self.version = version.number
        digest = version.digest
        let source = ReportSource(version: version, facts: facts)
        sections = [
            Section(number: 1, title: "General description", items: source.generalDescription),
            Section(number: 2, title: "Elements and development", items: source.development),
            Section(number: 3, title: "Monitoring, functioning and control", items: source.control),
            Section(number: 4, title: "Appropriateness of the performance metrics", items: source.metrics),
            Section(number: 5, title: "Risk management", items: source.risks),
            Section(number: 6, title: "Changes through the lifecycle", items: source.changes),
            Section(number: 7, title: "Standards applied", items: [source.told("standards", "standards")]),
            Section(
                number: 8, title: "EU declaration of conformity",
                items: [source.told("declaration", "declaration_of_conformity")]),
            Section(
                number: 9, title: "Post-market monitoring", items: [source.told("plan", "post_market_monitoring")]),
        ]
        missing = sections.flatMap(\.items).filter(\.values.isEmpty).map(\.source)
    }
}

/// Where the items of a report are from.
private struct ReportSource {
    let version: Version
    let facts: ComplianceReport.Facts

    typealias Item = ComplianceReport.Item

    /// A member of the metadata.
    func told(_ name: String, _ member: String) -> Item {
        guard case .object(let members) = version.metadata, let value = members[member] else {
            return Item(name, [], from: "metadata.\(member)")
        }
        return Item(name, value.reportTexts, from: "metadata.\(member)")
    }

    var generalDescription: [Item] {
        return [
            told("intended purpose", "intended_use"),
            Item("provider", ["registered by \(version.createdBy) at \(version.createdAt)"], from: "registration"),
            Item(
                "version", ["\(version.project)/\(version.model):\(version.number), sha256:\(version.digest)"],
                from: "registration"),
            told("business use", "use_cases"), told("software", "dependencies"), told("framework", "framework"),
            told("hardware", "hardware"), told("input and output", "signature"),
            Item("instructions for use", version.card.map { [$0.path.text] } ?? [], from: "README.md"),
        ]
    }

    var development: [Item] {
        let inspection = version.inspection
        let architectures = ["general.architecture", "model_type"].compactMap { inspection?.attributes[$0] }
        let architecture = told("architecture", "architecture")
        let verdicts = Set(inspection?.files.map { "\($0.format): \($0.verdict.rawValue)" } ?? []).sorted()
        return [
            architecture.values.isEmpty ? Item("architecture", architectures, from: architecture.source) : architecture,
            Item("parameters", inspection?.parameters.map { ["\($0)"] } ?? [], from: "inspection"),
            Item("made of", things(.version) + things(.model), from: "lineage.base_models"),
            Item("data sets", things(.dataset), from: "lineage.datasets"),
            Item("training run", things(.run), from: "lineage.training_run"),
            told("data requirements", "data_requirements"), told("assumptions", "assumptions"),
            told("human oversight", "human_oversight"),
            Item("validation and testing", measured, from: "metadata.metrics"),
            Item("inspection of files", verdicts, from: "inspection"),
        ]
    }

    private func things(_ kind: LineageThing.Kind) -> [String] {
        facts.lineage.nodes.dropFirst().map(\.thing).filter { $0.kind == kind }.map { $0.name ?? $0.uri ?? $0.id }
    }

    private var measured: [String] {
        let later = facts.evaluations.flatMap { one in one.metrics.map { ($0, " (\(one.by), \(one.at))") } }
        return (Metric.all(in: version.metadata).map { ($0, "") } + later).map { metric, origin in
            let data = [metric.dataset, metric.split].compactMap { $0 }.joined(separator: ", ")
            return
                "\(metric.name) \(metric.value)\(metric.unit.map { " \($0)" } ?? "")\(data.isEmpty ? "" : " on \(data)")\(origin)"
        }
    }

    var control: [Item] {
        [
            told("limitations", "limitations"),
            Item(
                "serves at", facts.deployments.map { "\($0.name) \($0.environment) \($0.uri)" }, from: "deployments"),
        ]
    }

    var metrics: [Item] { [told("why these metrics", "metrics_rationale")] }

    var risks: [Item] {
        [
            told("risks", "risks"),
            Item(
                "tier of risk",
                facts.risk.map { ["\($0.tier.rawValue), said \($0.by) at \($0.at): \($0.reason)"] } ?? [],
                from: "risk"),
            Item(
                "recalls", facts.recalls.isEmpty ? ["none"] : facts.recalls.map { "\($0.thing): \($0.reason)" },
                from: "recalls"),
        ]
    }

    var changes: [Item] {
        let moves = facts.moves.map { move in
            let approved = move.approvedBy.map(\.text).joined(separator: ", ")
            return
                "\(move.at): \(move.from) to \(move.to) by \(move.by)\(approved.isEmpty ? "" : ", approved by \(approved)")"
        }
        let previous =
            version.number > 1 ? ["\(version.project)/\(version.model):\(version.number - 1)"] : ["it is the first"]
        return [
            Item("version before", previous, from: "registration"),
            Item("why this version", version.message.isEmpty ? [] : [version.message], from: "message"),
            Item("stage", [facts.stage?.stage.text].compactMap { $0 } + moves, from: "stage"),
        ]
    }
}

extension JSONValue {
    /// A value for a reader: texts, or lists of them; of anything else that it is there.
    fileprivate var reportTexts: [String] {
        switch self {
        case .string(let text): text.isEmpty ? [] : [text]
        case .integer(let value): ["\(value)"]
        case .number(let value): ["\(value)"]
        case .bool(let value): [value ? "yes" : "no"]
        case .array(let values): values.flatMap(\.reportTexts)
        case .object(let members):
            members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                .map { "\($0.key): \($0.value.reportTexts.joined(separator: ", "))" }
        case .null: []
        }
    }
}
