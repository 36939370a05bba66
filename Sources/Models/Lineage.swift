/// Something that versions are made of, or that serves them. It may lie in another registry, or in none.
public struct LineageThing: Hashable, Sendable, Codable {
    /// What it is.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// A version of this registry: `project/model:3`.
        case version
        /// A model of somewhere else.
        case model
        /// A data set.
        case dataset
        /// A training run.
        case run
        /// A place that serves a version.
        case deployment
    }

    /// What it is.
    public let kind: Kind
    /// What it is called; of a version its reference.
    public let name: String?
    /// SHA-256 of its content, where that is known.
    public let digest: Digest?
    /// Where it is.
    public let uri: String?

    /// A thing, which has a name, a digest or a place.
    package init(_ kind: Kind, name: String? = nil, digest: Digest? = nil, uri: String? = nil) {
        self.kind = kind
        self.name = name
        self.digest = digest
        self.uri = uri
    }

    /// A version of this registry.
    package init(project: ProjectName, model: ModelName, number: UInt64) {
        self.init(.version, name: "\(project)/\(model):\(number)")
    }

    /// Every text by which it is found, the most exact first: `version:acme/base:3`, `dataset:digest:HEX`,
    /// `dataset:name:squad`, `model:uri:https://…`.
    package var identities: [String] {
        if kind == .version { return ["version:\(name ?? "")"] }
        return [digest.map { "digest:\($0)" }, uri.map { "uri:\($0)" }, name.map { "name:\($0)" }].compactMap { $0 }
            .map { "\(kind.rawValue):\($0)" }
    }

    /// The first of `identities`.
    public var id: String { identities.first ?? kind.rawValue }

    /// Reads what `identities` has; nil for anything else.
    public init?(id text: String) {
        guard let colon = text.firstIndex(of: ":"), let kind = Kind(rawValue: String(text[..<colon])) else {
            return nil
        }
        let rest = text[text.index(after: colon)...]
        guard !rest.isEmpty, rest.utf8.count <= Limits.standard.lineageTextBytes else { return nil }
        if kind == .version {
            // Probe: what is no reference to a version is none of these texts.
            guard let reference = try? ModelReference(String(rest)), case .number = reference.selector else {
                return nil
            }
            self.init(.version, name: reference.description)
            return
        }
        guard let mark = rest.firstIndex(of: ":") else { return nil }
        let value = String(rest[rest.index(after: mark)...])
        switch rest[..<mark] {
        case "digest":
            guard let digest = Digest(value) else { return nil }
            self.init(kind, digest: digest)
        case "uri" where !value.isEmpty: self.init(kind, uri: value)
        case "name" where !value.isEmpty: self.init(kind, name: value)
        default: return nil
        }
    }
}

/// One thing that a version is made of, and how.
public struct LineageLink: Hashable, Sendable {
    /// How a version comes from another model.
    package static let modelRelations = ["adapter", "converted", "distilled", "finetune", "merge", "quantized"]
    /// What a data set was for.
    package static let datasetRoles = ["evaluation", "test", "training", "validation"]

    /// The thing.
    public let thing: LineageThing
    /// `finetune`, `training`, `run`…
    public let relation: String

    /// Something that a version is made of.
    package init(_ thing: LineageThing, _ relation: String) {
        self.thing = thing
        self.relation = relation
    }
}

/// A lineage that is not written as it should be.
package struct InvalidLineage: Error, Hashable, CustomStringConvertible {
    /// The member, and what it should be.
    package let description: String

    init(_ place: String, _ problem: String) { description = "\(place) \(problem)" }
}

