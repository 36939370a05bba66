import Models
import Storage

extension StateTransaction {
    /// Says who may do what.
    mutating func carryOut(_ command: AccessCommand, _ header: CommandHeader) throws(StorageError) -> Effect {
        switch command {
        case .createPrincipal(let name, let role, let description):
            return try create(name, role, description, header)
        case .changePrincipal(let name, let role): return try change(name, to: role)
        case .removePrincipal(let name): return try remove(name, header)
        case .grant(let project, let principal, let role): return try grant(role, project, principal, header)
        case .issueToken(let principal, let digest, let label, let expiresAt):
            return try issue(digest, to: principal, label: label, expiresAt: expiresAt, header)
        case .revokeToken(let id, let principal): return try revoke(id, of: principal)
        }
    }

    private mutating func create(
        _ name: PrincipalName, _ role: Role, _ description: String, _ header: CommandHeader
    ) throws(StorageError) -> Effect {
        if isTooLong(description) { return .refused(.tooLong("description")) }
        if name == .unknown || name == .peerage {
            return .refused(.invalid, "no principal may be called “\(name)”; choose another name")
        }
        if let known: Principal = try record(.principal(name)) {
            let was = known.removedAt == nil ? "exists" : "was removed, and nobody else can have its name"
            return .refused(.alreadyExists, "the principal “\(name)” \(was)")
        }
        try put(
            Principal(name: name, role: role, description: description, createdAt: header.at), at: .principal(name))
        try countAdministrators(role == .administrator ? 1 : 0)
        return .accepted(.none)
    }

    private mutating func change(_ name: PrincipalName, to role: Role) throws(StorageError) -> Effect {
        guard var principal = try livingPrincipal(name) else { return .refused(.missing(name)) }
        if principal.role == role { return .accepted(.none) }
        if principal.role == .administrator, let refusal = try refusalOfLosingAnAdministrator() {
            return .refused(refusal)
        }
        try countAdministrators((role == .administrator ? 1 : 0) - (principal.role == .administrator ? 1 : 0))
        principal.role = role
        try put(principal, at: .principal(name))
        return .accepted(.none)
    }

    /// Its tokens and grants mean nothing from here on: each use looks at the principal.
    private mutating func remove(_ name: PrincipalName, _ header: CommandHeader) throws(StorageError) -> Effect {
        guard var principal = try livingPrincipal(name) else { return .refused(.missing(name)) }
        if principal.role == .administrator {
            if let refusal = try refusalOfLosingAnAdministrator() { return .refused(refusal) }
            try countAdministrators(-1)
        }
        principal.removedAt = header.at
        try put(principal, at: .principal(name))
        return .accepted(.none)
    }

    private mutating func grant(
        _ role: Role?, _ project: ProjectName, _ principal: PrincipalName, _ header: CommandHeader
    ) throws(StorageError) -> Effect {
        guard try contains(.project(project)) else { return .refused(.missing(project)) }
        let key = StateKey.grant(project, principal)
        guard let role else {
            guard try contains(key) else {
                return .refused(.notFound, "“\(principal)” has no role in project “\(project)” to take away")
            }
            try delete(key)
            return .accepted(.none)
        }
        guard try livingPrincipal(principal) != nil else { return .refused(.missing(principal)) }
        try put(
            Grant(project: project, principal: principal, role: role, at: header.at, by: header.principal), at: key)
        return .accepted(.none)
    }

    private mutating func issue(
        _ digest: Digest, to principal: PrincipalName, label: String, expiresAt: Timestamp?, _ header: CommandHeader
    ) throws(StorageError) -> Effect {
        if isTooLong(label) { return .refused(.tooLong("label")) }
        guard try livingPrincipal(principal) != nil else { return .refused(.missing(principal)) }
        if let expiresAt, expiresAt <= header.at {
            return .refused(.invalid, "the token would expire at \(expiresAt), before it is issued")
        }
        if try contains(.token(digest)) { return .refused(.alreadyExists, "the token exists; draw another") }
        let count = try self.count(.tokenCount(principal))
        guard count < Limits.standard.tokens else {
            return .refused(.limitExceeded, "“\(principal)” has \(count) tokens already; revoke some first")
        }
        try put(CountRecord(count + 1), at: .tokenCount(principal))
        try put(
            TokenRecord(principal, label: label, createdAt: header.at, expiresAt: expiresAt), at: .token(digest))
        return .accepted(.none)
    }

    private mutating func revoke(_ id: UniqueID, of principal: PrincipalName) throws(StorageError) -> Effect {
        let found = try records(
            in: StateKey.Listing.tokens(id).range(), of: .state, limit: 1, reversed: false)
        guard let first = found.first, let digest = StateKey.tokenDigest(in: first.key),
            let token: TokenRecord = try record(.token(digest)), token.principal == principal
        else { return .refused(.notFound, "“\(principal)” has no token \(id)") }
        try delete(.token(digest))
        // The first administrator's was never counted.
        let count = try self.count(.tokenCount(principal))
        if token.createdAt != nil, count > 0 { try put(CountRecord(count - 1), at: .tokenCount(principal)) }
        return .accepted(.none)
    }

    /// Whoever makes a project says who may do what in it.
    mutating func letCreatorAdminister(_ project: ProjectName, _ header: CommandHeader) throws(StorageError) {
        guard try level() >= Command.levelOfLifecycles, let creator = try livingPrincipal(header.principal),
            creator.role != .administrator
        else { return }
        let grant = Grant(
            project: project, principal: creator.name, role: .administrator, at: header.at, by: creator.name)
        try put(grant, at: .grant(project, creator.name))
    }

    /// The principal, unless it was removed.
    mutating func livingPrincipal(_ name: PrincipalName) throws(StorageError) -> Principal? {
        guard let principal: Principal = try record(.principal(name)), principal.removedAt == nil else { return nil }
        return principal
    }

    /// The cluster is founded with one administrator, who is not counted.
    private mutating func countAdministrators(_ change: Int64) throws(StorageError) {
        guard change != 0 else { return }
        let count = try record(.administratorCount, as: CountRecord.self)?.count ?? 1
        try put(CountRecord(UInt64(max(Int64(count) + change, 0))), at: .administratorCount)
    }

    private mutating func refusalOfLosingAnAdministrator() throws(StorageError) -> Rejection? {
        guard try record(.administratorCount, as: CountRecord.self)?.count ?? 1 <= 1 else { return nil }
        return Rejection(.conflict, "it is the last administrator of the cluster; make another one first")
    }

    private mutating func count(_ key: StateKey) throws(StorageError) -> UInt64 {
        try record(key, as: CountRecord.self)?.count ?? 0
    }
}

extension Role {
    /// The order of roles. An auditor may do no more than a reader, but for the audit log, which is the cluster's.
    package var strength: Int {
        switch self {
        case .reader: 0
        case .auditor: 1
        case .contributor: 2
        case .steward: 3
        case .administrator: 4
        }
    }
}

extension Rejection {
    /// A principal that does not exist.
    static func missing(_ principal: PrincipalName) -> Rejection {
        Rejection(.notFound, "there is no principal “\(principal)”; ask an administrator to add it")
    }
}
