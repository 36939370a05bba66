/// How much an index keeps, and how far a search goes.
package struct SearchLimits: Hashable, Sendable {
    /// The limits in force.
    package static let standard = SearchLimits()

    // Documents. What goes beyond is cut.

    /// Bytes of a card's text: forty pages. What tells a model from others stands in the first.
    package var cardBytes = 64 << 10
    /// Bytes of a project's and of a model's name. Documents with longer ones are left out.
    package var nameBytes = 255
    /// Bytes of a title.
    package var titleBytes = 256
    /// Bytes of a description.
    package var descriptionBytes = 4 << 10
    /// Tags of a document.
    package var tags = 64
    /// Values of all facets of a document: aliases may be 256.
    package var facetValues = 512
    /// Bytes of a tag, of a facet's value and of a key.
    package var valueBytes = 256
    /// Numbers of a document.
    package var numbers = 256

    // Query texts. What goes beyond is refused.

    /// Bytes of a query's text: it must fit a URL.
    package var queryBytes = 2_048
    /// Words and phrases of a query. Each costs a pass over the models that have it.
    package var queryTerms = 16
    /// Filters and comparisons of a query: their results are bits of 64.
    package var queryFilters = 32
    /// Values of one filter.
    package var filterValues = 64
    /// Different values that one `prefix*` of a filter stands for. Beyond, the first in order are taken.
    package var expandedValues = 10_000
    /// Letters before a `*` in a word: shorter ones stand for most of the vocabulary.
    package var prefixLetters = 2

    // Searches.

    /// Hits of a page.
    package var pageHits = 100
    /// Facets counted in one search.
    package var countedFacets = 16
    /// Values listed for a facet.
    package var facetTop = 50
    /// Projects left out of a scope.
    package var scopeProjects = 100_000
    /// Bytes of a cursor: two names of 63, three numbers, doubled by hexadecimal, and room.
    package var cursorBytes = 2_048
    /// Rows of the full-text index that one search may visit. Beyond, counts are lower bounds.
    package var visitedRows = 2_000_000
    /// Rows that SQLite gathers at once, in some ten milliseconds. Each portion looks up anew which words begin alike.
    package var portionRows = 131_072
    /// How long one search may take.
    package var duration = Duration.seconds(2)
    /// Matches that are scored: each costs a microsecond and a half. Of more, those that have the words in their names,
    /// tags or descriptions are scored first; the rest follow, the newest first.
    package var scoredRows = 2_000
    /// Words of a snippet.
    package var snippetWords = 24
    /// Bytes of each column in which a snippet is looked for.
    package var snippetSearchBytes = 16 << 10
    /// Hits below which a search looks for misspelt words.
    package var fewHits = 3
    /// Characters of a word below which it is not corrected: too many words are near to it.
    package var correctedLetters = 4
    /// Words near a misspelt one that are tried.
    package var triedCorrections = 3
    /// Similar models that can be asked for.
    package var similarModels = 50
    /// Words of a document that are taken to tell what it is about.
    package var tellingWords = 12

    // Memory and connections.

    /// Words whose counts a rebuild gathers before it writes them.
    package var gatheredWords = 50_000
    /// Bytes of words that FTS5 gathers in a transaction before it writes them.
    package var loadingBytes = 16 << 20
    /// Changes after which pages are moved from the write-ahead log into the file: some 60 pages each.
    package var checkpointChanges = 256

    /// Searches at a time. More wait.
    package var readers = 4
    /// Bytes of pages that each connection keeps.
    package var cacheBytes = 4 << 20
    /// Values and keys whose numbers the writer remembers.
    package var internedValues = 20_000
    /// Texts whose matches are remembered, each with a bit for every model.
    package var rememberedMatches = 64
    /// Changed models after which remembered matches are dropped and not corrected.
    package var correctedMatches = 64
    /// Bytes of a word that is learned for corrections. Longer ones are hashes and paths.
    package var learnedWordBytes = 32

    /// The standard limits, to be changed.
    package init() {}
}
