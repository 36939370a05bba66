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

    /// An instant: RFC 3339 in UTC, or a day for its beginning.
    static func instant(_ text: String) throws -> Timestamp {
        guard let time = Timestamp(text) ?? Timestamp("\(text)T00:00Z") else {
            throw ValidationError(
                "“\(text)” is no instant in UTC. Write 2026-03-01T12:00Z, or 2026-03-01 for its beginning.")
        }
        return time
    }

    /// A version, or anything else that lineages name.
    static func lineageStart(_ text: String) throws -> LineageStart {
        if LineageThing(id: text) != nil { return .thing(text) }
        return .version(try ModelReference(text))
    }

    /// Which way to follow a lineage.
    static func direction(_ text: String) throws -> LineageDirection {
        guard let direction = LineageDirection(rawValue: text) else {
            let words = LineageDirection.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("“\(text)” is not one of \(words).")
        }
        return direction
    }

    /// A role.
    static func role(_ text: String) throws -> Role {
        guard let role = Role(rawValue: text) else {
            let roles = Role.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("“\(text)” is not one of \(roles).")
        }
        return role
    }

    /// Who sees a project.
    static func visibility(_ text: String) throws -> Visibility {
        guard let visibility = Visibility(rawValue: text) else {
            let known = Visibility.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("“\(text)” is not one of \(known).")
        }
        return visibility
    }

    /// A tier of risk.
    static func tier(_ text: String) throws -> RiskTier {
        guard let tier = RiskTier(rawValue: text) else {
            let tiers = RiskTier.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("“\(text)” is not one of \(tiers).")
        }
        return tier
    }

    /// A token's id.
    static func id(_ text: String) throws -> UniqueID {
        guard let id = UniqueID(text) else { throw ValidationError("“\(text)” is not an id of 32 hexadecimal digits.") }
        return id
    }

    /// A SHA-256 digest.
    static func digest(_ text: String) throws -> Digest {
        guard let digest = Digest(text) else {
            throw ValidationError("“\(text)” is not a digest of 64 hexadecimal digits.")
        }
        return digest
    }

    /// `NAME=VALUE`.
    static func metric(_ text: String) throws -> Metric {
        let pair = try tag(text)
        guard let value = Double(pair.value), value.isFinite else {
            throw ValidationError("“\(pair.value)” is not a finite number. Write NAME=VALUE.")
        }
        return Metric(name: pair.key, value: value)
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

/// When a reference shall be understood.
struct MomentOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Understand the reference as it was at this instant: 2026-03-01T12:00Z, or 2026-03-01.", valueName: "time"),
        transform: References.instant)
    var at: Timestamp?
}

/// Where a lineage is followed from.
enum LineageStart: Hashable, Sendable {
    /// A version, by any reference.
    case version(ModelReference)
    /// A thing, by its `id`.
    case thing(String)
}

/// A label of a version.
struct Tag: Hashable, Sendable {
    let key: String
    let value: String
}
