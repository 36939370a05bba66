package import Models

/// What a client asks the log to do. Each kind has a frozen tag and its own format version: an entry of the log is read
/// by every later build. A new kind is proposed only once every member knows it.
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

    /// The first byte of a command's encoding. Frozen: a number is never used again for something else.
    enum Kind: UInt8 {
        case establish = 1
        case createProject = 2
        case createModel = 3
        case registerVersion = 4
        case setAlias = 5
        case removeAlias = 6
    }

    /// The format of each kind's fields, so far the first.
    private static let formatVersion: UInt8 = 1
}

extension Command: CanonicalCodable {
    package func encode(to writer: inout CanonicalWriter) {
        switch self {
        case .establish(let command): Self.write(.establish, command, to: &writer)
        case .createProject(let command): Self.write(.createProject, command, to: &writer)
        case .createModel(let command): Self.write(.createModel, command, to: &writer)
        case .registerVersion(let command): Self.write(.registerVersion, command, to: &writer)
        case .setAlias(let command): Self.write(.setAlias, command, to: &writer)
        case .removeAlias(let command): Self.write(.removeAlias, command, to: &writer)
        }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let tag = try reader.readInteger(UInt8.self)
        guard let kind = Kind(rawValue: tag) else { throw .invalid("\(tag) is not a kind of command") }
        _ = try reader.readVersion(of: "command", known: Self.formatVersion...Self.formatVersion)
        switch kind {
        case .establish: self = .establish(try reader.read())
        case .createProject: self = .createProject(try reader.read())
        case .createModel: self = .createModel(try reader.read())
        case .registerVersion: self = .registerVersion(try reader.read())
        case .setAlias: self = .setAlias(try reader.read())
        case .removeAlias: self = .removeAlias(try reader.read())
        }
    }

    private static func write(_ kind: Kind, _ fields: some CanonicalCodable, to writer: inout CanonicalWriter) {
        writer.write(kind.rawValue)
        writer.write(formatVersion)
        writer.write(fields)
    }
}
