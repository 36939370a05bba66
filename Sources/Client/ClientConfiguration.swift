public import Foundation

/// Which cluster a client talks to, as whom, and how long it waits.
public struct ClientConfiguration: Sendable {
    /// `https://HOST:PORT` of each server, in the order to try them. Any server serves any request.
    public var servers: [URL]
    /// What proves who asks; nil reaches only what is open to all.
    public var token: String?
    /// A PEM file with the only authorities to trust; nil trusts the system's.
    public var certificateAuthority: URL?
    /// How fresh reads must be.
    public var consistency: ReadConsistency
    /// How long to wait for what.
    public var deadlines: Deadlines
    /// The newest index of the log that an earlier client has seen: reads are not older. See
    /// `PeerageClient.appliedIndex`.
    public var seenIndex: UInt64 = 0

    /// A configuration; `PeerageClient.init` checks it.
    public init(
        servers: [URL], token: String? = nil, certificateAuthority: URL? = nil,
        consistency: ReadConsistency = .session, deadlines: Deadlines = Deadlines()
    ) {
        self.servers = servers
        self.token = token
        self.certificateAuthority = certificateAuthority
        self.consistency = consistency
        self.deadlines = deadlines
    }

    /// Throws `ClientError.invalidConfiguration` when no request could be sent with it.
    func check() throws(ClientError) {
        guard !servers.isEmpty else { throw .invalidConfiguration("No server is named. Give at least one https URL.") }
        for server in servers {
            guard server.scheme?.lowercased() == "https", server.host() != nil, server.query() == nil,
                server.fragment() == nil, server.user() == nil
            else {
                throw .invalidConfiguration(
                    "“\(server)” is not a server. Write https://HOST:PORT: tokens are never sent without TLS.")
            }
        }
        // A header ends at a line's end: such a token could add headers of its own.
        if let token, !token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            throw .invalidConfiguration("The token has spaces or characters outside ASCII. Was it copied whole?")
        }
    }
}

/// How fresh a read must be.
public enum ReadConsistency: String, Sendable, CaseIterable {
    /// Never older than what this client has seen.
    case session
    /// Never older than the moment of asking: needs a majority.
    case linearizable
    /// Whatever the asked server has.
    case stale
}

/// How long a client waits before it gives up.
public struct Deadlines: Hashable, Sendable {
    /// For a call with a JSON answer, over all its tries.
    public var call: Duration
    /// For one try of such a call at one server: shorter than `call`, so that another server gets its turn,
    /// and longer than the 8 s after which a node says that it found no majority.
    public var attempt: Duration
    /// For any sign of life from any server, over all tries of one call or transfer.
    public var silence: Duration
    /// For a connection to open.
    public var connection: Duration
    /// For the next byte of a transfer to move at one server. Also covers the wait between the last byte of an upload
    /// and its answer, in which a majority of nodes syncs, and a registration, in which a node reads the files.
    public var stall: Duration
    /// For a transfer of one file to move on, over all its tries. Progress winds it up again.
    public var transfer: Duration

    /// The standard waits, or others.
    public init(
        call: Duration = .seconds(30), attempt: Duration = .seconds(10), silence: Duration = .seconds(10),
        connection: Duration = .seconds(4), stall: Duration = .seconds(60), transfer: Duration = .seconds(120)
    ) {
        self.call = call
        self.attempt = attempt
        self.silence = silence
        self.connection = connection
        self.stall = stall
        self.transfer = transfer
    }
}
