import Foundation
package import Logging
package import Models
package import NIOCore
package import NIOPosix
package import Storage
import Synchronization

/// The links of one node to all others: messages out and in, questions and their answers, and chunks in bulk.
///
/// Everything may be called from any thread. It is started once and shut down once.
package final class PeerNetwork: Sendable {
    /// Fetches chunks from the peers.
    package let transfer: ChunkTransfer

    /// The present, by this machine's clock.
    package static let wallClock: @Sendable () -> Timestamp = { Timestamp(Date()) }

    private struct State {
        var credentials: PeerCredentials
        var task: Task<Void, Never>?
        var isStarted = false
    }

    private let configuration: PeerNetworkConfiguration
    private let environment: LinkEnvironment
    private let group: any EventLoopGroup
    private let table: PeerTable
    private let listener: Listener
    private let desk: RequestDesk
    private let state: Shared<State>

    /// A network that is not started yet.
    package init(
        configuration: PeerNetworkConfiguration, handler: any PeerHandler, chunks: any ChunkStore,
        threads: NIOThreadPool, group: any EventLoopGroup, logger: Logger,
        now: @escaping @Sendable () -> Timestamp = wallClock
    ) {
        var generator = SystemRandomNumberGenerator()
        let state = Shared(State(credentials: configuration.credentials))
        let local = LocalEnd(
            identity: configuration.identity, member: configuration.member, instance: generator.next())
        let environment = LinkEnvironment(
            local: local, limits: configuration.limits, counters: Counters(), logger: logger,
            credentials: { state.withLock { $0.credentials } }, now: now)
        let refusals = RefusalLog(logger: logger)
        let table = PeerTable(
            peers: configuration.peers, dialler: Dialler(environment: environment), handler: handler,
            refusals: refusals, group: group)
        let transfer = ChunkTransfer(peers: table, chunks: chunks, threads: threads, environment: environment)
        let desk = RequestDesk(
            handler: handler, transfer: transfer, environment: environment, others: { table.members })
        listener = Listener(environment: environment, peers: table, handler: handler, refusals: refusals) {
            ExchangeSession(
                member: $0, channel: $1, environment: environment, desk: desk, chunks: chunks, threads: threads)
        }
        self.configuration = configuration
        self.environment = environment
        self.group = group
        self.state = state
        self.table = table
        self.transfer = transfer
        self.desk = desk
    }

    /// The port it listens at; nil until it was started.
    package var boundPort: Int? { listener.port }

    /// The members it has links to, ascending: all peers, itself not.
    package var members: [UInt64] { table.members }

    /// What it did so far.
    package var statistics: Statistics { environment.counters.statistics }

    /// Why links to peers are down, by member; a member whose links are up, or were never tried, is absent.
    package var problems: [UInt64: PeerError] { table.problems }

    /// Listens and begins to dial. Throws `cannotListen`, and `stopped` when it was started before.
    package func start() async throws(PeerError) {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard isFirst else { throw .stopped }
        try await listener.listen(host: configuration.host, port: configuration.port, group: group)
        let desk = desk
        let task = Task { await desk.run() }
        state.withLock { $0.task = task }
        table.start()
    }

    /// Stops listening, closes all links and fails what waits for an answer. Returns when all is closed.
    package func shutdown() async {
        let closing = listener.stop() + table.stop()
        let task = state.withLock { $0.task }
        task?.cancel()
        for future in closing {
            do { try await future.get() } catch {
                environment.logger.debug("a link did not close cleanly: \(error)")
            }
        }
        await task?.value
    }

    /// Starts, runs until the task is cancelled, and shuts down.
    package func run() async throws(PeerError) {
        try await start()
        await Signal().wait()
        await shutdown()
    }

    /// The cluster has these other nodes from now on, and removed those below `nextMember` that are not among them.
    /// Links to the same members at the same addresses stay as they are.
    package func update(peers: [PeerAddress], nextMember: UInt64) {
        listener.dismiss(table.update(to: peers, nextMember: nextMember))
    }

    /// Uses other credentials for new links; those that are open stay. Throws `credentials`, and keeps the old ones,
    /// when they are another node's.
    package func renew(_ credentials: PeerCredentials) throws(PeerError) {
        try credentials.check(isOf: configuration.identity)
        state.withLock { $0.credentials = credentials }
    }
}

