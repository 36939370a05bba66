/// A document's text as the columns of the full-text table, cut to the limits and without control characters.
struct IndexedText: Hashable, Sendable {
    var name: String
    var tags: String
    var description: String
    var card: String

    var columns: [String] { [name, tags, description, card] }

    init(name: String, tags: String, description: String, card: String) {
        self.name = name
        self.tags = tags
        self.description = description
        self.card = card
    }

    /// The tags' column also has the project and the facets' values, so that “pytorch” finds what its text calls
    /// nothing.
    init(_ document: SearchDocument, facets: [(key: String, value: String)], limits: SearchLimits) {
        let title = IndexedText.clean(document.title, bytes: limits.titleBytes)
        name = title == document.id.model ? title : "\(document.id.model) \(title)"
        let words = facets.filter { !IndexedText.silent.contains($0.key) }.map(\.value)
        tags = (words + [document.id.project]).joined(separator: " · ")
        description = IndexedText.clean(document.description, bytes: limits.descriptionBytes)
        card = IndexedText.clean(document.card, bytes: limits.cardBytes)
    }

    /// Facets whose values are no words about the model.
    private static let silent: Set<String> = ["alias", "stage", "project"]

    /// At most so many bytes, cut between characters, with spaces for control characters.
    static func clean(_ text: String, bytes limit: Int) -> String {
        if text.utf8.count <= limit, !text.utf8.contains(where: isControl) { return text }
        var bytes = Array(text.utf8.prefix(limit + 1))
        if bytes.count > limit {
            while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
        }
        for index in bytes.indices where isControl(bytes[index]) { bytes[index] = 0x20 }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }
}
