public import Models

extension PeerageClient {
    /// The aliases of a model, by name. `GET …/aliases`.
    public func aliases(of model: ModelName, in project: ProjectName) -> Listing<Alias> {
        listing(.model(project, model).appending(["aliases"]))
    }

    /// An alias. `GET …/aliases/{alias}`.
    public func alias(
        _ alias: AliasName, of model: ModelName, in project: ProjectName
    ) async throws(ClientError) -> Alias {
        try await session.read(.alias(project, model, alias))
    }

    /// Moves an alias to a version, or makes it. `PUT …/aliases/{alias}`.
    /// - Parameter reason: kept in the alias's history.
    public func setAlias(
        _ alias: AliasName, of model: ModelName, in project: ProjectName, to version: UInt64, reason: String? = nil
    ) async throws(ClientError) -> Alias {
        try await session.write(
            .put, .alias(project, model, alias), SetAliasRequest(version: version, reason: reason))
    }

    /// Removes an alias; gives it as it was. `DELETE …/aliases/{alias}`.
    /// - Parameter reason: kept in the alias's history.
    public func removeAlias(
        _ alias: AliasName, of model: ModelName, in project: ProjectName, reason: String? = nil
    ) async throws(ClientError) -> Alias {
        try await session.write(.delete, .alias(project, model, alias).query(["reason": reason]))
    }

    /// Makes an alias name again what it named before its last move, which the next rollback undoes.
    /// `POST …/aliases/{alias}/rollback`.
    /// - Parameter version: a version that it named before; nil for that before the last move.
    /// - Parameter reason: kept in the alias's history.
    public func rollBack(
        _ alias: AliasName, of model: ModelName, in project: ProjectName, to version: UInt64? = nil, reason: String
    ) async throws(ClientError) -> Alias {
        try await session.write(
            .post, .alias(project, model, alias).appending(["rollback"]),
            RollBackAliasRequest(to: version, reason: reason))
    }

    /// The moves of an alias, in the server's order. `GET …/aliases/{alias}/history`.
    public func history(
        of alias: AliasName, of model: ModelName, in project: ProjectName
    ) -> Listing<AliasChange> {
        listing(.alias(project, model, alias).appending(["history"]))
    }
}
