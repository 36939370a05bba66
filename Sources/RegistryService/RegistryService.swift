package import AuditLog
import Chunking
import Crypto
package import Logging
package import Models
package import NIOPosix
package import Peering
package import Registry
package import Replication
import Search
package import Storage
import Synchronization

/// The use cases of a node, the same for every surface: who asks, what may be read and how fresh it is, what is
/// written, how bytes come in and go out.
///
/// What it does not do: speak any wire format (`API/…`), decide what a command means (`Registry`), agree with other
/// nodes (`Replication`), open files or sockets (`Node` hands everything in).
///
/// Invariants: nothing is written but through the log; nothing is answered to who shows no valid token; a version is
/// proposed only with receipts for all its bytes from a majority of its keepers (`Keepers`).
package final class RegistryService: Sendable {
    /// What the service works with.
    package struct Parts: Sendable {
        /// This node.
        package let identity: PeerIdentity
        /// Its member id.
        package let member: UInt64
        /// The log and the state it drives.
        package let replica: ReplicaLoop
        /// Where the state is read.
        package let store: any KeyValueStore
        /// Where bytes are.
        package let chunks: any ChunkStore
        /// Links to the other nodes.
        package let peers: PeerNetwork
        /// Threads for disk and hashing, so that neither blocks the cooperative pool.
        package let threads: NIOThreadPool
        /// Threads for searches, which may take long and must not keep others from the disk.
        package let searchThreads: NIOThreadPool
        /// Its place.
        package let place: NodePlace
        /// By what it signs checkpoints of the audit log.
        package let signer: NoteSigner
        /// The URL clients reach this node at.
        package let endpoint: String
        /// How long what is not registered is kept.
        package let keeping: Keeping
        /// The build's version.
        package let version: String
        /// Where to tell what happens.
        package let logger: Logger
        /// The wall clock.
        package let now: @Sendable () -> Timestamp

        /// The parts of one node.
        package init(
            identity: PeerIdentity, member: UInt64, replica: ReplicaLoop, store: any KeyValueStore,
            chunks: any ChunkStore, peers: PeerNetwork, threads: NIOThreadPool,
            searchThreads: NIOThreadPool, place: NodePlace, signer: NoteSigner, endpoint: String, keeping: Keeping,
            version: String, logger: Logger, now: @escaping @Sendable () -> Timestamp
        ) {
            self.identity = identity
            self.member = member
            self.replica = replica
            self.store = store
            self.chunks = chunks
            self.peers = peers
            self.threads = threads
            self.searchThreads = searchThreads
            self.place = place
            self.signer = signer
            self.endpoint = endpoint
            self.keeping = keeping
            self.version = version
            self.logger = logger
            self.now = now
        }
    }

    /// How long a write may wait for a leader and an outcome: two elections at the defaults, and a slow link.
    package static let writePatience: Duration = .seconds(8)
    /// How long a read may wait for this node to catch up with what the client has seen.
    package static let readPatience: Duration = .seconds(5)

    let parts: Parts
    let shortfall = Shortfall()
    let openUploads = OpenUploads()
    let sharedReads = SharedReads()
    /// Where models are found; nil until it was opened.
    let searchIndex = Mutex<SearchIndex?>(nil)
    /// Whether the search index was found damaged, and is to be made anew.
    let isSearchIndexDamaged = Mutex(false)
    /// How many clients wait for events.
    let eventReaders = Mutex(0)
    /// How many comparisons of files are under way.
    let comparisons = Mutex(0)
    /// Held while a staged file's record is written: none is removed that was just renewed.
    let staging = Mutex(())
    /// Held while this node signs: what it signed last is read and written in one.
    let auditSigning = Mutex(())
    /// The newest checkpoint that all signed, by its text.
    let lastCheckpoint = Mutex<(text: String, answer: AuditCheckpoint)?>(nil)
    /// Whether chunks are collected now: what looks through all of them waits meanwhile.
    let isCollecting = Mutex(false)
    /// Whether a project's sites changed: bytes may have to leave this node, before the next regular collection.
    let isLeaving = Mutex(false)
    /// Whether a member said that this node was removed.
    let isToldRemoved = Mutex(false)

    /// A service made of `parts`.
    package init(_ parts: Parts) { self.parts = parts }

    /// The URL clients reach this node at.
    package var endpoint: String { parts.endpoint }

    /// This node's name, for answers to say who gave them.
    package var node: NodeName { parts.identity.node }

    /// The principal that a bearer token belongs to. Tokens are high-entropy, and only their digests are stored.
    package func authenticate(token: String?) throws(ServiceError) -> Principal {
        guard let token else { throw .unauthenticated }
        let catalog = Catalog(parts.store)
        let isEstablished: Bool
        do {
            let principal = try catalog.principal(
                tokenDigest: Digest(of: Array(token.utf8)), at: parts.now())
            if let principal { return principal }
            isEstablished = try catalog.cluster() != nil
        } catch {
            throw ServiceError(error)
        }
        // Whoever asks a node without state may be known everywhere but there.
        throw isEstablished ? .unauthenticated : .nodeUnavailable(Self.withoutState)
    }

    /// Puts `command` into the log and returns what came of it.
    /// - Parameter key: the client's idempotency key; without one a retry is a new command.
    package func execute(_ command: Command, as principal: Principal, key: String?) async throws(ServiceError)
        -> Written<Registry.Outcome.Result>
    {
        let envelope = CommandEnvelope(
            id: try commandID(key: key, principal: principal), principal: principal.name, site: parts.identity.site,
            at: parts.now(), command: command)
        guard envelope.canonicalBytes.count <= Limits.standard.commandBytes else {
            let limit = Limits.standard.commandBytes
            throw .rejected(Rejection(.limitExceeded, "a command has at most \(limit) bytes; split the version"))
        }
        do {
            let (index, outcome) = try await parts.replica.propose(envelope, patience: Self.writePatience)
            switch outcome {
            case .accepted(let result): return Written(value: result, index: index)
            case .rejected(let rejection): throw ServiceError.rejected(rejection)
            }
        } catch let failure as ProposalFailure {
            throw ServiceError(failure)
        } catch let error as ServiceError {
            throw error
        } catch {
            throw .nodeUnavailable("\(error)")
        }
    }

    /// A command's id: drawn, or derived from the key and who uses it, so that two principals' keys never meet.
    private func commandID(key: String?, principal: Principal) throws(ServiceError) -> UniqueID {
        var generator = SystemRandomNumberGenerator()
        guard let key else { return UniqueID(using: &generator) }
        guard !key.isEmpty, key.count <= Limits.standard.idempotencyKeyLength else {
            throw .invalidRequest("an idempotency key has 1 to \(Limits.standard.idempotencyKeyLength) characters")
        }
        let digest = Digest(of: Array("\(principal.name)\n\(key)".utf8))
        guard let id = UniqueID(bytes: Array(digest.bytes.prefix(16))) else { throw .invalidRequest("key") }
        return id
    }
}

/// What a write gave, and the index of the log entry that holds it.
package struct Written<Value: Sendable>: Sendable {
    /// What came of the write.
    package let value: Value
    /// The entry's index: who reads at this index or later sees the write.
    package let index: UInt64

    /// A write's result at `index`.
    package init(value: Value, index: UInt64) {
        self.value = value
        self.index = index
    }
}
