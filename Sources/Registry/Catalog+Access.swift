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

    /// The role of a principal in a project, or in the whole cluster: the stronger of the two that it has. In a private
    /// project the cluster's counts for administrators and auditors only; nil for who has none there.
    package func role(of principal: Principal, in project: ProjectName?) throws(StorageError) -> Role? {
        guard let project, principal.role != .administrator else { return principal.role }
        let granted = try reader.record(.grant(project, principal.name), as: Grant.self)?.role
        let counts = principal.role.seesPrivateProjects ? true : try !isPrivate(project)
        let general = counts ? principal.role : nil
        guard let granted, let general else { return granted ?? general }
        return general.strength >= granted.strength ? general : granted
    }

    /// Whether those for whom this catalog is see a project, which need not exist.
    package func sees(_ project: ProjectName) throws(StorageError) -> Bool {
        guard let viewer else { return true }
        return try role(of: viewer, in: project) != nil
    }

    /// The projects that those for whom this catalog is do not see.
    package func unseenProjects() throws(StorageError) -> Set<ProjectName> {
        guard let viewer, !viewer.role.seesPrivateProjects else { return [] }
        var unseen: Set<ProjectName> = []
        let range = StateKey.Listing.privateProjects.range()
        try reader.forEachRecord(in: range, page: Limits.standard.pageRecords) { (record) throws(StorageError) in
            let name = try decode(record.value, at: record.key, as: NameRecord.self).project
            if try !sees(name) { unseen.insert(name) }
            return true
        }
        return unseen
    }

    private func isPrivate(_ project: ProjectName) throws(StorageError) -> Bool {
        try reader.value(for: StateKey.privateProject(project).bytes, in: .state) != nil
    }

    /// The token with this SHA-256, or nil.
    package func token(_ digest: Digest) throws(StorageError) -> TokenInformation? {
        try reader.record(.token(digest), as: TokenRecord.self)?.information(digest)
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
