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
/// | 15 | a principal's role in a project | project, 00, principal | `Grant` |
/// | 16 | how many tokens a principal has | name | `CountRecord` |
/// | 17 | how many administrators there are, once that was changed | – | `CountRecord` |
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
/// | 2B | how a version comes from a thing | SHA-256 of a thing's identity, project, 00, model, 00, number, 00, relation | `LineageEdgeRecord` |
/// | 2C | how a project's versions live | project | `Lifecycle` |
/// | 2D | where a version stands | project, 00, model, 00, number | `VersionStage` |
/// | 2E | a move of a version | project, 00, model, 00, number, 00, number from 1 | `StageMove` |
/// | 2F | a version in a stage | project, 00, model, 00, stage, 00, number | `CountRecord`: the number |
/// | 30 | an audit record | its sequence, from 1 | `AuditRecord` |
/// | 31 | how many versions are in a stage | project, 00, stage | `CountRecord` |
/// | 32 | an approval | project, 00, model, 00, number, 00, stage, 00, principal | `Approval` |
/// | 33 | how many evaluations a version has | project, 00, model, 00, number | `CountRecord` |
/// | 34 | an evaluation | project, 00, model, 00, number, 00, number from 1 | `Evaluation` |
/// | 35 | a version that was deleted | project, 00, model, 00, number | `DeletedVersion` |
/// | 36 | why a version must be kept | project, 00, model, 00, number | `Hold` |
/// | 37 | that a project or model was deleted | project, or project, 00, model | `Tombstone` |
/// | 38 | how many additions a version's lineage has | project, 00, model, 00, number | `CountRecord` |
/// | 39 | an addition to a version's lineage | project, 00, model, 00, number, 00, number from 1 | `LineageAddition` |
/// | 3A | where a version serves | project, 00, model, 00, number, 00, name | `Deployment` |
/// | 3B | where how many serve a version | project, 00, model, 00, number | `CountRecord` |
/// | 3C | what was recalled | SHA-256 of its identity | `Recall` |
/// | 3D | what a project asks of metadata | project, 00, stage or nothing for registration | `ProjectSchema` |
/// | 3E | by which rules versions of a project are deleted | project | `RetentionPolicy` |
/// | 3F | in which tier of risk a model is | project, 00, model | `RiskAssessment` |
/// | 40 | what came of a command | command id | `OutcomeRecord` |
/// | 41 | which command was remembered | sequence, from 1 | `RememberedRecord` |
/// | 42 | that a project is private | name | `NameRecord` |
/// | 43 | a deleted version, by when it may be purged | milliseconds, project, 00, model, 00, number | `VersionKey` |
/// | 44 | a key by which a node signs the audit log | node, 00, the key | `AuditKey` |
///
/// Bytes are hexadecimal, numbers 64-bit big-endian so that their order is the keys' order. Names hold no byte below
/// `-`, so 00 after one keeps `a` and its children together, before `a-b`. Records below 10 are not part of the state
/// hash. A first byte is never used again for something else.
struct StateKey: Hashable {
    let bytes: [UInt8]

    /// The table above.
    enum Kind: UInt8 {
        case applied = 0x01
        case explanation = 0x02
        case cluster = 0x10
        case principal = 0x11
        case token = 0x12
        case membership = 0x13
        case invitation = 0x14
        case grant = 0x15
        case tokenCount = 0x16
        case administratorCount = 0x17
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
        case lineageEdge = 0x2B
        case lifecycle = 0x2C
        case stage = 0x2D
        case stageMove = 0x2E
        case stageMember = 0x2F
        case audit = 0x30
        case stageCount = 0x31
        case approval = 0x32
        case evaluationCount = 0x33
        case evaluation = 0x34
        case deletedVersion = 0x35
        case hold = 0x36
        case tombstone = 0x37
        case lineageAdditionCount = 0x38
        case lineageAddition = 0x39
        case deployment = 0x3A
        case deploymentCount = 0x3B
        case recall = 0x3C
        case schema = 0x3D
        case retention = 0x3E
        case risk = 0x3F
        case outcome = 0x40
        case remembered = 0x41
        case privateProject = 0x42
        case purgeDue = 0x43
        case auditKey = 0x44
    }

