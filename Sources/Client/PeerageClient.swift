import Models

/// The Swift SDK of a Peerage registry: what the command line is made of.
///
/// One client talks to all servers of a cluster as if they were one. A server that is lost, slow or without a leader is
/// left for the next; a write keeps its idempotency key over all tries, so it takes effect once. Reads are never older
/// than what this client has seen before, whichever server answers (`ReadConsistency`).
///
/// Every method throws `ClientError` and nothing else. A refusal (4xx) is thrown at once; what another server or
/// another moment may cure is tried again until a deadline of `Deadlines`. Cancelling the calling task ends the wait.
///
/// It does not cache answers, and never executes or parses what it moves. Why not
/// one connection to one server: the point of a registry of peers is that none of them must be up.
public final class PeerageClient: Sendable {
    let session: Session

    /// A client; connects when it is first used.
    /// - Throws: `ClientError.invalidConfiguration`.
    public init(_ configuration: ClientConfiguration) throws(ClientError) { session = try Session(configuration) }

    /// Closes all connections. Must be called once before the client is released; `with(_:_:)` does.
    public func shutdown() async throws(ClientError) {
        do { try await session.shutdown() } catch {
            throw .invalidConfiguration("The client cannot be shut down: \(error).")
        }
    }

    /// Runs `body` with a client that is shut down afterwards.
    public static func with<Value: Sendable>(
        _ configuration: ClientConfiguration, _ body: (PeerageClient) async throws(ClientError) -> Value
    ) async throws(ClientError) -> Value {
        let client = try PeerageClient(configuration)
        let outcome: Result<Value, ClientError>
        do { outcome = .success(try await body(client)) } catch { outcome = .failure(error) }
        try await client.shutdown()
        return try outcome.get()
    }

    /// The newest index of the log this client has seen: no session read is older.
    public var appliedIndex: UInt64 { session.appliedIndex }

    func listing<Item>(_ path: APIPath, pageRecords: Int = Limits.standard.defaultPageRecords) -> Listing<Item> {
        Listing(pageRecords: pageRecords) { [session] cursor, limit async throws(ClientError) in
            try await session.read(path.query(["cursor": cursor, "limit": String(limit)]))
        }
    }
}
