import Chunking
import Logging
import Models
import NIOCore
import NIOPosix
import Storage
import Synchronization
import Testing

@testable import Peering

/// Who may talk to whom, and by which certificates.
struct TestCluster: Sendable {
    let id: UniqueID
    let authority: CertificateAuthority

    init(_ number: UInt8 = 1) throws {
        id = try #require(UniqueID(bytes: [UInt8](repeating: number, count: 16)))
        authority = try CertificateAuthority(cluster: id)
    }

    func identity(_ member: UInt64) throws -> PeerIdentity {
        PeerIdentity(cluster: id, site: try SiteName("site-\(member)"), node: try NodeName("node-\(member)"))
    }

    /// A certificate for `member`, issued so many days ago by this cluster's authority or by `other`.
    func credentials(_ member: UInt64, daysAgo: Int = 0, by other: CertificateAuthority? = nil) throws
        -> PeerCredentials
    {
        let now = PeerNetwork.wallClock()
        let then = Timestamp(milliseconds: now.milliseconds - Int64(daysAgo) * 86_400_000)
        let issued = try (other ?? authority).issue(identity(member), now: then)
        return try PeerCredentials(
            certificatePEM: issued.certificatePEM, keyPEM: issued.keyPEM, authorityPEM: authority.certificatePEM)
    }
}

/// One node's peer network on a free port of loopback, over stores in memory.
final class Site: PeerHandler {
    struct Message: Equatable, Sendable {
        let member: UInt64
        let bytes: [UInt8]
    }

    /// Links that come back soon and peers that are given up soon: what tests wait for.
    static let limits: PeerLimits = {
        var limits = PeerLimits()
        limits.firstRedial = .milliseconds(5)
        limits.lastRedial = .milliseconds(20)
        limits.handshakeDeadline = .seconds(30)
        limits.fetchPatience = .seconds(60)
        return limits
    }()

    let member: UInt64
    let chunks = MemoryChunkStore()
    let messages: AsyncStream<Message>
    private let staging = Mutex<[SecureRequest]>([])
    private let sink: AsyncStream<Message>.Continuation
    private let made = Mutex<PeerNetwork?>(nil)

    init(_ member: UInt64) {
        self.member = member
        (messages, sink) = AsyncStream.makeStream()
    }

    /// Who said that it was removed.
    let removers = Mutex<[UInt64]>([])

    func wasRemoved(accordingTo member: UInt64) { removers.withLock { $0.append(member) } }

    /// What it was told to remember as uploaded.
    var staged: [SecureRequest] { staging.withLock { $0 } }

