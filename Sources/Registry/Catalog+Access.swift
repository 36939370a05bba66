package import Models
package import Storage

extension Catalog {
    /// Principals by name, those that were removed too.
    package func principals(after: PrincipalName?, limit: Int) throws(StorageError) -> [Principal] {
        try reader.records(StateKey.Listing.principals.range(after: after.map { .principal($0) }), limit: limit)
    }

    /// The roles that principals have in a project, by their names.
    package func grants(in project: ProjectName) throws(StorageError) -> [Grant] {
        try reader.records(StateKey.Listing.grants(project).range(), limit: Limits.standard.pageRecords)
    }

    /// The role of a principal in a project, or in the whole cluster.
    package func role(of principal: Principal, in project: ProjectName?) throws(StorageError) -> Role {
        guard let project, let grant: Grant = try reader.record(.grant(project, principal.name)) else {
            return principal.role
        }
        return principal.role.strength >= grant.role.strength ? principal.role : grant.role
    }

    /// The tokens of a principal, in no order that means anything.
    package func tokens(of principal: PrincipalName) throws(StorageError) -> [TokenInformation] {
        var found: [TokenInformation] = []
        for record in try reader.records(
            in: StateKey.Listing.tokens.range(), of: .state, limit: Limits.standard.listedTokens, reversed: false)
        {
            let token: TokenRecord = try decode(record.value, at: record.key)
            guard token.principal == principal, let digest = StateKey.tokenDigest(in: record.key) else { continue }
            found.append(token.information(digest))
        }
        return found
    }
}
