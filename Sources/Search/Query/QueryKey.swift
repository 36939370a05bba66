/// What stands before `:`, `<`, `=` or `>`.
enum QueryKey: Hashable, Sendable {
    case column(SearchQuery.Term.Column)
    case time(SearchQuery.TimeFilter.Field)
    /// A number with the units it takes.
    case number(String, Unit)
    case facet(String)
    /// A facet or a number of a project's own.
    case unknown(String)

    /// What letters after a number mean.
    enum Unit: Hashable, Sendable {
        case bytes
        /// K, M, B, T; also of metrics, with `%`.
        case count
    }

    init(_ written: String) {
        let name = QueryKey.canonical(written)
        if let column = SearchQuery.Term.Column(rawValue: name) {
            self = .column(column)
        } else if let field = SearchQuery.TimeFilter.Field(rawValue: name) {
            self = .time(field)
        } else if name == "size" {
            self = .number(name, .bytes)
        } else if name == "parameters" || name == "versions" || name.hasPrefix("metrics.") {
            self = .number(name, .count)
        } else {
            self = QueryKey.facets.contains(name) ? .facet(name) : .unknown(name)
        }
    }

    /// The name that documents use for what people write in several ways.
    static func canonical(_ written: String) -> String {
        let key = written.lowercased()
        if key.hasPrefix("metric.") { return "metrics." + key.dropFirst(7) }
        return aliases[key] ?? key
    }

    private static let facets: Set<String> = [
        "project", "tag", "task", "framework", "architecture", "license", "language", "library", "stage", "alias",
        "format", "base_model", "dataset", "owner",
    ]

    private static let aliases: [String: String] = [
        "licence": "license", "licences": "license", "licenses": "license", "lib": "library", "libs": "library",
        "libraries": "library", "lang": "language", "languages": "language", "arch": "architecture",
        "architectures": "architecture", "base": "base_model", "base-model": "base_model", "basemodel": "base_model",
        "base_models": "base_model", "datasets": "dataset", "data": "dataset", "tags": "tag", "tasks": "task",
        "frameworks": "framework", "stages": "stage", "aliases": "alias", "formats": "format", "owners": "owner",
        "author": "owner", "projects": "project", "model": "name", "title": "name", "readme": "card", "text": "card",
        "params": "parameters", "parameter": "parameters", "version": "versions", "bytes": "size",
        "modified": "updated", "changed": "updated", "updated_at": "updated", "created_at": "created",
    ]
}
