/// One model, as people look for it: what its newest version says, with the stages and aliases of all its versions.
///
/// What is larger than `SearchLimits` allows is cut, not refused: a long card must not keep its model from being found.
package struct SearchDocument: Hashable, Sendable {
    /// Which model it is.
    package struct ID: Hashable, Sendable, CustomStringConvertible {
        /// The project's name.
        package var project: String
        /// The model's name within the project.
        package var model: String

        package var description: String { "\(project)/\(model)" }

        /// Names a model.
        package init(project: String, model: String) {
            self.project = project
            self.model = model
        }
    }

    /// Which model it is.
    package var id: ID
    /// What people call it; often the model's name.
    package var title: String
    /// A sentence or two.
    package var description = ""
    /// The card's text.
    package var card = ""
    /// Free tags; found as words and as the facet `tag`.
    package var tags: [String] = []
    /// Values by facet: `task`, `framework`, `license`, `stage`, … or a project's own. Keys are compared in lower case.
    package var facets: [String: [String]] = [:]
    /// Numbers by key: `metrics.f1`, `size` in bytes, `parameters`, `versions`, … What is not finite is left out.
    package var numbers: [String: Double] = [:]
    /// When the model last changed, in milliseconds since 1970.
    package var updatedAt: Int64
    /// When the model was made, in milliseconds since 1970.
    package var createdAt: Int64
    /// Number of the newest version.
    package var latestVersion: UInt64 = 0
    /// The project whose readers may see it. A search whose scope leaves this name out does not find it.
    package var visibilityProject: String

    /// A document with a name and times, visible to the readers of its own project.
    package init(id: ID, title: String? = nil, updatedAt: Int64, createdAt: Int64) {
        self.id = id
        self.title = title ?? id.model
        self.updatedAt = updatedAt
        self.createdAt = createdAt
        visibilityProject = id.project
    }
}

/// A step that the index takes after the log.
package enum SearchChange: Hashable, Sendable {
    /// The model is new or is now like this.
    case upsert(SearchDocument)
    /// The model is gone. Nothing happens when it is not there.
    case remove(SearchDocument.ID)
    /// The project is gone, with all its models.
    case removeProject(String)
}
