import ModelCards
import Models
import Registry
import Search
import Storage

extension Catalog {
    /// A model as people look for it; nil when there is none.
    /// - Parameter card: its newest version's card.
    func searchDocument(
        _ project: ProjectName, _ name: ModelName, card: ModelCard?
    ) throws(StorageError) -> SearchDocument? {
        guard let model = try model(project: project, name: name) else { return nil }
        var document = SearchDocument(
            id: .init(project: project.text, model: name.text), updatedAt: model.createdAt.milliseconds,
            createdAt: model.createdAt.milliseconds)
        document.description = model.description
        document.card = card?.text ?? ""
        document.latestVersion = model.latestVersion
        document.numbers["versions"] = Double(model.latestVersion)
        document.facets["alias"] = try aliases(project: project, model: name).map(\.name.text)
        if let risk = try risk(of: project, name) { document.facets["risk"] = [risk.tier.rawValue] }
        guard let version = try newestVersion(project: project, model: name) else {
            return document
        }
        document.add(version, metrics: try metrics(of: version))
        document.facets["stage"] = try stages(of: version)
        if let card { document.add(card) }
        return document
    }

    /// One version as a ranking looks at it: as a model that has no other, without its card.
    func rankedDocument(_ version: Version) throws(StorageError) -> SearchDocument {
        let time = version.createdAt.milliseconds
        var document = SearchDocument(
            id: .init(project: version.project.text, model: version.model.text), updatedAt: time, createdAt: time)
        document.add(version, metrics: try metrics(of: version))
        let lifecycle = try lifecycle(of: version.project)
        document.facets["stage"] = [
            (try stage(of: VersionKey(version))?.stage ?? lifecycle.stages[0].name).text
        ]
        document.facets["alias"] = try aliases(
            project: version.project, model: version.model, naming: version.number
        ).map(\.text)
        return document
    }

    /// The stages that versions of a model are in: that of the newest, and all that any was moved to.
    private func stages(of newest: Version) throws(StorageError) -> [String] {
        let lifecycle = try lifecycle(of: newest.project)
        let own = try stage(of: VersionKey(newest))?.stage ?? lifecycle.stages[0].name
        var stages = [own.text]
        for stage in lifecycle.stages where stage.name != own {
            if try hasVersion(of: newest.model, in: newest.project, at: stage.name) { stages.append(stage.name.text) }
        }
        return stages
    }
}

extension SearchDocument {
    fileprivate mutating func add(_ version: Version, metrics: [Metric]) {
        updatedAt = max(updatedAt, version.createdAt.milliseconds)
        if description.isEmpty { description = version.message }
        tags = version.tags.map { $0.value.isEmpty ? $0.key : "\($0.key)=\($0.value)" }.sorted()
        facets["owner"] = [version.createdBy.text]
        numbers["size"] = Double(version.size)
        numbers["files"] = Double(version.files.count)
        for metric in metrics { numbers["metrics.\(metric.name)"] = metric.value }
        add(version.metadata)
        if let inspection = version.inspection { add(inspection) }
        // What is written wrongly was refused, or is older than lineages.
        // Probe: a lineage that cannot be read is none.
        for link in (try? Lineage.links(in: version.metadata)) ?? [] {
            guard let name = link.thing.name ?? link.thing.uri ?? link.thing.digest?.description else { continue }
            switch link.thing.kind {
            // Of a version, the model: likenesses are between models.
            case .version: facets["base_model", default: []].append(String(name.prefix { $0 != ":" }))
            case .model: facets["base_model", default: []].append(name)
            case .dataset: facets["dataset", default: []].append(name)
            case .run, .deployment: break
            }
        }
    }

    /// What the card says, where the metadata says nothing.
    fileprivate mutating func add(_ model: ModelCard) {
        if let heading = model.title, heading != title { title += " \(heading)" }
        if description.isEmpty, let summary = model.summary { description = summary }
        let facts = CardFacts(model.frontMatter)
        let told: KeyValuePairs<String, [String]> = [
            "license": [facts.license].compactMap { $0 }, "task": [facts.task].compactMap { $0 },
            "library": [facts.libraryName].compactMap { $0 }, "language": facts.languages, "dataset": facts.datasets,
            "base_model": facts.baseModels,
        ]
        for (facet, values) in told where facets[facet, default: []].isEmpty { facets[facet] = values }
        facets["tag", default: []] += facts.tags
        for result in facts.results where numbers["metrics.\(result.metric)"] == nil {
            numbers["metrics.\(result.metric)"] = result.value
        }
    }

    private mutating func add(_ metadata: JSONValue) {
        guard case .object(let members) = metadata else { return }
        for (key, facet) in Self.facetMembers {
            guard let value = members[key] else { continue }
            facets[facet, default: []] += value.texts
        }
        for key in Self.textMembers {
            for text in members[key]?.texts ?? [] { card += "\n\(text)" }
        }
        if description.isEmpty, let text = members["description"]?.text { description = text }
    }

    private mutating func add(_ inspection: Models.Inspection) {
        facets["format"] = Set(inspection.files.map(\.format)).sorted()
        facets["dtype"] = inspection.elements.keys.sorted()
        facets["verdict"] = Set(inspection.files.map(\.verdict.rawValue)).sorted()
        if let parameters = inspection.parameters { numbers["parameters"] = Double(parameters) }
        guard facets["architecture"] == nil else { return }
        let found = ["general.architecture", "model_type"].compactMap { inspection.attributes[$0] }
        if let architecture = found.first { facets["architecture"] = [architecture] }
    }

    /// Members of metadata that are facets, and which.
    private static let facetMembers: KeyValuePairs<String, String> = [
        "task": "task", "pipeline_tag": "task", "framework": "framework", "library": "library",
        "library_name": "library", "license": "license", "language": "language", "languages": "language",
        "architecture": "architecture", "tags": "tag",
    ]
    /// Members of metadata that are read as text.
    private static let textMembers = [
        "summary", "intended_use", "use_cases", "assumptions", "limitations", "risks",
    ]
}

extension JSONValue {
    /// A text, or the texts of a list.
    var texts: [String] {
        switch self {
        case .string(let text): [text]
        case .array(let values): values.compactMap(\.text)
        default: []
        }
    }
}
