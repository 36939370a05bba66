/// What a user wants to find, understood but not yet looked up.
///
/// `text classification "zero shot" -toxic task:ner,pos license:"Apache 2.0" metrics.f1>0.9 size<500MB updated:<30d`
///
/// All parts must hold. The last free word also stands for longer ones, as does `word*`. `-` before a part excludes it.
/// `key:a,b` is any of them, `key:a*` any that begins so, `key:*` any at all. `name:`, `description:` and `card:` look
/// for words there. Unknown keys are facets or numbers of a project's own.
package struct SearchQuery: Hashable, Sendable {
    /// Words that must be there, or must not.
    package struct Term: Hashable, Sendable {
        /// A word or a phrase.
        package struct Pattern: Hashable, Sendable {
            /// As written, without quotes and `*`.
            package var text: String
            /// Also stands for words that begin so.
            package var isPrefix = false
            /// Stood in quotes: it is not corrected.
            package var isPhrase = false
        }

        /// Where words are looked for.
        package enum Column: String, Hashable, Sendable {
            case name, description, card
        }

        /// Any of them.
        package var patterns: [Pattern]
        /// Only there; nil for anywhere.
        package var column: Column?
        /// It must not be there.
        package var isExcluded = false
    }

    /// A facet's values that a model must have, or must not.
    package struct Filter: Hashable, Sendable {
        /// A value or many.
        package enum Value: Hashable, Sendable {
            /// This one, in capitals or not.
            case exactly(String)
            /// All that begin so.
            case beginning(String)
            /// Any at all.
            case present
        }

        /// The facet's name.
        package var key: String
        /// Any of them.
        package var values: [Value]
        /// None of them.
        package var isExcluded = false
    }

    /// How a number or a time is compared.
    package enum Relation: Hashable, Sendable {
        case less, lessOrEqual, equal, greaterOrEqual, greater
    }

    /// A number that a model must have.
    package struct Comparison: Hashable, Sendable {
        /// The number's key, such as `metrics.f1`.
        package var key: String
        /// How the model's number stands to `value`.
        package var relation: Relation
        /// In bytes for sizes.
        package var value: Double
        /// The model has no such number.
        package var isExcluded = false
    }

    /// A time that a model must have.
    package struct TimeFilter: Hashable, Sendable {
        /// Which time.
        package enum Field: String, Hashable, Sendable { case updated, created }
        /// What it is compared with.
        package enum Moment: Hashable, Sendable {
            /// From the first millisecond since 1970 to before the second: a day, a month, an instant of one
            /// millisecond.
            case span(Int64, Int64)
            /// So many milliseconds before now.
            case age(Int64)
        }

        /// Which time.
        package var field: Field
        /// Of an age, `less` means younger.
        package var relation: Relation
        /// What it is compared with.
        package var moment: Moment
        /// Its opposite.
        package var isExcluded = false
    }

    /// Words and phrases.
    package internal(set) var terms: [Term] = []
    /// Facets.
    package internal(set) var filters: [Filter] = []
    /// Numbers.
    package internal(set) var comparisons: [Comparison] = []
    /// Times.
    package internal(set) var times: [TimeFilter] = []

    /// As written: a cursor knows its query by it.
    package internal(set) var text = ""

    /// Everything.
    package init() {}

    /// Understands a user's text; throws `SearchError.query` with the place and what is wrong there.
    package init(parsing text: String, limits: SearchLimits = .standard) throws(SearchError) {
        var parser = try QueryParser(text, limits: limits)
        self = try parser.parse()
    }
}