    var network: PeerNetwork {
        get throws { try #require(made.withLock { $0 }) }
    }

    var address: (host: String, port: Int) {
        get throws { ("127.0.0.1", try #require(try network.boundPort)) }
    }

    /// Starts a network; a site that was shut down may start again, at the same `port`.
    func start(
        _ cluster: TestCluster, credentials: PeerCredentials? = nil, port: Int = 0, limits: PeerLimits = Site.limits
    ) async throws {
        let configuration = try PeerNetworkConfiguration(
            identity: cluster.identity(member), member: member, host: "127.0.0.1", port: port, peers: [],
            credentials: credentials ?? cluster.credentials(member), limits: limits)
        let network = PeerNetwork(
            configuration: configuration, handler: self, chunks: chunks, threads: .singleton,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await network.start()
        made.withLock { $0 = network }
    }

    /// What another site's topology says of this one.
    func entry(_ cluster: TestCluster) throws -> PeerAddress {
        PeerAddress(
            member: member, identity: try cluster.identity(member), host: try address.host, port: try address.port)
    }

    func received(_ message: [UInt8], from member: UInt64) {
        sink.yield(Message(member: member, bytes: message))
    }

    func linkChanged(member: UInt64, isUp: Bool) {}

    /// Projects that it does not keep.
    let foreign = Mutex<Set<ProjectName>>([])

    func keeps(_ project: ProjectName) -> Bool { foreign.withLock { !$0.contains(project) } }

    /// Pages that it was told of.
    let receivedPages = Mutex<[ReceivedPage]>([])

    func didReceive(_ page: ReceivedPage) async { receivedPages.withLock { $0.append(page) } }

    /// What it took over.
    let takenOver = Mutex<[AnnouncedFile: [UInt8]]>([:])

    func takeOver(_ handover: AnnouncedFile, _ bytes: HandoverBytes) async throws -> HandedOver {
        guard keeps(handover.project) else { throw PeerError.refused("it does not keep \(handover.project)") }
        var content: [UInt8] = []
        while let piece = try await bytes.next() { content += piece }
        takenOver.withLock { $0[handover] = content }
        return HandedOver(pages: [], holders: [member])
    }

    func witness(_ request: WitnessRequest) async throws -> Witnessed {
        guard request.size == 7 else { throw PeerError.refused("its log is another one") }
        return Witnessed(key: "key of \(member)", signature: request.root.bytes)
    }

    func inventory(_ request: InventoryRequest) async throws -> Inventory {
        var inventory = Inventory()
        inventory.totalBytes = request.pages.reduce(0) { $0 + $1.size }
        inventory.isWhole = request.isReliedOn
        return inventory
    }

    var now: Timestamp { Timestamp(milliseconds: Int64(member)) }

    func status() async -> NodeStatus? { Site.status(member) }

    func didStage(_ request: SecureRequest) async throws { staging.withLock { $0.append(request) } }

    static func status(_ member: UInt64) -> NodeStatus? {
        do {
            return NodeStatus(
                id: try NodeName("node-\(member)"), site: try SiteName("site-\(member)"),
                endpoint: "https://127.0.0.1:1", role: "voter", leader: member == 1, healthy: true, problem: "",
                term: 1, commit: 2, applied: 3, stateHash: "00", version: "0")
        } catch {
            return nil
        }
    }
}

/// Starts sites 1… that all know each other, runs `body`, and stops them.
func withSites(
    _ count: UInt64, limits: PeerLimits = Site.limits,
    _ body: ([Site], TestCluster) async throws -> Void
) async throws {
    let cluster = try TestCluster()
    let sites = (1...count).map { Site($0) }
    for site in sites { try await site.start(cluster, limits: limits) }
    try introduce(sites, cluster)
    try await body(sites, cluster)
    for site in sites { try await site.network.shutdown() }
}

/// Every site's topology names all others.
func introduce(_ sites: [Site], _ cluster: TestCluster) throws {
    for site in sites {
        try site.network.update(
            peers: sites.filter { $0.member != site.member }.map { try $0.entry(cluster) }, nextMember: 0)
    }
}

/// Waits until `site` can ask `member`: asking is the wait.
func reach(_ member: UInt64, from site: Site, within patience: Duration = .seconds(60)) async throws {
    let end = ContinuousClock.now.advanced(by: patience)
    while true {
        do throws(PeerError) {
            _ = try await site.askStatus(member)
            return
        } catch {
            guard ContinuousClock.now < end else { throw error }
        }
    }
}

/// Waits until `site` says why it cannot reach `member`, other than that nobody answers yet.
func refusal(of member: UInt64, at site: Site, within patience: Duration = .seconds(60)) async throws -> PeerError {
    let end = ContinuousClock.now.advanced(by: patience)
    while ContinuousClock.now < end {
        if let problem = try site.network.problems[member], problem.isRefusal { return problem }
        // Asking takes its time, and fails: that is the wait.
        do throws(PeerError) { _ = try await site.askStatus(member) } catch { continue }
    }
    return try #require(try site.network.problems[member], "no link was refused")
}

extension Site {
    func askStatus(_ member: UInt64) async throws(PeerError) -> NodeStatus {
        guard let network = made.withLock({ $0 }) else { throw .stopped }
        return try await network.status(of: member, deadline: .milliseconds(50))
    }

    /// Chunks `bytes`, keeps what comes out, and returns what a peer would be asked to keep.
    func keep(_ bytes: [UInt8]) throws -> SecureRequest {
        var chunker = FileChunker()
        let keep = { (output: ChunkerOutput) throws(StorageError) in
            switch output {
            case .chunk(let reference, let bytes):
                try self.chunks.write([(ChunkKey(reference.id.bytes), bytes)], durability: .synced)
            case .page(let reference, let bytes):
                try self.chunks.write([(ChunkKey(reference.id.bytes), bytes)], durability: .synced)
            }
        }
        try chunker.append(bytes, emit: keep)
        let content = try chunker.finish(emit: keep)
        return SecureRequest(
            project: try ProjectName("acme"), principal: try PrincipalName("ann"), sha256: content.sha256,
            size: content.size, pages: content.pages, source: member)
    }

    /// Names of everything it holds.
    var held: [ChunkKey] { get throws { try chunks.keys(after: nil, limit: 100_000) } }
}

/// Bytes that do not repeat, the same in every run.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }
}