extension PeerNetwork {
    /// Sends messages to `member`, in order. Never blocks and never fails: while the link is down or has too much to
    /// carry, messages are dropped and counted.
    package func send(_ messages: [[UInt8]], to member: UInt64) {
        guard let link = table.messages(to: member) else {
            return environment.counters.add(messages.count, to: \.messagesDropped)
        }
        link.send(messages)
    }

    /// How `member` is, as it tells of itself.
    package func status(of member: UInt64, deadline: Duration) async throws(PeerError) -> NodeStatus {
        try await table.exchange(with: member).status(patience: deadline)
    }

    /// The signature of `member` under a checkpoint of the audit log. Throws `refused` where it finds the log otherwise,
    /// or its build does not sign.
    package func witness(
        _ request: WitnessRequest, by member: UInt64, deadline: Duration
    ) async throws(PeerError) -> Witnessed {
        try await table.exchange(with: member).witness(request, patience: deadline)
    }

    /// The time by the clock of `member`. Throws `refused` where its build does not tell.
    package func clock(of member: UInt64, deadline: Duration) async throws(PeerError) -> Timestamp {
        try await table.exchange(with: member).clock(patience: deadline)
    }

    /// Asks `member` to fetch a file, keep it safely and remember it as uploaded. Throws `refused` with the peer's
    /// reason; whatever is thrown, the peer may have done it or be doing it.
    @discardableResult
    package func secure(_ request: SecureRequest, at member: UInt64, deadline: Duration) async throws(PeerError)
        -> Receipt
    {
        try await table.exchange(with: member).secure(request, patience: deadline)
    }

    /// Begins to hand a file over to the first of `members` that takes it. Throws `refused` when none does, with what each of
    /// them said.
    package func handOver(_ handover: AnnouncedFile, to members: [UInt64]) async throws(PeerError) -> HandoverSender {
        var reasons: [String] = []
        for (member, link) in try table.exchanges(with: members) {
            do throws(PeerError) { return try await link.handOver(handover) } catch {
                if error == .cancelled { throw error }
                reasons.append("\(table.describe(member)): \(error)")
            }
        }
        throw .refused(reasons.joined(separator: "; "))
    }

    /// How much of what `request` names `member` holds, by its own word. Each part of the answer may take `deadline`.
    package func inventory(_ request: InventoryRequest, at member: UInt64, deadline: Duration) async throws(PeerError)
        -> Inventory
    {
        let pages = request.pages
        let link = try table.exchange(with: member)
        let step = environment.limits.pagesPerInventory
        var sum = Inventory()
        for start in stride(from: 0, to: pages.count, by: step) {
            let part = InventoryRequest(
                pages: Array(pages[start..<min(start + step, pages.count)]), isReliedOn: request.isReliedOn)
            sum += try await link.inventory(part, patience: deadline)
        }
        return sum
    }

    /// Hints to `member` that it will be asked to keep these pages soon, and can have them from here.
    package func prefetch(_ pages: [PageReference], at member: UInt64) {
        do { try table.exchange(with: member).hint(.prefetch(pages)) } catch {
            environment.logger.debug("no hint to member \(member): \(error)")
        }
    }

    /// Hints to `member` that it will be asked to keep this page soon, and can have it from here.
    package func announce(_ page: ReceivedPage, to member: UInt64) {
        do { try table.exchange(with: member).hint(.received(page)) } catch {
            environment.logger.debug("no hint to member \(member): \(error)")
        }
    }
}

/// A value that several owners see, behind one lock.
private final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }

    func withLock<Result: Sendable>(_ body: (inout sending Value) -> sending Result) -> Result {
        value.withLock(body)
    }
}
