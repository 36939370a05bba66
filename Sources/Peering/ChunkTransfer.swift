import Chunking
import Logging
package import Models
import NIOPosix
package import Storage
import Synchronization

/// Who waits for chunks that are fetched.
package enum TransferPurpose: Sendable {
    /// A client, for its bytes or for a receipt.
    case client
    /// Nobody: what is fetched ahead, made up for, or healed.
    case background
}

/// Fetches chunks and pages that are missing here from peers, checks each against its name, and writes them.
///
/// Memory is constant however much is fetched: `PeerLimits.requestsInFlight` requests of `chunksPerRequest` chunks,
/// over all jobs. A key that several jobs want is fetched once. A member that lacks a chunk, sends it damaged, or goes
/// away is passed over for the next one.
package final class ChunkTransfer: Sendable {
    /// Pages looked into together: names of at most two gigabytes' worth of chunks, so that a thousand small files need
    /// few requests.
    private static let pagesPerStep = 32
    /// Chunks of a fetch by name that is surely smaller than `PeerLimits.smallJobBytes`.
    private static let chunksOfSmallJob = 8

    private let peers: PeerTable
    private let store: DiskThreads
    private let environment: LinkEnvironment
    private let turnstile: Turnstile
    /// Work in the background passes this one first: it never has all places of the other.
    private let backgroundTurnstile: Turnstile
    private let claims = KeyClaims()
    private let held = Mutex<[UInt64: [PageReference]]>([:])
    private let holds = Atomic<UInt64>(0)

    init(peers: PeerTable, chunks: any ChunkStore, threads: NIOThreadPool, environment: LinkEnvironment) {
        self.peers = peers
        self.environment = environment
        store = DiskThreads(chunks: chunks, threads: threads)
        turnstile = Turnstile(places: environment.limits.requestsInFlight)
        backgroundTurnstile = Turnstile(places: environment.limits.backgroundRequestsInFlight)
    }

    /// Fetches those of `keys`, names of chunks or pages, that are not here; returns when all are. They may be lost in
    /// a crash until the store's next `secure()`.
    ///
    /// Throws `unavailable` when no member gave one whole, `unknownMember` when none of `members` is a peer, `storage`
    /// when this node's store failed, and `cancelled`.
    package func fetch(
        _ keys: [ChunkKey], from members: [UInt64], for purpose: TransferPurpose
    ) async throws(PeerError) {
        let durability: ChunkDurability = keys.count <= Self.chunksOfSmallJob ? .synced : .deferred
        let missing = try await store.missing(of: keys)
        try await pull(missing, Job(domain: .either, durability: durability, members: members, purpose: purpose))
    }

    /// Fetches those of `pages`, and of the chunks they list, that are not here; returns when all are. They may be lost
    /// in a crash until the store's next `secure()`. Throws what `fetch` throws, and `refused` for bytes that are no
    /// page.
    package func ensure(
        pages: [PageReference], from members: [UInt64], for purpose: TransferPurpose
    ) async throws(PeerError) {
        let size = pages.reduce(UInt64(0)) { $0.addingReportingOverflow($1.size).partialValue }
        let isSmall = size < environment.limits.smallJobBytes
        let durability: ChunkDurability = isSmall ? .synced : .deferred
        for start in stride(from: 0, to: pages.count, by: Self.pagesPerStep) {
            let step = Array(pages[start..<min(start + Self.pagesPerStep, pages.count)])
            try await ensure(step, from: members, durability, purpose)
        }
    }

    /// The bytes of `keys`, at most `PeerLimits.chunksPerRequest` of them, for a node that cannot keep them now. Throws
    /// what `fetch` throws.
    package func pass(_ keys: [ChunkKey], from members: [UInt64]) async throws(PeerError) -> [ChunkKey: [UInt8]] {
        var (passed, missing, reasons): ([ChunkKey: [UInt8]], [ChunkKey], [String]) = ([:], keys, [])
        for (member, link) in try peers.exchanges(with: members) where !missing.isEmpty {
            do throws(PeerError) {
                let (wanted, patience) = (missing, environment.limits.fetchPatience)
                let sent = try await turnstile.enter { () throws(PeerError) in
                    try await link.fetch(wanted, patience: patience)
                }
                passed.merge(try await store.whole(sent)) { $1 }
                missing = keys.filter { passed[$0] == nil }
                if !missing.isEmpty { reasons.append("member \(member) lacks \(missing.count) of them") }
            } catch {
                guard error.concernsPeerAlone else { throw error }
                reasons.append("member \(member): \(error)")
            }
        }
        guard missing.isEmpty else { throw .unavailable(missing.map { ChunkID(bytes: $0.bytes) }, reasons: reasons) }
        return passed
    }

    /// Runs `body` while `pages` count among `heldPages`.
    func holding(_ pages: [PageReference], _ body: () async throws(PeerError) -> Void) async throws(PeerError) {
        let number = holds.add(1, ordering: .relaxed).newValue
        held.withLock { $0[number] = pages }
        defer { held.withLock { _ = $0.removeValue(forKey: number) } }
        try await body()
    }

    /// Pages for which receipts are being made: no record names their chunks yet, and yet they must stay.
    package var heldPages: [PageReference] { held.withLock { $0.values.flatMap { $0 } } }

    /// Returns when everything fetched so far survives a crash.
    func secure() async throws(PeerError) { try await store.secure() }

    private func ensure(
        _ pages: [PageReference], from members: [UInt64], _ durability: ChunkDurability, _ purpose: TransferPurpose
    ) async throws(PeerError) {
        let job = Job(domain: .page, durability: durability, members: members, purpose: purpose)
        try await pull(store.missing(of: pages.map { ChunkKey($0.id.bytes) }), job)
        var (chunks, damaged) = try await store.missingChunks(of: pages)
        if !damaged.isEmpty {
            environment.logger.error("\(damaged.count) pages are damaged on this disk; fetching them from a peer")
            try await pull(damaged.map { ChunkKey($0.id.bytes) }, job)
            let (more, still) = try await store.missingChunks(of: damaged)
            guard still.isEmpty else {
                throw .storage(.corrupted("page \(still[0].id) is damaged as soon as it is written"))
            }
            chunks += more
        }
        try await pull(chunks, Job(domain: .chunk, durability: durability, members: members, purpose: purpose))
    }
}

