/// What a search found.
public struct SearchResults: Hashable, Sendable, Codable {
    /// A model that was found.
    public struct Hit: Hashable, Sendable, Codable {
        /// The project.
        public let project: ProjectName
        /// The model.
        public let model: ModelName
        /// The number of its newest version.
        public let latestVersion: UInt64
        /// A piece of its text, with `**` around what matched.
        public let snippet: String
        /// When it last changed.
        public let updatedAt: Timestamp

        enum CodingKeys: String, CodingKey {
            case project, model, snippet
            case latestVersion = "latest_version"
            case updatedAt = "updated_at"
        }

        /// A hit.
        package init(
            project: ProjectName, model: ModelName, latestVersion: UInt64, snippet: String, updatedAt: Timestamp
        ) {
            self.project = project
            self.model = model
            self.latestVersion = latestVersion
            self.snippet = snippet
            self.updatedAt = updatedAt
        }
    }

    /// The values that models which were found have of something.
    public struct Facet: Hashable, Sendable, Codable {
        /// A value.
        public struct Value: Hashable, Sendable, Codable {
            /// The value.
            public let value: String
            /// How many of the models have it.
            public let count: Int

            /// A value.
            package init(value: String, count: Int) {
                self.value = value
                self.count = count
            }
        }

        /// What: `task`, `framework`, `stage`…
        public let name: String
        /// The most frequent values.
        public let values: [Value]
        /// How many values there are.
        public let distinct: Int

        /// Counted values.
        package init(name: String, values: [Value], distinct: Int) {
            self.name = name
            self.values = values
            self.distinct = distinct
        }
    }

    /// The models of this page.
    public let hits: [Hit]
    /// How many there are in all.
    public let total: Int
    /// Whether there may be more than `total`.
    public let isLowerBound: Bool
    /// What was asked to be counted.
    public let facets: [Facet]
    /// What was searched for in the stead of words that nothing has.
    public let corrected: [String: String]
    /// What to pass as `cursor` for the next page; nil when this is the last.
    public let next: String?
    /// The index of the log through which the node's search index knows everything.
    public let index: UInt64

    enum CodingKeys: String, CodingKey {
        case hits, total, facets, corrected, next, index
        case isLowerBound = "is_lower_bound"
    }

    /// What was found.
    package init(
        hits: [Hit], total: Int, isLowerBound: Bool, facets: [Facet], corrected: [String: String], next: String?,
        index: UInt64
    ) {
        self.hits = hits
        self.total = total
        self.isLowerBound = isLowerBound
        self.facets = facets
        self.corrected = corrected
        self.next = next
        self.index = index
    }
}

/// A model like another one.
public struct SimilarModelDescription: Hashable, Sendable, Codable {
    /// The project.
    public let project: ProjectName
    /// The model.
    public let model: ModelName
    /// Why, in words: what both have.
    public let reasons: [String]

    /// A similar model.
    package init(project: ProjectName, model: ModelName, reasons: [String]) {
        self.project = project
        self.model = model
        self.reasons = reasons
    }
}
