/// Text that is not a valid name, with the reason a person can act on.
public struct InvalidName: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being named: "project", "alias", "path"…
    public let kind: String
    /// The text as given, shortened to what is fit to print.
    public let text: String
    /// What is wrong with it.
    public let reason: String

    init(_ kind: String, _ text: String, _ reason: String) {
        self.kind = kind
        let printable = text.unicodeScalars.prefix(80).map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : $0 }
        self.text = String(String.UnicodeScalarView(printable))
        self.reason = reason
    }

    /// One sentence: kind, text, reason.
    public var description: String { "“\(text)” is not a valid \(kind): \(reason)" }
}

/// What a name names, and its rules beyond the common ones.
public protocol NameKind: Sendable {
    /// What is named, for messages.
    static var noun: String { get }
    /// Throws when `text` breaks a rule of this kind.
    static func check(_ text: String) throws(InvalidName)
}

extension NameKind {
    /// No further rules.
    public static func check(_ text: String) throws(InvalidName) {}
}

/// A validated name: letters, digits and single `.`, `_`, `-` between them. ASCII only, so that no two names look alike
/// by script; see `skeleton` for those that remain.
public struct Name<Kind: NameKind>: Hashable, Sendable, Codable, Comparable, CustomStringConvertible, CanonicalCodable {
    /// The name as written, at most `Limits.nameLength` characters.
    public let text: String

    /// Validates `text`; throws `InvalidName` with the rule it breaks.
    public init(_ text: String) throws(InvalidName) {
        try checkNameShape(text, noun: Kind.noun)
        try Kind.check(text)
        self.text = text
    }

    /// The name as written.
    public var description: String { text }

    /// The order of the UTF-8 bytes.
    public static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    /// Decodes and validates.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    private init(unchecked text: String) { self.text = text }

    package func encode(to writer: inout CanonicalWriter) { writer.write(text) }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let text = try reader.readString()
        do { try self.init(text) } catch { throw .invalid(error.description) }
    }

    /// What a hurried reader sees: lower case, without separators, `0` as `o`, `1` and `i` as `l` (PyPI's rule against
    /// look-alikes). Two names with one skeleton cannot both exist.
    package var skeleton: String {
        let seen = text.utf8.compactMap { byte -> UInt8? in
            switch byte {
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): nil
            case UInt8(ascii: "0"): UInt8(ascii: "o")
            case UInt8(ascii: "1"), UInt8(ascii: "i"), UInt8(ascii: "I"): UInt8(ascii: "l")
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
            default: byte
            }
        }
        return String(decoding: seen, as: UTF8.self)
    }
}

private func checkNameShape(_ text: String, noun: String) throws(InvalidName) {
    let bytes = Array(text.utf8)
    guard !bytes.isEmpty else { throw InvalidName(noun, text, "it is empty") }
    guard bytes.count <= Limits.standard.nameLength else {
        throw InvalidName(noun, text, "it is longer than \(Limits.standard.nameLength) characters")
    }
    var separated = true
    for byte in bytes {
        let isSeparator = byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        guard isSeparator || isAlphanumeric(byte) else {
            throw InvalidName(noun, text, "only letters A-Z, digits and single . _ - between them are allowed")
        }
        if isSeparator && separated {
            throw InvalidName(noun, text, "it must begin with a letter or digit and not repeat a separator")
        }
        separated = isSeparator
    }
    if separated { throw InvalidName(noun, text, "it must end with a letter or digit") }
}

private func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    default: false
    }
}

/// Words that mean something in a URL, a path or a tool, and so cannot name a project or a model.
private let reservedNames: Set<String> = [
    "api", "v1", "v2", "admin", "healthz", "readyz", "metrics", "console", "login", "logout", "openapi.json", "models",
    "datasets", "spaces", "resolve", "new", "search", "settings", "con", "prn", "aux", "nul", "none", "null", "peerage",
]

private func checkNotReserved(_ text: String, noun: String) throws(InvalidName) {
    if reservedNames.contains(text.lowercased()) { throw InvalidName(noun, text, "the word is reserved") }
}

/// The name of a project: what a team owns.
public typealias ProjectName = Name<ProjectNaming>
/// The name of a model within its project.
public typealias ModelName = Name<ModelNaming>
/// A movable name on a version of a model.
public typealias AliasName = Name<AliasNaming>
/// The name of a site: a named group of nodes.
public typealias SiteName = Name<SiteNaming>
/// The name of a node, unique in its cluster.
public typealias NodeName = Name<NodeNaming>
/// The name of a place that serves a version.
public typealias DeploymentName = Name<DeploymentNaming>
/// The name of whoever asks: a person or a service.
public typealias PrincipalName = Name<PrincipalNaming>

/// Rules of project names: reserved words are refused.
public enum ProjectNaming: NameKind {
    /// “project name”.
    public static let noun = "project name"
    /// Refuses reserved words.
    public static func check(_ text: String) throws(InvalidName) { try checkNotReserved(text, noun: noun) }
}

/// Rules of model names: reserved words are refused.
public enum ModelNaming: NameKind {
    /// “model name”.
    public static let noun = "model name"
    /// Refuses reserved words.
    public static func check(_ text: String) throws(InvalidName) { try checkNotReserved(text, noun: noun) }
}

/// Rules of aliases: what other clients would read as a version number, a commit or a tag of their own is refused.
public enum AliasNaming: NameKind {
    /// “alias”.
    public static let noun = "alias"

    /// Refuses “latest”, version numbers and digests.
    public static func check(_ text: String) throws(InvalidName) {
        if text.utf8.count == 6, text.lowercased() == "latest" {
            throw InvalidName(noun, text, "“latest” always means the newest version; use “main” or another word")
        }
        // The shape was checked before: every character is one byte.
        let bytes = Array(text.utf8)
        let isPrefixed = bytes.first == UInt8(ascii: "v") || bytes.first == UInt8(ascii: "V")
        let digits = bytes.dropFirst(isPrefixed ? 1 : 0)
        if !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            throw InvalidName(noun, text, "it would read as a version number")
        }
        if bytes.count >= 40, text.allSatisfy(\.isHexDigit) {
            throw InvalidName(noun, text, "it would read as a digest")
        }
    }
}

/// Rules of site names: the common ones.
public enum SiteNaming: NameKind {
    /// “site name”.
    public static let noun = "site name"
}

/// Rules of node names: the common ones.
public enum NodeNaming: NameKind {
    /// “node name”.
    public static let noun = "node name"
}

/// Rules of deployments' names: the common ones.
public enum DeploymentNaming: NameKind {
    /// “deployment name”.
    public static let noun = "deployment name"
}

/// Rules of principal names: the common ones.
public enum PrincipalNaming: NameKind {
    /// “principal name”.
    public static let noun = "principal name"
}

extension Name<AliasNaming> {
    /// The alias that follows the newest version by itself.
    public static let main = Name(unchecked: "main")
}

extension Name<PrincipalNaming> {
    /// Who is named for an entry of the log that names nobody. No principal may be called so.
    package static let unknown = Name(unchecked: "unknown")

    /// Nodes that speak for the cluster: nobody can sign in so.
    package static let peerage = Name(unchecked: "peerage")
}

extension Name<SiteNaming> {
    /// The site named for an entry of the log that names none.
    package static let unknown = Name(unchecked: "unknown")
}
