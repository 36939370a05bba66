package import Models
import Registry
import Storage

extension RegistryService {
    /// Throws unless `principal` may do such a thing in `project`, or in the whole cluster: for what no command does, whose
    /// permission the log checks. A project that it does not see is answered like one that is not there.
    /// - Parameter project: nil for the whole cluster; one that does not exist yet counts as that.
    package func expect(
        _ permission: Permission, of principal: Principal, in project: ProjectName? = nil
    ) throws(ServiceError) {
        let known = try reading { catalog throws(StorageError) in try catalog.role(of: principal, in: project) }
        let role = known ?? principal.role
        guard role.permits(permission) else {
            throw .rejected(.forbidden(principal.name, role, project, permission))
        }
        if known == nil, let project { throw .notFound(Rejection.missing(project).detail) }
    }

    /// Throws unless there is a project that `principal` sees.
    package func expect(_ project: ProjectName, seenBy principal: Principal) async throws(ServiceError) {
        let found = try reading(for: principal) { catalog throws(StorageError) in try catalog.project(project) }
        // Why it is not there takes more to tell.
        if found == nil { _ = try await read(.stale, for: principal) { try $0.existing(project) } }
    }

    /// The time by this node's clock.
    package var now: Timestamp { parts.now() }

    /// Issues a token to `owner`: its secret is in the answer and nowhere else, so a repetition issues another.
    /// - Parameter days: for how many it holds; nil for ever.
    /// - Parameter shown: the token that was shown with the request. When that expires, so does the new one, no later:
    ///   what leaked for a day is not made to last.
    package func issueToken(
        to owner: PrincipalName, label: String, days: UInt32?, as principal: Principal, showing shown: String
    ) async throws(ServiceError) -> Written<IssuedToken> {
        let expiresAt = days.map { Timestamp(milliseconds: now.milliseconds + Int64($0) * 86_400_000) }
        let own = try reading { catalog throws(StorageError) in try catalog.token(Digest(of: Array(shown.utf8))) }
        if let end = own?.expiresAt, expiresAt.map({ $0 > end }) ?? true {
            throw .rejected(
                Rejection(
                    .forbidden,
                    "the token that you show expires at \(end), and issues none that holds longer; say for how many days, or show another"
                ))
        }
        var generator = SystemRandomNumberGenerator()
        let secret = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let token = "peerage_" + Hexadecimal.encode(secret)
        let digest = Digest(of: Array(token.utf8))
        let written = try await execute(
            .access(.issueToken(owner, digest, label: label, expiresAt: expiresAt)), as: principal, key: nil)
        let answer = try await read(.session(atLeast: written.index)) { try $0.token(digest) }
        guard let information = answer.value else {
            throw .nodeUnavailable("the token was issued, and is not found")
        }
        return Written(value: IssuedToken(token: token, information: information), index: written.index)
    }
}
