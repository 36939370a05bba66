import Inspection
import ModelCards
package import Models
import Storage

/// Cards as people ask for them.
extension RegistryService {
    /// A version's card, and whether it says what the metadata says.
    package func card(of version: Version) async throws(ServiceError) -> CardDescription {
        guard let file = version.card else {
            throw .notFound("\(version.project)/\(version.model):\(version.number) has no README.md")
        }
        let bytes: [UInt8]
        do throws(InspectionError) { bytes = try await cardBytes(file, of: version.project) } catch {
            throw .bytesUnavailable("the card could not be read: \(error)")
        }
        return CardDescription(bytes, file.path, version)
    }

    /// As much of a card as is ever read.
    func cardBytes(_ file: FileEntry, of project: ProjectName) async throws(InspectionError) -> [UInt8] {
        try await UploadedBytes(service: self, file: ProjectFile(project: project, file: file))
            .read(0..<min(file.size, Self.mostCardBytes))
    }

    /// Front matter and a text beyond which nothing is taken.
    private static let mostCardBytes: UInt64 = 256 << 10
}

extension CardDescription {
    /// Reads a card; one whose front matter is refused has a problem and a body.
    fileprivate init(_ bytes: [UInt8], _ path: FilePath, _ version: Version) {
        var problems: [String] = []
        let card: ModelCard
        do { card = try ModelCard(reading: bytes) } catch {
            problems.append("\(error)")
            card = ModelCard(readingBodyOf: bytes)
        }
        let facts = CardFacts(card.frontMatter)
        problems += facts.notes.map { "\($0.path): \($0.sentence)" }
        // `other` is Hugging Face's own, and leads to a name.
        if let license = facts.license, license != "other", let problem = LicenceExpression.problem(of: license) {
            problems.append("license \(problem)")
        }
        self.init(
            path: path, title: card.title, summary: card.summary, frontMatter: .object(card.frontMatter),
            problems: problems, differences: CardAgreement(facts, version).differences)
    }
}

/// Holds what a card says against what metadata says.
private struct CardAgreement {
    private(set) var differences: [CardDescription.Difference] = []

    init(_ facts: CardFacts, _ version: Version) {
        guard case .object(let members) = version.metadata else { return }
        compare("license", [facts.license].compactMap { $0 }, members, "license")
        compare("task", [facts.task].compactMap { $0 }, members, "task", "pipeline_tag")
        compare("library", [facts.libraryName].compactMap { $0 }, members, "library", "library_name")
        compare("language", facts.languages, members, "language", "languages")
        // Probe: what is written wrongly was refused, or is older than lineages.
        let links = (try? Lineage.links(in: version.metadata)) ?? []
        compare("lineage.datasets", facts.datasets, links.names(of: [.dataset]))
        compare("lineage.base_models", facts.baseModels, links.names(of: [.version, .model]))
        compare(facts.results, Metric.all(in: version.metadata))
    }

    private mutating func compare(
        _ name: String, _ card: [String], _ members: [String: JSONValue], _ keys: String...
    ) {
        compare(name, card, keys.lazy.compactMap { members[$0]?.texts }.first { !$0.isEmpty } ?? [])
    }

    /// What only one of them says is no difference.
    private mutating func compare(_ name: String, _ card: [String], _ metadata: [String]) {
        guard !card.isEmpty, !metadata.isEmpty,
            Set(card.map { $0.lowercased() }) != Set(metadata.map { $0.lowercased() })
        else { return }
        differences.append(
            .init(name: name, card: card.joined(separator: ", "), metadata: metadata.joined(separator: ", ")))
    }

    private mutating func compare(_ results: [CardResult], _ metrics: [Metric]) {
        for result in results {
            let same = metrics.first { metric in
                [result.metric, result.metricType].contains(metric.name)
                    && (metric.dataset == nil || result.dataset == nil || metric.dataset == result.dataset)
                    && (metric.split == nil || result.split == nil || metric.split == result.split)
            }
            guard let same, abs(same.value - result.value) > 1e-9 * max(1, abs(same.value)) else { continue }
            differences.append(
                .init(name: "metrics.\(same.name)", card: "\(result.value)", metadata: "\(same.value)"))
        }
    }
}

extension [LineageLink] {
    /// What is named of some kinds; of versions, `project/model`.
    fileprivate func names(of kinds: Set<LineageThing.Kind>) -> [String] {
        compactMap { link in
            guard kinds.contains(link.thing.kind), let name = link.thing.name else { return nil }
            return link.thing.kind == .version ? String(name.prefix { $0 != ":" }) : name
        }
    }
}
