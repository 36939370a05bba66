package import Models

/// A model's README as Hugging Face writes it: YAML front matter between lines `---`, and Markdown after it.
///
/// The plain text is for search and for showing as text. It is not safe as HTML: code and character references may
/// hold angle brackets, as they do in the card.
package struct ModelCard: Hashable, Sendable {
    /// What the front matter says; empty when there is none.
    package let frontMatter: [String: JSONValue]
    /// The first heading of the body; nil when there is none.
    package let title: String?
    /// The first paragraph of the body that has a letter or digit and is not in a list, table or quotation; nil when
    /// there is none.
    package let summary: String?
    /// The body without Markdown's marks, HTML, images and the targets of links: a line for each paragraph, item and
    /// row, code as it is.
    package let text: String

    /// Reads a card. Throws when its front matter cannot be read; a body always can.
    package init(reading bytes: [UInt8], limits: CardLimits = .standard) throws(CardError) {
        guard !Self.isUTF16(bytes) else { throw .notUTF8(line: 1) }
        let parts = try FrontMatter(in: bytes, limits: limits)
        var members: [String: JSONValue] = [:]
        if let yaml = parts.yaml { members = try YAMLReader.members(of: yaml, in: bytes, limits: limits) }
        self.init(frontMatter: members, body: bytes[parts.body], limits: limits)
    }

    /// Reads the body alone, for a card whose front matter is refused: it can still be found and shown.
    package init(readingBodyOf bytes: [UInt8], limits: CardLimits = .standard) {
        self.init(frontMatter: [:], body: bytes[FrontMatter.body(of: bytes)], limits: limits)
    }

    private init(frontMatter: [String: JSONValue], body: ArraySlice<UInt8>, limits: CardLimits) {
        let plain = PlainText(markdown: body.prefix(limits.bodyBytes), limits: limits)
        self.frontMatter = frontMatter
        (title, summary, text) = (plain.title, plain.summary, plain.text)
    }

    private static func isUTF16(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
    }
}
