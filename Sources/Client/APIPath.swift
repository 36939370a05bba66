import Models

/// The path and query of a request below `/api/v1`, percent-encoded.
struct APIPath: Hashable, Sendable, CustomStringConvertible {
    /// The encoded text, beginning with `/`.
    private(set) var description: String

    /// The path of these components; a `/` within one is encoded.
    init(_ components: String...) {
        description = components.map { "/" + PercentEncoding.encode($0) }.joined()
    }

    /// The path with further components below.
    func appending(_ components: some Sequence<String>) -> APIPath {
        var path = self
        path.description += components.map { "/" + PercentEncoding.encode($0) }.joined()
        return path
    }

    /// The path with a query of those of `items` that have a value.
    func query(_ items: KeyValuePairs<String, String?>) -> APIPath {
        var path = self
        let pairs = items.compactMap { name, value in
            value.map { "\(PercentEncoding.encode(name))=\(PercentEncoding.encode($0))" }
        }
        if !pairs.isEmpty { path.description += "?" + pairs.joined(separator: "&") }
        return path
    }
}

extension APIPath {
    /// A project.
    static func project(_ project: ProjectName) -> APIPath { APIPath("projects", project.text) }

    /// A model.
    static func model(_ project: ProjectName, _ model: ModelName) -> APIPath {
        APIPath("projects", project.text, "models", model.text)
    }

    /// A version.
    static func version(_ reference: ModelReference) -> APIPath {
        model(reference.project, reference.model)
            .appending(["versions", (reference.selector ?? .latest).description])
    }

    /// A file of a version.
    static func file(_ path: FilePath, of reference: ModelReference) -> APIPath {
        version(reference).appending(["files"]).appending(path.components.map { String($0) })
    }

    /// The chunks of a version's files.
    static func chunks(of reference: ModelReference) -> APIPath { version(reference).appending(["chunks"]) }

    /// A staged file.
    static func upload(_ digest: Digest, to project: ProjectName) -> APIPath {
        APIPath("projects", project.text, "uploads", digest.description)
    }

    /// An alias.
    static func alias(_ project: ProjectName, _ model: ModelName, _ alias: AliasName) -> APIPath {
        .model(project, model).appending(["aliases", alias.text])
    }
}
