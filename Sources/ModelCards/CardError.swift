/// Why a card cannot be read. Lines are counted from 1 at the start of the file; `description` says what to do.
package enum CardError: Error, Hashable, Sendable {
    /// The bytes are not UTF-8; the body is repaired instead.
    case notUTF8(line: Int)
    /// No line `---` ends the front matter that begins in `line`.
    case unclosed(line: Int)
    /// The front matter that begins in `line` has more bytes than may be.
    case tooLong(line: Int, limit: Int)
    /// What libyaml cannot read, in its words.
    case syntax(line: Int, problem: String)
    /// YAML that is read by others, and refused here.
    case refused(line: Int, Refusal)

    /// What is refused.
    package enum Refusal: Hashable, Sendable {
        /// `&name`.
        case anchor
        /// `*name`.
        case alias
        /// `!name`.
        case tag
        /// More lists and objects within each other than may be.
        case depth(limit: Int)
        /// More keys and values than may be.
        case nodes(limit: Int)
        /// A key that the object has already.
        case duplicateKey(String)
        /// A list or an object as a key.
        case keyIsNotText
        /// The front matter is a list or a plain value.
        case notAnObject
        /// A line such as `--- {}` begins another document.
        case severalDocuments
    }

    /// The line in the file.
    package var line: Int {
        switch self {
        case .notUTF8(let line), .unclosed(let line), .tooLong(let line, _), .syntax(let line, _),
            .refused(let line, _):
            line
        }
    }
}

extension CardError: CustomStringConvertible {
    package var description: String { "Line \(line): \(sentence)" }

    private var sentence: String {
        switch self {
        case .notUTF8: "the card is not UTF-8. Save it in that encoding."
        case .unclosed: "the front matter that begins here has no end. Add a line with nothing but --- after it."
        case .tooLong(_, let limit):
            "the front matter that begins here has more than \(limit) bytes. Move long texts and results into the body."
        case .syntax(_, let problem): YAMLProblem.sentence(for: problem)
        case .refused(_, let refusal): refusal.sentence
        }
    }
}

extension CardError.Refusal {
    fileprivate var sentence: String {
        switch self {
        case .anchor:
            "anchors (&name) are not read. Write the value wherever it is needed, or quote it if it is a text."
        case .alias: "aliases (*name) are not read. Write the value out, or quote it if it is a text."
        case .tag: "tags (!name) are not read. Remove the tag, or quote the value if it is a text."
        case .depth(let limit): "more than \(limit) lists and objects are within each other. Nest them less."
        case .nodes(let limit): "the front matter has more than \(limit) keys and values. Leave some out."
        case .duplicateKey(let key): "the key \"\(key)\" is there twice. Remove one of the two."
        case .keyIsNotText: "a list or an object cannot be a key. Quote it if it is a text."
        case .notAnObject: "the front matter is not made of keys and values. Write lines such as `license: mit`."
        case .severalDocuments:
            "a second document begins here. Remove the line, or write nothing but --- to end the front matter."
        }
    }
}
