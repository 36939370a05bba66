import ArgumentParser
import Models
import PeerageClient

/// Arguments that name something of the registry; what is wrong with one is said in the words of `Models`.
enum References {
    /// `PROJECT/MODEL`, without a version.
    static func model(_ text: String) throws -> ModelReference {
        let reference = try ModelReference(text)
        guard reference.selector == nil else {
            throw ValidationError("“\(text)” names a version. Write PROJECT/MODEL.")
        }
        return reference
    }

    /// `PROJECT/MODEL`, `PROJECT/MODEL:N` or `PROJECT/MODEL@ALIAS`.
    static func version(_ text: String) throws -> ModelReference { try ModelReference(text) }

    /// `PROJECT/MODEL@ALIAS`.
    static func alias(_ text: String) throws -> AliasReference {
        let reference = try ModelReference(text)
        guard case .alias(let alias) = reference.selector else {
            throw ValidationError("“\(text)” does not name an alias. Write PROJECT/MODEL@ALIAS.")
        }
        return AliasReference(project: reference.project, model: reference.model, alias: alias)
    }

    /// A level of consistency.
    static func consistency(_ text: String) throws -> ReadConsistency {
        guard let level = ReadConsistency(rawValue: text) else {
            let levels = ReadConsistency.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("“\(text)” is not one of \(levels).")
        }
        return level
    }

    /// `KEY=VALUE`.
    static func tag(_ text: String) throws -> Tag {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw ValidationError("“\(text)” is not a tag. Write KEY=VALUE.")
        }
        return Tag(key: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
    }
}

/// An alias of a model.
struct AliasReference: Hashable, Sendable, CustomStringConvertible {
    let project: ProjectName
    let model: ModelName
    let alias: AliasName

    var description: String { "\(project)/\(model)@\(alias)" }
}

/// A label of a version.
struct Tag: Hashable, Sendable {
    let key: String
    let value: String
}
