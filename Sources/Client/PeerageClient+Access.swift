public import Models

extension PeerageClient {
    /// Who this client is. `GET /whoami`.
    public func whoAmI() async throws(ClientError) -> Principal { try await session.read(APIPath("whoami")) }

    /// All principals by name, those that were removed too. `GET /principals`.
    public func principals() -> Listing<Principal> { listing(APIPath("principals")) }

    /// Adds a person or a service. `POST /principals`.
    /// - Parameter role: what it may do in the whole cluster; more in single projects by `grant`.
    public func createPrincipal(
        _ name: PrincipalName, role: Role, description: String? = nil
    ) async throws(ClientError) -> Principal {
        try await session.write(
            .post, APIPath("principals"),
            CreatePrincipalRequest(name: name.text, role: role, description: description))
    }

    /// Gives a principal another role in the whole cluster. `PUT /principals/{principal}/role`.
    public func changePrincipal(_ name: PrincipalName, role: Role) async throws(ClientError) -> Principal {
        try await session.write(.put, APIPath("principals", name.text, "role"), RoleRequest(role: role))
    }

    /// Removes a principal for ever. `DELETE /principals/{principal}`.
    public func removePrincipal(_ name: PrincipalName) async throws(ClientError) -> Principal {
        try await session.write(.delete, APIPath("principals", name.text))
    }

    /// The roles that principals have in a project. `GET /projects/{project}/grants`.
    public func grants(in project: ProjectName) -> Listing<Grant> { listing(.project(project).appending(["grants"])) }

    /// Gives a principal a role in a project, or takes it away; answers with all of them.
    /// `PUT` and `DELETE /projects/{project}/grants/{principal}`.
    /// - Parameter role: nil takes it away.
    public func grant(
        _ role: Role?, to principal: PrincipalName, in project: ProjectName
    ) async throws(ClientError) -> [Grant] {
        let path = APIPath.project(project).appending(["grants", principal.text])
        let page: Page<Grant> =
            if let role {
                try await session.write(.put, path, RoleRequest(role: role))
            } else {
                try await session.write(.delete, path)
            }
        return page.items
    }

    /// A principal's tokens, without their secrets. `GET /principals/{principal}/tokens`.
    public func tokens(of principal: PrincipalName) -> Listing<TokenInformation> {
        listing(APIPath("principals", principal.text, "tokens"))
    }

    /// Issues a token, whose secret is in the answer and nowhere else. `POST /principals/{principal}/tokens`.
    /// - Parameter days: for how many it holds; nil for ever.
    public func issueToken(
        to principal: PrincipalName, label: String? = nil, days: UInt32? = nil
    ) async throws(ClientError) -> IssuedToken {
        try await session.write(
            .post, APIPath("principals", principal.text, "tokens"), IssueTokenRequest(label: label, days: days))
    }

    /// Revokes a token; answers with those that are left. `DELETE /principals/{principal}/tokens/{token}`.
    public func revokeToken(_ id: UniqueID, of principal: PrincipalName) async throws(ClientError) -> [TokenInformation]
    {
        let page: Page<TokenInformation> = try await session.write(
            .delete, APIPath("principals", principal.text, "tokens", id.description))
        return page.items
    }
}
