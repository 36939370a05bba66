/// Which version of a model is meant.
public enum VersionSelector: Hashable, Sendable, CustomStringConvertible {
    /// The newest.
    case latest
    /// The one with this number.
    case number(UInt64)
    /// The one an alias names.
    case alias(AliasName)

    /// Reads `latest`, a number or an alias: the last component of `/versions/…` in a URL.
    public init(_ text: String) throws(InvalidName) {
        if text == "latest" {
            self = .latest
        } else if let number = UInt64(text), number > 0 {
            self = .number(number)
        } else {
            self = .alias(try AliasName(text))
        }
    }

    /// What `init(_:)` reads.
    public var description: String {
        switch self {
        case .latest: "latest"
        case .number(let number): String(number)
        case .alias(let alias): alias.text
        }
    }
}

/// `PROJECT/MODEL`, `PROJECT/MODEL:N` or `PROJECT/MODEL@ALIAS`.
public struct ModelReference: Hashable, Sendable, CustomStringConvertible {
    /// The project.
    public let project: ProjectName
    /// The model.
    public let model: ModelName
    /// The version; nil when none was named.
    public let selector: VersionSelector?

    /// A reference to a model or one of its versions.
    public init(project: ProjectName, model: ModelName, selector: VersionSelector? = nil) {
        self.project = project
        self.model = model
        self.selector = selector
    }

    /// Reads the text form; throws `InvalidName` with the part that is wrong.
    public init(_ text: String) throws(InvalidName) {
        guard let slash = text.firstIndex(of: "/") else {
            throw InvalidName("model reference", text, "write PROJECT/MODEL, PROJECT/MODEL:N or PROJECT/MODEL@ALIAS")
        }
        project = try ProjectName(String(text[..<slash]))
        let rest = text[text.index(after: slash)...]
        guard let mark = rest.firstIndex(where: { $0 == ":" || $0 == "@" }) else {
            model = try ModelName(String(rest))
            selector = nil
            return
        }
        model = try ModelName(String(rest[..<mark]))
        let version = String(rest[rest.index(after: mark)...])
        if rest[mark] == "@" {
            selector = version == "latest" ? .latest : .alias(try AliasName(version))
        } else if let number = UInt64(version), number > 0 {
            selector = .number(number)
        } else {
            throw InvalidName("version number", version, "versions are numbered 1, 2, 3…; an alias is written @ALIAS")
        }
    }

    /// The text form.
    public var description: String {
        switch selector {
        case nil: "\(project)/\(model)"
        case .number(let number): "\(project)/\(model):\(number)"
        case .alias(let alias): "\(project)/\(model)@\(alias)"
        case .latest: "\(project)/\(model)@latest"
        }
    }
}
