package import Models

/// What a client asks the log to do. Each kind has a frozen tag and its own format version: an entry of the log is read
/// by every later build. A new kind has a higher `level` than those before it, and is understood only once the cluster
/// was raised to that level (`RaiseLevel`), which the leader asks for when every member knows it: until then the kind
/// is refused as the gibberish that it is to older builds.
package enum Command: Hashable, Sendable {
    /// The cluster's first entry: its members and its first administrator.
    case establish(Establish)
    /// A project shall exist.
    case createProject(CreateProject)
    /// A model shall exist.
    case createModel(CreateModel)
    /// Files become the next version of a model.
    case registerVersion(RegisterVersion)
    /// An alias shall name a version.
    case setAlias(SetAlias)
    /// An alias shall name nothing.
    case removeAlias(RemoveAlias)
    /// A node may ask to be admitted.
    case inviteMember(InviteMember)
    /// A node becomes a learner.
    case admitMember(AdmitMember)
    /// A member shall vote, or only follow.
    case changeMemberRole(ChangeMemberRole)
    /// A member shall be none any more.
    case removeMember(RemoveMember)
    /// A node has started.
    case describeMember(DescribeMember)
    /// Commands of a level are understood from here on.
    case raiseLevel(RaiseLevel)
    /// A project shall be another.
    case changeProject(ChangeProject)
    /// An alias shall name what it named before.
    case rollBackAlias(RollBackAlias)
    /// More is known of a version's lineage.
    case appendLineage(AppendLineage)
    /// A place serves a version, or does so no more.
    case reportDeployment(ReportDeployment)
    /// A thing must not be used any more, or may again.
    case recall(RecallThing)
    /// Somebody may do something else than before.
    case access(AccessCommand)
    /// A version moves through the stages of its project.
    case lifecycle(LifecycleCommand)
    /// A version goes, comes back, or must stay.
    case retention(RetentionCommand)
    /// What a project asks of its versions, and for how long it keeps them.
    case policy(PolicyCommand)
    /// A node signs checkpoints of the audit log by a key.
    case announceAuditKey(AnnounceAuditKey)

    /// The first byte of a command's encoding. Frozen: a number is never used again for something else.
    enum Kind: UInt8 {
        case establish = 1
        case createProject = 2
        case createModel = 3
        case registerVersion = 4
        case setAlias = 5
        case removeAlias = 6
        case inviteMember = 7
        case admitMember = 8
        case changeMemberRole = 9
        case removeMember = 10
        case describeMember = 11
        case raiseLevel = 12
        case changeProject = 13
        case rollBackAlias = 14
        case appendLineage = 15
        case reportDeployment = 16
        case recall = 17
        case access = 18
        case lifecycle = 19
        case retention = 20
        case policy = 21
        case announceAuditKey = 22

        /// The newest format of its fields that this build knows.
        var newestFormat: UInt8 {
            switch self {
            case .registerVersion, .changeProject, .lifecycle: 3
            case .createProject: 2
            case .establish, .createModel, .setAlias, .removeAlias, .inviteMember, .admitMember,
                .changeMemberRole, .removeMember, .describeMember, .raiseLevel, .rollBackAlias,
                .appendLineage, .reportDeployment, .recall, .access, .retention, .policy, .announceAuditKey:
                1
            }
        }

        /// The least level of a cluster that understands it in its first format. `raiseLevel` itself is proposed only
        /// when every member knows it.
        var level: UInt32 {
            switch self {
            case .establish, .createProject, .createModel, .registerVersion, .setAlias, .removeAlias, .raiseLevel: 1
            case .inviteMember, .admitMember, .changeMemberRole, .removeMember, .describeMember: 2
            case .changeProject: 4
            case .rollBackAlias, .appendLineage, .reportDeployment, .recall, .access, .lifecycle, .retention:
                Command.levelOfLifecycles
            case .policy: Command.levelOfPolicies
            case .announceAuditKey: Command.levelOfArchives
            }
        }
    }

    /// The level of commands that this build knows. Level 3 brings none: its builds know how old receipts are.
    package static let knownLevel: UInt32 = 9
    /// The level from which nodes may forget what nobody registered.
    package static let levelOfAgeingReceipts: UInt32 = 3
    /// The level from which projects have sites and quotas: the bytes of new ones are counted.
    package static let levelOfProjects: UInt32 = 4
    /// The level from which versions say what was found in their files, and projects what they refuse.
    package static let levelOfInspections: UInt32 = 5
    /// The level from which aliases are rolled back, lineages read, roles given, and versions have stages.
    package static let levelOfLifecycles: UInt32 = 6
    /// The level from which projects have schemas, rules of retention, and tiers of risk.
    package static let levelOfPolicies: UInt32 = 7
    /// The level from which projects may be private.
    package static let levelOfVisibility: UInt32 = 8
    /// The level from which stages may say where bytes are kept, and nodes by which key they sign.
    package static let levelOfArchives: UInt32 = 9

    /// Whether nodes say it of themselves, in the cluster's name.
    var isOfNodes: Bool {
        switch self {
        case .describeMember, .raiseLevel, .announceAuditKey: true
        case .establish, .createProject, .createModel, .registerVersion, .setAlias, .removeAlias, .inviteMember,
            .admitMember, .changeMemberRole, .removeMember, .changeProject, .rollBackAlias,
            .appendLineage, .reportDeployment, .recall, .access, .lifecycle, .retention, .policy:
            false
        }
    }

    /// The least level of a cluster that understands the command.
    package var level: UInt32 {
        switch self {
        case .lifecycle where format == 3: Self.levelOfArchives
        case .createProject where format == 2, .changeProject where format == 3: Self.levelOfVisibility
        case .registerVersion where format == 3, .lifecycle where format == 2: Self.levelOfPolicies
        case .registerVersion where format == 2, .changeProject where format == 2: Self.levelOfInspections
        case .retention(let command): command.level
        default: kind.level
        }
    }

    /// The format of its fields: the first, unless they say what that cannot.
    private var format: UInt8 {
        switch self {
        case .registerVersion(let command): command.format
        case .createProject(let command): command.format
        case .changeProject(let command): command.format
        case .lifecycle(let command): command.format
        case .establish, .createModel, .setAlias, .removeAlias, .inviteMember, .admitMember,
            .changeMemberRole, .removeMember, .describeMember, .raiseLevel, .rollBackAlias,
            .appendLineage, .reportDeployment, .recall, .access, .retention, .policy, .announceAuditKey:
            1
        }
    }
}

