package import Models

/// An entry of the log as the state machine understands it: every byte string is one.
struct Request {
    /// Who asks, and under which id; nil when the entry is not even an envelope.
    let header: CommandHeader?
    /// What is asked, or why that cannot be told.
    let command: Result<Command, Rejection>
    /// What is asked and by whom, as bytes: a repetition has the same digest. The id, the site, the clock and the
    /// receipts are not part of it, because a retry through another node brings its own.
    let digest: Digest

    /// Reads an entry, in a cluster that understands the commands of `level`.
    init(_ entry: [UInt8], level: UInt32) {
        var reader = CanonicalReader(entry)
        let header: CommandHeader
        do throws(CanonicalError) { header = try CommandHeader(from: &reader) } catch {
            self.init(header: nil, refused: "the entry is not a command: \(error)", bytes: entry)
            return
        }
        do throws(CanonicalError) {
            let command = try Self.command(from: &reader, of: entry.count, level)
            self.init(header: header, command: .success(command), asked: command.withoutReceipts.canonicalBytes)
        } catch {
            self.init(header: header, refused: "the command cannot be read: \(error)", bytes: entry)
        }
    }

    private static func command(
        from reader: inout CanonicalReader, of size: Int, _ level: UInt32
    ) throws(CanonicalError) -> Command {
        let limit = Limits.standard.commandBytes
        guard size <= limit else { throw .invalid("it has \(size) bytes; at most \(limit) are allowed") }
        let command = try Command(from: &reader)
        try reader.finish()
        guard command.level <= level else {
            throw .invalid("not every member knows commands of level \(command.level) yet; upgrade the others first")
        }
        return command
    }

    private init(header: CommandHeader?, refused detail: String, bytes: [UInt8]) {
        self.init(header: header, command: .failure(Rejection(.invalid, detail)), asked: bytes)
    }

    private init(header: CommandHeader?, command: Result<Command, Rejection>, asked: [UInt8]) {
        self.header = header
        self.command = command
        var writer = CanonicalWriter()
        writer.write(header?.principal ?? .unknown)
        writer.writeFixed(asked)
        digest = Digest(of: writer.bytes)
    }
}

extension Command {
    /// The command without what a retry through another node would bring anew.
    var withoutReceipts: Command {
        switch self {
        case .registerVersion(let command): .registerVersion(command.withoutHolders)
        case .lifecycle(let command): .lifecycle(command.withoutCheck)
        default: self
        }
    }

    /// What audit records call the kind of command. Frozen, as they are.
    var action: String {
        switch self {
        case .establish: "cluster.establish"
        case .createProject: "project.create"
        case .createModel: "model.create"
        case .registerVersion: "version.register"
        case .setAlias: "alias.set"
        case .removeAlias: "alias.remove"
        case .inviteMember: "member.invite"
        case .admitMember: "member.admit"
        case .changeMemberRole(let command): command.isVoter ? "member.promote" : "member.demote"
        case .removeMember: "member.remove"
        case .describeMember: "member.start"
        case .raiseLevel: "cluster.raise-level"
        case .changeProject: "project.change"
        case .rollBackAlias: "alias.rollback"
        case .appendLineage: "version.append-lineage"
        case .reportDeployment(let command): command.isServing ? "deployment.report" : "deployment.end"
        case .recall(let command): command.isRecalled ? "recall.add" : "recall.lift"
        case .access(let command): command.action
        case .lifecycle(let command): command.action
        case .retention(let command): command.action
        case .policy(let command): command.action
        case .announceAuditKey: "audit.announce-key"
        }
    }

    /// What audit records call the thing the command is about: `AuditRecord.project` reads it.
    var object: String {
        switch self {
        case .establish(let command): "\(command.cluster)"
        case .createProject(let command): "\(command.name)"
        case .createModel(let command): "\(command.project)/\(command.name)"
        case .registerVersion(let command): "\(command.project)/\(command.model)"
        case .setAlias(let command): "\(command.project)/\(command.model)@\(command.alias)"
        case .removeAlias(let command): "\(command.project)/\(command.model)@\(command.alias)"
        case .inviteMember(let command): "\(command.node)"
        case .admitMember(let command): command.peer
        case .changeMemberRole(let command): "\(command.node)"
        case .removeMember(let command): "\(command.node)"
        case .describeMember(let command): "\(command.member)"
        case .raiseLevel(let command): "\(command.level)"
        case .changeProject(let command): "\(command.name)"
        case .rollBackAlias(let command): "\(command.project)/\(command.model)@\(command.alias)"
        case .appendLineage(let command): "\(command.project)/\(command.model):\(command.version)"
        case .reportDeployment(let command): "\(command.project)/\(command.model):\(command.version)/\(command.name)"
        case .access(let command): command.object
        case .lifecycle(let command): command.object
        case .retention(let command): command.object
        case .policy(let command): command.object
        case .announceAuditKey(let command): "\(command.node) \(command.key.cut(toBytes: AnnounceAuditKey.mostBytes))"
        case .recall(let command): command.thing.cut(toBytes: Limits.standard.lineageTextBytes)
        }
    }
}

extension String {
    /// As much of it as has `count` bytes: a refused command may have said anything, at any length.
    fileprivate func cut(toBytes count: Int) -> String {
        utf8.count <= count ? self : String(decoding: utf8.prefix(count), as: UTF8.self)
    }
}

extension AuditRecord {
    /// The project that the thing is in, or is; nil where it is in none. For what concerns projects and what is in them.
    package var project: ProjectName? {
        if action.hasPrefix("recall.") { return LineageThing(id: object)?.version?.model.project }
        // Probe: a refused command may have named anything.
        return try? ProjectName(String(object.prefix { $0 != "/" && $0 != " " }))
    }
}
