/// How much of a card is read and kept.
package struct CardLimits: Sendable {
    /// The limits in force.
    package static let standard = CardLimits()

    // Front matter.

    /// Bytes of the front matter: what a version's metadata may have. Embedding models with all results of a benchmark
    /// have up to 256 KiB, and are refused.
    package var frontMatterBytes = 64 << 10
    /// Keys, values, lists and objects of it: a thousand results have seven thousand. Each costs some 100 bytes.
    package var nodes = 10_000
    /// Lists and objects within each other: what a version's metadata may have. `model-index` takes six.
    package var depth = 32
    /// Bytes of a number. The digits of the longest that are told from each other are 17, and a longer one is a text.
    package var numberBytes = 128
    /// Bytes of a key or problem that an error repeats.
    package var shownBytes = 100

    // Body.

    /// Bytes of the body that are read; what follows is as if it were not there. The longest cards have 300 KiB.
    package var bodyBytes = 1 << 20
    /// Bytes of the plain text.
    package var textBytes = 64 << 10
    /// Bytes of the title.
    package var titleBytes = 200
    /// Bytes of the summary.
    package var summaryBytes = 500
    /// Parentheses within each other in the target of a link, as CommonMark's own implementation has it.
    package var linkDepth = 32
    /// Opened brackets that are remembered, should a link's target follow.
    package var openBrackets = 1_000
    /// Bytes looked at ahead for each byte of the body, beyond which nothing is searched for any more: a body of opened
    /// brackets, quotes and tags that nothing closes takes no longer than another.
    package var lookAhead = 16

    // Facts.

    /// Bytes of a fact's text.
    package var factBytes = 1_024
    /// Items of a list. Speech models name 1,100 languages.
    package var factItems = 2_000
    /// Results of `model-index`. Embedding models have up to some thousand.
    package var results = 10_000
    /// Notes; what is wrong beyond them is not told.
    package var notes = 50
}
