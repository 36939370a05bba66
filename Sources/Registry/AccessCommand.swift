package import Models

/// Says who may do what.
package enum AccessCommand: Hashable, Sendable, CanonicalCodable {
    /// A principal shall exist.
    case createPrincipal(PrincipalName, Role, description: String)
    /// A principal shall have another role in the whole cluster.
    case changePrincipal(PrincipalName, Role)
    /// A principal shall do nothing any more, for ever.
    case removePrincipal(PrincipalName)
    /// A principal shall have a role in a project, or none.
    case grant(ProjectName, PrincipalName, Role?)
    /// A principal may sign in with the token of this SHA-256.
    case issueToken(PrincipalName, Digest, label: String, expiresAt: Timestamp?)
    /// Nobody may sign in with a token any more: see `TokenInformation.id`.
    case revokeToken(UniqueID, of: PrincipalName)

    /// The first byte of the encoding. Frozen.
    private enum Kind: UInt8 {
        case createPrincipal = 1
        case changePrincipal = 2
        case removePrincipal = 3
        case grant = 4
        case issueToken = 5
        case revokeToken = 6
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(kind.rawValue)
        switch self {
        case .createPrincipal(let name, let role, let description):
            writer.write(name)
            writer.write(role)
            writer.write(description)
        case .changePrincipal(let name, let role):
            writer.write(name)
            writer.write(role)
        case .removePrincipal(let name): writer.write(name)
        case .grant(let project, let principal, let role):
            writer.write(project)
            writer.write(principal)
            writer.write(role) { $0.write($1) }
        case .issueToken(let principal, let digest, let label, let expiresAt):
            writer.write(principal)
            writer.write(digest)
            writer.write(label)
            writer.write(expiresAt) { $0.write($1) }
        case .revokeToken(let id, let principal):
            writer.write(id)
            writer.write(principal)
        }
    }

    private var kind: Kind {
        switch self {
        case .createPrincipal: .createPrincipal
        case .changePrincipal: .changePrincipal
        case .removePrincipal: .removePrincipal
        case .grant: .grant
        case .issueToken: .issueToken
        case .revokeToken: .revokeToken
        }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let tag = try reader.readInteger(UInt8.self)
        guard let kind = Kind(rawValue: tag) else { throw .invalid("\(tag) is not a kind of access command") }
        switch kind {
        case .createPrincipal:
            self = .createPrincipal(try reader.read(), try reader.read(), description: try reader.readString())
        case .changePrincipal: self = .changePrincipal(try reader.read(), try reader.read())
        case .removePrincipal: self = .removePrincipal(try reader.read())
        case .grant:
            self = .grant(
                try reader.read(), try reader.read(),
                try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() })
        case .issueToken:
            self = .issueToken(
                try reader.read(), try reader.read(), label: try reader.readString(),
                expiresAt: try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() })
        case .revokeToken: self = .revokeToken(try reader.read(), of: try reader.read())
        }
    }

    /// What audit records call it. Frozen.
    var action: String {
        switch self {
        case .createPrincipal: "principal.create"
        case .changePrincipal: "principal.change"
        case .removePrincipal: "principal.remove"
        case .grant(_, _, let role): role == nil ? "grant.remove" : "grant.set"
        case .issueToken: "token.issue"
        case .revokeToken: "token.revoke"
        }
    }

    /// What audit records say it is about.
    var object: String {
        switch self {
        case .createPrincipal(let name, let role, _), .changePrincipal(let name, let role): "\(name) \(role.rawValue)"
        case .removePrincipal(let name): "\(name)"
        case .grant(let project, let principal, let role):
            role.map { "\(project) \(principal) \($0.rawValue)" } ?? "\(project) \(principal)"
        case .issueToken(let principal, let digest, _, _): "\(principal) \(TokenRecord.id(digest))"
        case .revokeToken(let id, let principal): "\(principal) \(id)"
        }
    }
}
