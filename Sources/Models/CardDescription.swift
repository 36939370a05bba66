/// A version's card, its README.md, and whether it says the same as the version's metadata.
public struct CardDescription: Hashable, Sendable, Codable {
    /// Something that card and metadata say differently.
    public struct Difference: Hashable, Sendable, Codable {
        /// What it is about, by its word in the metadata: `license`, `metrics.f1`…
        public let name: String
        /// What the card says.
        public let card: String
        /// What the metadata says.
        public let metadata: String

        /// A difference.
        package init(name: String, card: String, metadata: String) {
            self.name = name
            self.card = card
            self.metadata = metadata
        }
    }

    /// The file.
    public let path: FilePath
    /// Its first heading.
    public let title: String?
    /// Its first paragraph.
    public let summary: String?
    /// What its front matter says.
    public let frontMatter: JSONValue
    /// What in it is not as Hugging Face or SPDX have it.
    public let problems: [String]
    /// What card and metadata say differently. What only one of them says is none.
    public let differences: [Difference]

    enum CodingKeys: String, CodingKey {
        case path, title, summary, problems, differences
        case frontMatter = "front_matter"
    }

    /// A card as it was read.
    package init(
        path: FilePath, title: String?, summary: String?, frontMatter: JSONValue, problems: [String],
        differences: [Difference]
    ) {
        self.path = path
        self.title = title
        self.summary = summary
        self.frontMatter = frontMatter
        self.problems = problems
        self.differences = differences
    }
}