extension Command: CanonicalCodable {
    package func encode(to writer: inout CanonicalWriter) {
        writer.write(kind.rawValue)
        writer.write(format)
        switch self {
        case .establish(let command): writer.write(command)
        case .createProject(let command): writer.write(command)
        case .createModel(let command): writer.write(command)
        case .registerVersion(let command): writer.write(command)
        case .setAlias(let command): writer.write(command)
        case .removeAlias(let command): writer.write(command)
        case .inviteMember(let command): writer.write(command)
        case .admitMember(let command): writer.write(command)
        case .changeMemberRole(let command): writer.write(command)
        case .removeMember(let command): writer.write(command)
        case .describeMember(let command): writer.write(command)
        case .raiseLevel(let command): writer.write(command)
        case .changeProject(let command): writer.write(command)
        case .rollBackAlias(let command): writer.write(command)
        case .appendLineage(let command): writer.write(command)
        case .reportDeployment(let command): writer.write(command)
        case .recall(let command): writer.write(command)
        case .access(let command): writer.write(command)
        case .lifecycle(let command): writer.write(command)
        case .retention(let command): writer.write(command)
        case .policy(let command): writer.write(command)
        case .announceAuditKey(let command): writer.write(command)
        }
    }

    private var kind: Kind {
        switch self {
        case .establish: .establish
        case .createProject: .createProject
        case .createModel: .createModel
        case .registerVersion: .registerVersion
        case .setAlias: .setAlias
        case .removeAlias: .removeAlias
        case .inviteMember: .inviteMember
        case .admitMember: .admitMember
        case .changeMemberRole: .changeMemberRole
        case .removeMember: .removeMember
        case .describeMember: .describeMember
        case .raiseLevel: .raiseLevel
        case .changeProject: .changeProject
        case .rollBackAlias: .rollBackAlias
        case .appendLineage: .appendLineage
        case .reportDeployment: .reportDeployment
        case .recall: .recall
        case .access: .access
        case .lifecycle: .lifecycle
        case .retention: .retention
        case .policy: .policy
        case .announceAuditKey: .announceAuditKey
        }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let tag = try reader.readInteger(UInt8.self)
        guard let kind = Kind(rawValue: tag) else { throw .invalid("\(tag) is not a kind of command") }
        let format = try reader.readVersion(of: "command", known: 1...kind.newestFormat)
        switch kind {
        case .establish: self = .establish(try reader.read())
        case .createProject: self = .createProject(try CreateProject(from: &reader, format: format))
        case .createModel: self = .createModel(try reader.read())
        case .registerVersion: self = .registerVersion(try RegisterVersion(from: &reader, format: format))
        case .setAlias: self = .setAlias(try reader.read())
        case .removeAlias: self = .removeAlias(try reader.read())
        case .inviteMember: self = .inviteMember(try reader.read())
        case .admitMember: self = .admitMember(try reader.read())
        case .changeMemberRole: self = .changeMemberRole(try reader.read())
        case .removeMember: self = .removeMember(try reader.read())
        case .describeMember: self = .describeMember(try reader.read())
        case .raiseLevel: self = .raiseLevel(try reader.read())
        case .changeProject: self = .changeProject(try ChangeProject(from: &reader, format: format))
        case .rollBackAlias: self = .rollBackAlias(try reader.read())
        case .appendLineage: self = .appendLineage(try reader.read())
        case .reportDeployment: self = .reportDeployment(try reader.read())
        case .recall: self = .recall(try reader.read())
        case .access: self = .access(try reader.read())
        case .lifecycle: self = .lifecycle(try LifecycleCommand(from: &reader, format: format))
        case .retention: self = .retention(try reader.read())
        case .policy: self = .policy(try reader.read())
        case .announceAuditKey: self = .announceAuditKey(try reader.read())
        }
    }
}