/// Reads the member `lineage` of metadata:
///
///     {"base_models": [{"version": "acme/base:3", "relation": "finetune"},
///                      {"uri": "https://hub.example/bert", "digest": "…", "relation": "adapter"}],
///      "datasets": [{"name": "squad", "digest": "…", "uri": "…", "role": "training"}],
///      "training_run": {"id": "run-7", "uri": "…"}}
package enum Lineage {
    /// The links that `metadata` tells of, in its order; none when it has no `lineage`.
    package static func links(in metadata: JSONValue) throws(InvalidLineage) -> [LineageLink] {
        guard case .object(let members) = metadata, let lineage = members["lineage"] else { return [] }
        return try links(of: lineage)
    }

    /// The links of a lineage.
    package static func links(of lineage: JSONValue) throws(InvalidLineage) -> [LineageLink] {
        let members = try Members(lineage, at: "lineage", known: ["base_models", "datasets", "training_run"])
        var links: [LineageLink] = []
        for item in try members.list("base_models") {
            let model = try Members(
                item.value, at: item.place, known: ["version", "name", "digest", "uri", "relation"])
            links.append(
                LineageLink(try model.baseModel(), try model.word("relation", of: LineageLink.modelRelations)))
        }
        for item in try members.list("datasets") {
            let dataset = try Members(item.value, at: item.place, known: ["name", "digest", "uri", "role"])
            links.append(
                LineageLink(try dataset.thing(.dataset), try dataset.word("role", of: LineageLink.datasetRoles)))
        }
        if let value = members["training_run"] {
            let run = try Members(value, at: "lineage.training_run", known: ["id", "uri"])
            guard let id = try run.text("id") else { throw InvalidLineage("lineage.training_run.id", "is missing") }
            links.append(LineageLink(LineageThing(.run, name: id, uri: try run.text("uri")), "run"))
        }
        guard links.count <= Limits.standard.lineageLinks else {
            throw InvalidLineage(
                "lineage", "names \(links.count) things; at most \(Limits.standard.lineageLinks) are allowed")
        }
        return links
    }
}

/// The members of an object, read with errors that name the place.
private struct Members {
    private let members: [String: JSONValue]
    private let place: String

    init(_ value: JSONValue, at place: String, known: [String]) throws(InvalidLineage) {
        guard case .object(let members) = value else { throw InvalidLineage(place, "must be an object") }
        if let stranger = members.keys.sorted().first(where: { !known.contains($0) }) {
            throw InvalidLineage("\(place).\(stranger)", "is not known there; write \(known.joined(separator: ", "))")
        }
        self.members = members
        self.place = place
    }

    subscript(_ name: String) -> JSONValue? { members[name] }

    func list(_ name: String) throws(InvalidLineage) -> [(value: JSONValue, place: String)] {
        guard let value = members[name] else { return [] }
        guard case .array(let items) = value else { throw InvalidLineage("\(place).\(name)", "must be a list") }
        return items.enumerated().map { ($1, "\(place).\(name)[\($0)]") }
    }

    func text(_ name: String) throws(InvalidLineage) -> String? {
        guard let value = members[name] else { return nil }
        guard case .string(let text) = value, !text.isEmpty else {
            throw InvalidLineage("\(place).\(name)", "must be a text")
        }
        guard text.utf8.count <= Limits.standard.lineageTextBytes else {
            throw InvalidLineage("\(place).\(name)", "is longer than \(Limits.standard.lineageTextBytes) bytes")
        }
        return text
    }

    func word(_ name: String, of words: [String]) throws(InvalidLineage) -> String {
        guard let word = try text(name), words.contains(word) else {
            throw InvalidLineage("\(place).\(name)", "must be one of \(words.joined(separator: ", "))")
        }
        return word
    }

    func thing(_ kind: LineageThing.Kind) throws(InvalidLineage) -> LineageThing {
        var digest: Digest?
        if let text = try text("digest") {
            guard let read = Digest(text) else {
                throw InvalidLineage("\(place).digest", "must be a SHA-256 digest: 64 hexadecimal digits")
            }
            digest = read
        }
        let thing = LineageThing(kind, name: try text("name"), digest: digest, uri: try text("uri"))
        guard !thing.identities.isEmpty else { throw InvalidLineage(place, "needs a name, a digest or a uri") }
        return thing
    }

    func baseModel() throws(InvalidLineage) -> LineageThing {
        guard let text = try text("version") else { return try thing(.model) }
        guard members["name"] == nil, members["digest"] == nil, members["uri"] == nil else {
            throw InvalidLineage(place, "has a version of this registry, which needs no name, digest or uri")
        }
        guard let thing = LineageThing(id: "version:\(text)") else {
            throw InvalidLineage("\(place).version", "must be PROJECT/MODEL:N")
        }
        return thing
    }
}

extension LineageThing: CanonicalCodable {
    package func encode(to writer: inout CanonicalWriter) {
        writer.write(kind.rawValue)
        writer.write(name) { $0.write($1) }
        writer.write(digest) { $0.write($1) }
        writer.write(uri) { $0.write($1) }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let text = try reader.readString()
        guard let kind = Kind(rawValue: text) else { throw .invalid("“\(text)” is not a kind of thing") }
        self.kind = kind
        name = try reader.readOptional { (reader) throws(CanonicalError) in try reader.readString() }
        digest = try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() }
        uri = try reader.readOptional { (reader) throws(CanonicalError) in try reader.readString() }
    }
}
