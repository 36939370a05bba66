import Models
import Storage

/// The key of a record in `Space.state`.
///
/// | first byte | record | rest of the key | value |
/// |---|---|---|---|
/// | 01 | how far the log is applied | – | `AppliedRecord` |
/// | 02 | why a command was refused, for people | command id | `Explanation` |
/// | 10 | the cluster | – | `ClusterRecord` |
/// | 11 | a principal | name | `Principal` |
/// | 12 | whose token it is | SHA-256 of the token | `TokenRecord` |
/// | 13 | whose votes count, once that was changed | – | `MembershipRecord` |
/// | 14 | a node that may ask to be admitted | SHA-256 of its token | `InvitationRecord` |
/// | 20 | a project | name | `Project` |
/// | 21 | who holds a project's skeleton | skeleton | `NameRecord` |
/// | 22 | a model | project, 00, name | `Model` |
/// | 23 | who holds a model's skeleton | project, 00, skeleton | `NameRecord` |
/// | 24 | a version | project, 00, model, 00, number | `Version` |
/// | 25 | an alias | project, 00, model, 00, name | `Alias` |
/// | 26 | who holds an alias's skeleton | project, 00, model, 00, skeleton | `NameRecord` |
/// | 27 | how many aliases a model has | project, 00, model | `CountRecord` |
/// | 28 | a move of an alias | project, 00, model, 00, alias, 00, number from 1 | `AliasChange` |
/// | 29 | how many moves an alias made | project, 00, model, 00, alias | `CountRecord` |
/// | 2A | a content that files of a project have, counted once | project, 00, SHA-256 | `ContentRecord` |
/// | 30 | an audit record | its sequence, from 1 | `AuditRecord` |
/// | 40 | what came of a command | command id | `OutcomeRecord` |
/// | 41 | which command was remembered | sequence, from 1 | `RememberedRecord` |
///
/// Bytes are hexadecimal, numbers 64-bit big-endian so that their order is the keys' order. Names hold no byte below
/// `-`, so 00 after one keeps `a` and its children together, before `a-b`. Records below 10 are not part of the state
/// hash. A first byte is never used again for something else.
struct StateKey: Hashable {
    let bytes: [UInt8]

    /// The table above.
    private enum Kind: UInt8 {
        case applied = 0x01
        case explanation = 0x02
        case cluster = 0x10
        case principal = 0x11
        case token = 0x12
        case membership = 0x13
        case invitation = 0x14
        case project = 0x20
        case projectSkeleton = 0x21
        case model = 0x22
        case modelSkeleton = 0x23
        case version = 0x24
        case alias = 0x25
        case aliasSkeleton = 0x26
        case aliasCount = 0x27
        case aliasMove = 0x28
        case aliasMoveCount = 0x29
        case content = 0x2A
        case audit = 0x30
        case outcome = 0x40
        case remembered = 0x41
    }

    /// The least key that the state hash covers.
    static let firstHashed: [UInt8] = [0x10]

    /// Whether the state hash covers the record.
    var isHashed: Bool { !bytes.lexicographicallyPrecedes(Self.firstHashed) }

    static let applied = StateKey(.applied)
    static let cluster = StateKey(.cluster)
    static let membership = StateKey(.membership)

    static func explanation(_ id: UniqueID) -> StateKey { StateKey(.explanation, id.bytes) }
    static func principal(_ name: PrincipalName) -> StateKey { StateKey(.principal, name.text) }
    static func token(_ digest: Digest) -> StateKey { StateKey(.token, digest.bytes) }
    static func invitation(_ digest: Digest) -> StateKey { StateKey(.invitation, digest.bytes) }
    static func project(_ name: ProjectName) -> StateKey { StateKey(.project, name.text) }
    static func projectSkeleton(_ name: ProjectName) -> StateKey { StateKey(.projectSkeleton, name.skeleton) }
    static func audit(_ sequence: UInt64) -> StateKey { StateKey(.audit, number: sequence) }
    static func outcome(_ id: UniqueID) -> StateKey { StateKey(.outcome, id.bytes) }
    static func remembered(_ sequence: UInt64) -> StateKey { StateKey(.remembered, number: sequence) }