    /// The least key that the state hash covers.
    static let firstHashed: [UInt8] = [0x10]

    /// Whether the state hash covers the record.
    var isHashed: Bool { !bytes.lexicographicallyPrecedes(Self.firstHashed) }

    static let applied = StateKey(.applied)
    static let cluster = StateKey(.cluster)
    static let membership = StateKey(.membership)
    static let administratorCount = StateKey(.administratorCount)

    static func explanation(_ id: UniqueID) -> StateKey { StateKey(.explanation, id.bytes) }
    static func principal(_ name: PrincipalName) -> StateKey { StateKey(.principal, name.text) }
    static func token(_ digest: Digest) -> StateKey { StateKey(.token, digest.bytes) }
    static func invitation(_ digest: Digest) -> StateKey { StateKey(.invitation, digest.bytes) }
    static func tokenCount(_ name: PrincipalName) -> StateKey { StateKey(.tokenCount, name.text) }
    static func grant(_ project: ProjectName, _ principal: PrincipalName) -> StateKey {
        StateKey(.grant, project.text, principal.text)
    }
    static func project(_ name: ProjectName) -> StateKey { StateKey(.project, name.text) }
    static func privateProject(_ name: ProjectName) -> StateKey { StateKey(.privateProject, name.text) }
    static func projectSkeleton(_ name: ProjectName) -> StateKey { StateKey(.projectSkeleton, name.skeleton) }
    static func auditKey(_ node: NodeName, _ key: String) -> StateKey {
        StateKey(.auditKey, Array(node.text.utf8) + [0] + Array(key.utf8))
    }
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

    /// The SHA-256 of the token whose record has this key.
    static func tokenDigest(in key: [UInt8]) -> Digest? {
        key.first == Kind.token.rawValue ? Digest(bytes: Array(key.dropFirst())) : nil
    }

    /// Whether `key` is a version's.
    static func isVersion(_ key: [UInt8]) -> Bool { key.first == Kind.version.rawValue }

    /// Whether `key` is a deleted version's.
    static func isDeletedVersion(_ key: [UInt8]) -> Bool { key.first == Kind.deletedVersion.rawValue }

    init(_ kind: Kind, _ rest: [UInt8]) { bytes = [kind.rawValue] + rest }

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
        let prefix: [UInt8]

        static let projects = Listing(prefix: [Kind.project.rawValue])
        static let privateProjects = Listing(prefix: [Kind.privateProject.rawValue])
        static let principals = Listing(prefix: [Kind.principal.rawValue])
        static let tokens = Listing(prefix: [Kind.token.rawValue])
        static let auditKeys = Listing(prefix: [Kind.auditKey.rawValue])
        static let audit = Listing(prefix: [Kind.audit.rawValue])
        static let invitations = Listing(prefix: [Kind.invitation.rawValue])

        static func tokens(_ id: UniqueID) -> Listing { Listing(prefix: [Kind.token.rawValue] + id.bytes) }

        static func grants(_ project: ProjectName) -> Listing {
            Listing(prefix: StateKey(.grant, project.text).bytes + [0])
        }

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

        static func aliasMoveCounts(_ model: ModelKey) -> Listing {
            Listing(prefix: StateKey(.aliasMoveCount, model.project.text, model.name.text).bytes + [0])
        }

        func range(after: StateKey? = nil, before: StateKey? = nil) -> KeyRange {
            let all = KeyRange(prefix: prefix)
            return KeyRange(lower: after.map { $0.bytes + [0] } ?? all.lower, upper: before?.bytes ?? all.upper)
        }
    }
}
