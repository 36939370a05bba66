package import Models
package import Storage

/// The deterministic domain: entries of the log in, outcomes and a changed state out.
///
/// Each entry is given once, in the order of the log. What it does depends on its bytes and on the state alone.
package enum StateMachine {
    /// Applies a command's entry. Whatever the bytes are, this ends with an outcome; it throws only when the store
    /// fails.
    ///
    /// A repetition, that is the same command under the same id, gives the first outcome again and changes nothing but
    /// the applied index. It is not audited: a node hands a command over again whenever a leader stays silent, so a
    /// second record would tell of the network, not of anyone's doing. Every other entry writes exactly one audit
    /// record.
    package static func apply(
        _ entry: [UInt8], index: UInt64, term: UInt64, in transaction: inout StateTransaction
    ) throws(StorageError) -> Applied {
        skip(index: index, term: term, in: &transaction)
        let request = Request(entry, level: try transaction.level())
        let effect: Effect
        switch try transaction.recognise(request) {
        case .repeated(let outcome):
            return Applied(commandID: request.header?.id, outcome: outcome, events: [])
        case .reused: effect = .keyReused
        case .new: effect = try transaction.carryOut(request)
        }
        transaction.audit(request, effect)
        if effect.isRemembered { try transaction.remember(effect.outcome, of: request) }
        return Applied(commandID: request.header?.id, outcome: effect.outcome, events: effect.events)
    }

    /// Applies a change of members: from here on only the receipts of `voters` count.
    package static func change(
        voters: [UInt64], learners: [UInt64], index: UInt64, term: UInt64, in transaction: inout StateTransaction
    ) throws(StorageError) {
        try transaction.membershipChanged(to: MembershipRecord(voters: voters, learners: learners))
        skip(index: index, term: term, in: &transaction)
    }

    /// Notes that a new leader's entry, which holds nothing, was applied.
    package static func skip(index: UInt64, term: UInt64, in transaction: inout StateTransaction) {
        transaction.applied.index = index
        transaction.applied.term = term
    }
}

extension StateTransaction {
    fileprivate mutating func carryOut(_ request: Request) throws(StorageError) -> Effect {
        let command: Command
        switch request.command {
        case .failure(let rejection): return .refused(rejection)
        case .success(let understood): command = understood
        }
        guard let header = request.header else { return .refused(.invalid, "the command names nobody") }
        if case .establish(let founding) = command { return try establish(founding) }
        if let refusal = try refusal(of: header.principal, to: command) { return .refused(refusal) }
        switch command {
        case .establish(let founding): return try establish(founding)
        case .createProject(let command): return try create(command, header)
        case .createModel(let command): return try create(command, header)
        case .registerVersion(let command): return try register(command, header)
        case .setAlias(let command): return try set(command, header)
        case .removeAlias(let command): return try remove(command, header)
        case .inviteMember(let command): return try invite(command, header)
        case .admitMember(let command): return try admit(command, header)
        case .changeMemberRole(let command): return try changeRole(command)
        case .removeMember(let command): return try remove(command)
        case .describeMember(let command): return try describe(command)
        case .raiseLevel(let command): return try raise(command)
        case .changeProject(let command): return try change(command)
        case .rollBackAlias(let command): return try rollBack(command, header)
        case .appendLineage(let command): return try append(command, header)
        case .reportDeployment(let command): return try report(command, header)
        case .recall(let command): return try recall(command, header)
        case .access(let command): return try carryOut(command, header)
        case .lifecycle(let command): return try carryOut(command, header)
        case .retention(let command): return try carryOut(command, header)
        case .policy(let command): return try carryOut(command, header)
        case .announceAuditKey(let command): return try announce(command, header)
        }
    }

    /// Permission is decided here, by the state the command meets, not only where the client knocked (invariant 6).
    private mutating func refusal(of name: PrincipalName, to command: Command) throws(StorageError) -> Rejection? {
        if command.isOfNodes {
            return name == .peerage ? nil : Rejection(.forbidden, "only nodes may say this of themselves")
        }
        if name == .peerage {
            switch command {
            // When its time has come is said by the deletion.
            case .retention(.purge): return nil
            // Whether the rules that a steward gave are in force is looked at with the version.
            case .retention(.deleteByRule): return nil
            default: break
            }
        }
        guard let principal = try livingPrincipal(name) else {
            return Rejection(.forbidden, "“\(name)” is not a principal of this cluster; ask an administrator to add it")
        }
        if case .access(let access) = command, access.isOwnTokens(of: name) { return nil }
        let (permission, project) = try need(of: command)
        let role = try Catalog(self).role(of: principal, in: project)
        if let project, try isAbsent(project, to: role) {
            // But for registrations, which would make it.
            guard case .registerVersion = command, !principal.role.permits(permission) else { return .missing(project) }
            return .forbidden(name, principal.role, nil, permission)
        }
        guard let role, !role.permits(permission) else { return nil }
        return .forbidden(name, role, project, permission)
    }

    /// Whether a project is not there for whom has such a role in it: what does not exist and what is not seen are one,
    /// since there is the latter.
    private mutating func isAbsent(_ project: ProjectName, to role: Role?) throws(StorageError) -> Bool {
        if role == nil { return true }
        guard try level() >= Command.levelOfVisibility else { return false }
        return try !contains(.project(project))
    }
}

extension Rejection {
    /// Somebody whose role does not reach.
    package static func forbidden(
        _ name: PrincipalName, _ role: Role, _ project: ProjectName?, _ permission: Permission
    ) -> Rejection {
        let place = project.map { "in project “\($0)”" } ?? "in this cluster"
        return Rejection(
            .forbidden,
            "“\(name)” is \(role.rawValue) \(place); for this one must be \(permission.leastRole.rawValue). Ask an administrator for the role"
        )
    }
}