    static func model(_ project: ProjectName, _ name: ModelName) -> StateKey {
        StateKey(.model, project.text, name.text)
    }

    static func modelSkeleton(_ project: ProjectName, _ name: ModelName) -> StateKey {
        StateKey(.modelSkeleton, project.text, name.skeleton)
    }

    static func version(_ model: ModelKey, _ number: UInt64) -> StateKey {
        StateKey(.version, model.project.text, model.name.text, number: number)
    }

    static func alias(_ model: ModelKey, _ name: AliasName) -> StateKey {
        StateKey(.alias, model.project.text, model.name.text, name.text)
    }

    static func aliasSkeleton(_ model: ModelKey, _ name: AliasName) -> StateKey {
        StateKey(.aliasSkeleton, model.project.text, model.name.text, name.skeleton)
    }

    static func aliasCount(_ model: ModelKey) -> StateKey {
        StateKey(.aliasCount, model.project.text, model.name.text)
    }

    static func aliasMove(_ model: ModelKey, _ alias: AliasName, _ number: UInt64) -> StateKey {
        StateKey(.aliasMove, model.project.text, model.name.text, alias.text, number: number)
    }

    static func aliasMoveCount(_ model: ModelKey, _ alias: AliasName) -> StateKey {
        StateKey(.aliasMoveCount, model.project.text, model.name.text, alias.text)
    }

    static func content(_ project: ProjectName, _ digest: Digest) -> StateKey {
        StateKey(.content, Array(project.text.utf8) + [0] + digest.bytes)
    }

    /// Whether `key` is a version's.
    static func isVersion(_ key: [UInt8]) -> Bool { key.first == Kind.version.rawValue }

    private init(_ kind: Kind, _ rest: [UInt8]) { bytes = [kind.rawValue] + rest }

    private init(_ kind: Kind, _ texts: String..., number: UInt64? = nil) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(texts.reduce(9) { $0 + $1.utf8.count + 1 })
        bytes.append(kind.rawValue)
        for (position, text) in texts.enumerated() {
            if position > 0 { bytes.append(0) }
            bytes.append(contentsOf: text.utf8)
        }
        if let number {
            if !texts.isEmpty { bytes.append(0) }
            withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        }
        self.bytes = bytes
    }
}

/// The model that versions and aliases belong to.
struct ModelKey: Hashable, CustomStringConvertible {
    let project: ProjectName
    let name: ModelName

    init(_ project: ProjectName, _ name: ModelName) {
        self.project = project
        self.name = name
    }

    var description: String { "\(project)/\(name)" }
}

extension StateKey {
    /// All records of a kind below some names, as ranges to read. `after` and `before` exclude themselves.
    struct Listing {
        private let prefix: [UInt8]

        static let projects = Listing(prefix: [Kind.project.rawValue])
        static let audit = Listing(prefix: [Kind.audit.rawValue])
        static let invitations = Listing(prefix: [Kind.invitation.rawValue])

        static func models(_ project: ProjectName) -> Listing {
            Listing(prefix: StateKey(.model, project.text).bytes + [0])
        }

        static func versions(_ model: ModelKey) -> Listing {
            Listing(prefix: StateKey(.version, model.project.text, model.name.text).bytes + [0])
        }

        static func aliases(_ model: ModelKey) -> Listing {
            Listing(prefix: StateKey(.alias, model.project.text, model.name.text).bytes + [0])
        }

        static func aliasMoves(_ model: ModelKey, _ alias: AliasName) -> Listing {
            Listing(prefix: StateKey(.aliasMove, model.project.text, model.name.text, alias.text).bytes + [0])
        }

        func range(after: StateKey? = nil, before: StateKey? = nil) -> KeyRange {
            let all = KeyRange(prefix: prefix)
            return KeyRange(lower: after.map { $0.bytes + [0] } ?? all.lower, upper: before?.bytes ?? all.upper)
        }
    }
}
