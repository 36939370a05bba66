package import Models

/// Takes versions out of the registry, or keeps them in it.
package enum RetentionCommand: Hashable, Sendable, CanonicalCodable {
    /// A version shall be gone, and purged after so many days.
    case delete(VersionKey, reason: String, graceDays: UInt32)
    /// A version shall be gone because a rule of its project fits it: as long as the rules are those with this digest and the
    /// version has moved so often.
    case deleteByRule(VersionKey, reason: String, graceDays: UInt32, policy: Digest, moves: UInt64)
    /// A version that was deleted and is not purged shall be there again.
    case undelete(VersionKey, reason: String)
    /// Nothing shall be left of deleted versions of a project, once their time has come.
    case purge(ProjectName, [VersionKey])
    /// A version must be kept.
    case hold(VersionKey, reason: String)
    /// It need not be kept any more.
    case release(VersionKey, reason: String)
    /// A model, of which no version is left, shall be gone.
    case deleteModel(ProjectName, ModelName, reason: String)
    /// A project, in which no model is left, shall be gone.
    case deleteProject(ProjectName, reason: String)

    /// Days within which a deleted version can be taken back, when nobody says.
    package static let standardGraceDays: UInt32 = 30
    /// Days that can be asked for.
    package static let mostGraceDays: UInt32 = 3_650
    /// Versions of one purge.
    package static let mostPurged = 1_000
    /// Files of the versions of one purge: with this many it ends, for nothing else is applied meanwhile.
    package static let mostPurgedFiles = 10_000
    /// Moves of a version that go with it, the newest: more than anyone makes.
    static let mostForgottenMoves: UInt64 = 10_000

    /// The first byte of the encoding. Frozen.
    private enum Kind: UInt8 {
        case delete = 1
        case undelete = 2
        case purge = 3
        case hold = 4
        case release = 5
        case deleteModel = 6
        case deleteProject = 7
        case deleteByRule = 8
    }

    package func encode(to writer: inout CanonicalWriter) {
        switch self {
        case .delete(let version, let reason, let days):
            writer.write(Kind.delete.rawValue)
            writer.write(version)
            writer.write(reason)
            writer.write(days)
        case .deleteByRule(let version, let reason, let days, let policy, let moves):
            writer.write(Kind.deleteByRule.rawValue)
            writer.write(version)
            writer.write(reason)
            writer.write(days)
            writer.write(policy)
            writer.write(moves)
        case .undelete(let version, let reason): Self.encode(.undelete, version, reason, to: &writer)
        case .purge(let project, let versions):
            writer.write(Kind.purge.rawValue)
            writer.write(project)
            writer.write(list: versions)
        case .hold(let version, let reason): Self.encode(.hold, version, reason, to: &writer)
        case .release(let version, let reason): Self.encode(.release, version, reason, to: &writer)
        case .deleteModel(let project, let model, let reason):
            writer.write(Kind.deleteModel.rawValue)
            writer.write(project)
            writer.write(model)
            writer.write(reason)
        case .deleteProject(let project, let reason):
            writer.write(Kind.deleteProject.rawValue)
            writer.write(project)
            writer.write(reason)
        }
    }

    private static func encode(
        _ kind: Kind, _ version: VersionKey, _ reason: String, to writer: inout CanonicalWriter
    ) {
        writer.write(kind.rawValue)
        writer.write(version)
        writer.write(reason)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let tag = try reader.readInteger(UInt8.self)
        guard let kind = Kind(rawValue: tag) else { throw .invalid("\(tag) is not a kind of retention command") }
        switch kind {
        case .delete:
            self = .delete(try reader.read(), reason: try reader.readString(), graceDays: try reader.readInteger())
        case .deleteByRule:
            self = .deleteByRule(
                try reader.read(), reason: try reader.readString(), graceDays: try reader.readInteger(),
                policy: try reader.read(), moves: try reader.readInteger())
        case .undelete: self = .undelete(try reader.read(), reason: try reader.readString())
        case .purge: self = .purge(try reader.read(), try reader.readList())
        case .hold: self = .hold(try reader.read(), reason: try reader.readString())
        case .release: self = .release(try reader.read(), reason: try reader.readString())
        case .deleteModel:
            self = .deleteModel(try reader.read(), try reader.read(), reason: try reader.readString())
        case .deleteProject: self = .deleteProject(try reader.read(), reason: try reader.readString())
        }
    }

    /// The least level of a cluster that understands it.
    var level: UInt32 {
        switch self {
        case .delete, .undelete, .purge, .hold, .release: Command.levelOfLifecycles
        case .deleteModel, .deleteProject, .deleteByRule: Command.levelOfPolicies
        }
    }

    /// What audit records call it. Frozen.
    var action: String {
        switch self {
        case .delete, .deleteByRule: "version.delete"
        case .undelete: "version.undelete"
        case .purge: "version.purge"
        case .hold: "version.hold"
        case .release: "version.release"
        case .deleteModel: "model.delete"
        case .deleteProject: "project.delete"
        }
    }

    /// What audit records say it is about: of a purge the first versions.
    var object: String {
        switch self {
        case .delete(let version, _, _), .deleteByRule(let version, _, _, _, _), .undelete(let version, _),
            .hold(let version, _), .release(let version, _):
            "\(version)"
        case .purge(_, let versions): versions.prefix(20).map(\.description).joined(separator: " ")
        case .deleteModel(let project, let model, _): "\(project)/\(model)"
        case .deleteProject(let project, _): "\(project)"
        }
    }

    /// The project that it concerns.
    var project: ProjectName {
        switch self {
        case .delete(let version, _, _), .deleteByRule(let version, _, _, _, _), .undelete(let version, _),
            .hold(let version, _), .release(let version, _):
            version.project
        case .purge(let project, _), .deleteModel(let project, _, _), .deleteProject(let project, _): project
        }
    }
}
