/// What was found.
package struct SearchAnswer: Hashable, Sendable {
    /// A model that was found.
    package struct Hit: Hashable, Sendable {
        /// Which one.
        package var id: SearchDocument.ID
        /// What people call it.
        package var title: String
        /// A piece of its text.
        package var snippet: Snippet
        /// When it last changed, in milliseconds since 1970.
        package var updatedAt: Int64
        /// When it was made, in milliseconds since 1970.
        package var createdAt: Int64
        /// Number of its newest version.
        package var latestVersion: UInt64
    }

    /// How many models were found.
    package struct Total: Hashable, Sendable {
        /// So many.
        package var count: Int
        /// There may be more: the search ended before it saw all.
        package var isLowerBound: Bool
    }

    /// A facet's values among what was found.
    package struct Facet: Hashable, Sendable {
        /// A value and the models that have it.
        package struct Value: Hashable, Sendable {
            /// The value, as the documents write it.
            package var value: String
            /// Models found that have it.
            package var count: Int
        }

        /// The facet, as asked for.
        package var name: String
        /// The most frequent first.
        package var values: [Value]
        /// Different values, listed or not.
        package var distinct: Int
    }

    /// A word that was not found, and the one taken beside it.
    package struct Correction: Hashable, Sendable {
        /// As the user wrote it.
        package var written: String
        /// As the vocabulary has it.
        package var taken: String
    }

    /// The page.
    package var hits: [Hit] = []
    /// All that was found, on this page and others.
    package var total: Total
    /// In the order asked.
    package var facets: [Facet] = []
    /// For the next page; nil when this is the last.
    package var next: String?
    /// Words that were taken for misspelt ones.
    package var corrected: [Correction] = []
    /// How far in the log the index was.
    package var appliedIndex: UInt64
}

/// A piece of a document with the matches in it.
package struct Snippet: Hashable, Sendable {
    /// A stretch of text.
    package struct Part: Hashable, Sendable {
        /// Plain text, not escaped for anything.
        package var text: String
        /// It matched the query.
        package var isMatch: Bool
    }

    /// In order. Between two there is nothing to add.
    package var parts: [Part]

    /// The text with marks around matches.
    package func marked(_ opening: String = "[", _ closing: String = "]") -> String {
        parts.reduce(into: "") { $0 += $1.isMatch ? opening + $1.text + closing : $1.text }
    }
}

/// A model like another one.
package struct SimilarModel: Hashable, Sendable {
    /// Why it is taken to be similar.
    package enum Reason: Hashable, Sendable {
        /// It was made from the given model, or that from it.
        case derived(from: SearchDocument.ID)
        /// Both were made from these.
        case baseModel([String])
        /// Both were trained or tested with these.
        case datasets([String])
        /// Both do this.
        case task([String])
        /// Both are built like this.
        case architecture([String])
        /// Their texts share these telling words.
        case text(words: [String])
    }

    /// Which one.
    package var id: SearchDocument.ID
    /// What people call it.
    package var title: String
    /// The strongest first; never empty.
    package var reasons: [Reason]
}