extension ChunkTransfer {
    /// What the fetches of one call have in common.
    private struct Job: Sendable {
        let domain: NameDomain
        let durability: ChunkDurability
        let members: [UInt64]
        let purpose: TransferPurpose
    }

    /// Fetches `keys` in batches, a few at a time.
    private func pull(_ keys: [ChunkKey], _ job: Job) async throws(PeerError) {
        guard !keys.isEmpty else { return }
        // Before they cross the line: what cannot be kept is not fetched.
        if let refusal = store.chunks.refusal { throw .storage(refusal) }
        let batches = Batches(keys, size: environment.limits.chunksPerRequest)
        let failure = await withTaskGroup(of: PeerError?.self) { group in
            for _ in 0..<min(environment.limits.requestsPerJob, batches.count) {
                group.addTask {
                    do throws(PeerError) {
                        while let batch = batches.next() {
                            try await self.enter(for: job.purpose) { () throws(PeerError) in
                                try await self.obtain(batch, job)
                            }
                        }
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            for await case let failure? in group {
                group.cancelAll()
                return failure as PeerError?
            }
            return nil
        }
        if let failure { throw failure }
    }

    /// Fetches a batch, leaving to other jobs what they fetch already.
    private func obtain(_ batch: [ChunkKey], _ job: Job) async throws(PeerError) {
        var wanted = batch
        while !wanted.isEmpty {
            let claim = claims.claim(wanted)
            try await fetchAndRelease(claim, job)
            for other in claim.others { await other.wait() }
            if Task.isCancelled { throw .cancelled }
            // Whoever fetched the rest may have failed: what is still not here is ours to fetch.
            let rest = wanted.count > claim.keys.count ? Set(wanted).subtracting(claim.keys) : []
            wanted = try await store.missing(of: Array(rest))
        }
    }

    private func fetchAndRelease(_ claim: KeyClaims.Claim, _ job: Job) async throws(PeerError) {
        defer { claims.release(claim) }
        try await fetchClaimed(claim.keys, job)
    }

    private func fetchClaimed(_ keys: [ChunkKey], _ job: Job) async throws(PeerError) {
        // Nobody was asked before the claim: the one who held it last may have brought them.
        var missing = try await store.missing(of: keys)
        var reasons: [String] = []
        for round in 1...ChunkTransfer.rounds where !missing.isEmpty {
            let links = try peers.exchanges(with: job.members)
            reasons = []
            var mayHeal = false
            for (member, link) in links where !missing.isEmpty {
                do throws(PeerError) {
                    missing = try await fetch(missing, from: member, link, job)
                    if !missing.isEmpty { reasons.append("member \(member) lacks \(missing.count) of them") }
                } catch {
                    guard error.concernsPeerAlone else { throw error }
                    mayHeal = mayHeal || error.isRetryable
                    reasons.append("member \(member): \(error)")
                }
            }
            guard mayHeal, !missing.isEmpty, round < ChunkTransfer.rounds else { break }
            try await rest()
        }
        guard missing.isEmpty else { throw .unavailable(missing.map { ChunkID(bytes: $0.bytes) }, reasons: reasons) }
    }

    /// Times that all members are tried when some of them could not be reached: a link that breaks under a large upload
    /// must not fail it.
    private static let rounds = 3

    private func rest() async throws(PeerError) {
        do { try await Task.sleep(for: environment.limits.lastRedial) } catch { throw .cancelled }
    }

    /// Asks one member; returns the keys that it did not give whole.
    private func fetch(_ keys: [ChunkKey], from member: UInt64, _ link: ExchangeLink, _ job: Job)
        async throws(PeerError) -> [ChunkKey]
    {
        let patience = environment.limits.fetchPatience
        return try await turnstile.enter { () throws(PeerError) in
            let sent = try await link.fetch(keys, patience: patience)
            let taken = try await store.write(sent, domain: job.domain, durability: job.durability)
            let counters = environment.counters
            counters.add(taken.count, to: \.chunksFetched)
            counters.add(taken.bytes, to: \.chunkBytesFetched)
            if !taken.damaged.isEmpty {
                counters.add(taken.damaged.count, to: \.chunksDamaged)
                environment.logger.error(
                    "\(peers.describe(member)) sent \(taken.damaged.count) damaged chunks, thrown away; the first is \(ChunkID(bytes: taken.damaged[0].bytes))"
                )
            }
            return taken.absent + taken.damaged
        }
    }
}

extension ChunkTransfer {
    /// Before anything is claimed: a client that wants the same chunk waits for no queue but its own.
    private func enter(
        for purpose: TransferPurpose, _ body: () async throws(PeerError) -> Void
    ) async throws(PeerError) {
        switch purpose {
        case .client: try await body()
        case .background: try await backgroundTurnstile.enter(body)
        }
    }
}

extension PeerError {
    /// Whether another member may still give what this one did not.
    fileprivate var concernsPeerAlone: Bool {
        switch self {
        case .storage, .cancelled, .stopped, .unknownMember, .credentials, .cannotListen: false
        case .unreachable, .deadlineExceeded, .certificateExpired, .certificateNotYetValid, .untrustedCertificate,
            .wrongIdentity, .otherCluster, .turnedAway, .incompatible, .duplicateMember, .removedMember, .malformed,
            .refused, .unavailable:
            true
        }
    }
}

/// Keys in batches, handed out to several tasks.
private final class Batches: Sendable {
    let count: Int
    private let size: Int
    private let rest: Mutex<ArraySlice<ChunkKey>>

    init(_ keys: [ChunkKey], size: Int) {
        count = (keys.count + size - 1) / size
        self.size = size
        rest = Mutex(keys[...])
    }

    func next() -> [ChunkKey]? {
        rest.withLock { rest in
            guard !rest.isEmpty else { return nil }
            defer { rest = rest.dropFirst(size) }
            return Array(rest.prefix(size))
        }
    }
}

/// Which job fetches which key: a chunk that fifty readers want at once is fetched once.
///
/// A job that holds a claim waits for a place at the turnstile and for peers, never for another claim: jobs cannot wait
/// for each other in a circle.
final class KeyClaims: Sendable {
    /// What one job got.
    struct Claim: Sendable {
        /// Its own: nobody else fetches them now.
        let keys: [ChunkKey]
        /// Fires when the claim is given up.
        let released: Signal
        /// The claims that hold the others.
        let others: [Signal]
    }

    private let holders = Mutex<[ChunkKey: Signal]>([:])

    /// Claims those of `keys` that nobody holds.
    func claim(_ keys: [ChunkKey]) -> Claim {
        let released = Signal()
        return holders.withLock { holders in
            var own: [ChunkKey] = []
            var others: [ObjectIdentifier: Signal] = [:]
            for key in keys {
                if let other = holders[key] {
                    if other !== released { others[ObjectIdentifier(other)] = other }
                } else {
                    holders[key] = released
                    own.append(key)
                }
            }
            return Claim(keys: own, released: released, others: Array(others.values))
        }
    }

    /// Gives a claim up, whether or not its keys were fetched.
    func release(_ claim: Claim) {
        holders.withLock { holders in for key in claim.keys { holders[key] = nil } }
        claim.released.fire()
    }
}
