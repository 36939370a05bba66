import Models
import NIOCore
import Storage
import Synchronization

/// The link over which this node asks one peer: dialled when first needed, and kept. Bulk bytes come this way, so that
/// no message ever waits behind them.
final class ExchangeLink: LinkReceiver, Sendable {
    private enum Connection {
        /// There is none. After a failure none is tried until `notBefore`: requests fail at once with what was wrong.
        case none(notBefore: NIODeadline, problem: PeerError?)
        /// It is being made; requests wait.
        case dialling((any Channel)?)
        /// Requests go out.
        case up(any Channel)
        /// There will be none.
        case stopped
    }

    private struct State {
        var connection = Connection.none(notBefore: .distantPast, problem: nil)
        var requests = PendingRequests()
        /// Frames that leave when the connection is up.
        var waiting: [ByteBuffer] = []
        var backoff: Backoff
    }

    private let peer: PeerAddress
    private let dialler: Dialler
    private let refusals: RefusalLog
    private let eventLoop: any EventLoop
    private let state: Mutex<State>

    init(to peer: PeerAddress, dialler: Dialler, refusals: RefusalLog, eventLoop: any EventLoop) {
        self.peer = peer
        self.dialler = dialler
        self.refusals = refusals
        self.eventLoop = eventLoop
        let limits = dialler.environment.limits
        state = Mutex(State(backoff: Backoff(first: limits.firstRedial, last: limits.lastRedial)))
    }

    /// Why there is no connection; nil while there is one, or none was tried.
    var problem: PeerError? {
        state.withLock { if case .none(_, let problem) = $0.connection { problem } else { nil } }
    }

    /// Closes the link for good; done when it is closed.
    func stop() -> EventLoopFuture<Void> {
        let (channel, ended) = state.withLock { state in
            let channel: (any Channel)?
            switch state.connection {
            case .up(let open): channel = open
            case .dialling(let begun): channel = begun
            case .none, .stopped: channel = nil
            }
            state.connection = .stopped
            state.waiting = []
            return (channel, state.requests.endAll(.stopped))
        }
        ended.forEach { $0.tell() }
        channel?.close(promise: nil)
        return channel?.closeFuture ?? eventLoop.makeSucceededVoidFuture()
    }

    /// Asks for chunks: as many parts of an answer as `keys`, in their order.
    func fetch(_ keys: [ChunkKey], patience: Duration) async throws(PeerError) -> [SentChunk] {
        guard case .chunks(let chunks) = try await ask({ .fetchRequest(id: $0, keys) }, keys, patience) else {
            throw .malformed("its answer to a fetch is something else")
        }
        return chunks
    }

    /// Asks how the peer is; a build that cannot tell all tells what it can.
    func status(patience: Duration) async throws(PeerError) -> NodeStatus {
        do throws(PeerError) { return try await status({ .detailRequest(id: $0) }, patience) } catch {
            guard case .refused = error else { throw error }
            return try await status({ .statusRequest(id: $0) }, patience)
        }
    }

    private func status(_ frame: (UInt64) -> Frame, _ patience: Duration) async throws(PeerError) -> NodeStatus {
        guard case .status(let status) = try await ask(frame, [], patience) else {
            throw .malformed("its answer to a question for its status is something else")
        }
        return status
    }

    /// Asks the peer to keep a file.
    func secure(_ request: SecureRequest, patience: Duration) async throws(PeerError) -> Receipt {
        guard case .receipt(let receipt) = try await ask({ .secureRequest(id: $0, request) }, [], patience) else {
            throw .malformed("its answer to a request to secure a file is something else")
        }
        guard receipt.member == peer.member else {
            throw .malformed("it gave a receipt in the name of member \(receipt.member)")
        }
        return receipt
    }

    /// Sends what nobody answers, if that costs no connection attempt that just failed.
    func hint(_ frame: Frame) { leave(frame.bytes, id: nil, nil) }

    /// Sends a request and waits for the end of its answer. The patience begins anew with every part of an answer.
    private func ask(_ frame: (UInt64) -> Frame, _ keys: [ChunkKey], _ patience: Duration) async throws(PeerError)
        -> Reply
    {
        let id = state.withLock { $0.requests.nextID() }
        let bytes = frame(id).bytes
        guard bytes.readableBytes - 4 <= dialler.environment.limits.frameBytes else {
            throw .refused("the request has \(bytes.readableBytes) bytes, more than one frame")
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let request = PendingRequests.Request(
                    completion: { continuation.resume(returning: $0) }, keys: keys, patience: patience,
                    heardAt: .now())
                leave(bytes, id: id, request)
                if Task.isCancelled { end(id, .cancelled) }
            }
        } onCancel: {
            end(id, .cancelled)
        }
        if case .failure(let error) = result, error != .cancelled {
            dialler.environment.counters.add(to: \.requestsFailed)
        }
        return try result.get()
    }

    private func end(_ id: UInt64, _ error: PeerError) {
        state.withLock { $0.requests.end(id, .failure(error)) }?.tell()
    }

    private enum Departure {
        case write(any Channel)
        case dial
        case wait
        case fail(PeerError)
    }

    private func leave(_ bytes: ByteBuffer, id: UInt64?, _ request: PendingRequests.Request?) {
        let departure = state.withLock { state in
            let departure = plan(&state)
            if case .fail = departure { return departure }
            if let id, let request { state.requests.insert(request, id: id) }
            if case .write = departure { return departure }
            state.waiting.append(bytes)
            return departure
        }
        if let id, let request { watch(id, for: request.patience) }
        switch departure {
        case .write(let channel): channel.writeAndFlush(bytes, promise: nil)
        case .dial: dialler.dial(peer, for: .exchange, on: eventLoop, receiver: self)
        case .wait: break
        case .fail(let error): request?.completion(.failure(error))
        }
    }

    private func plan(_ state: inout State) -> Departure {
        let limit = dialler.environment.limits.requestsPerLink
        guard state.requests.count < limit, state.waiting.count < limit else {
            return .fail(.refused("\(limit) requests to \(peer) wait already"))
        }
        switch state.connection {
        case .up(let channel): return .write(channel)
        case .dialling: return .wait
        case .stopped: return .fail(.stopped)
        case .none(let notBefore, let problem?) where .now() < notBefore: return .fail(problem)
        case .none:
            state.connection = .dialling(nil)
            return .dial
        }
    }

    private func watch(_ id: UInt64, for patience: Duration) {
        eventLoop.scheduleTask(in: TimeAmount(patience)) { self.look(at: id) }
    }

    private func look(at id: UInt64) {
        let (ended, lookAgain) = state.withLock { $0.requests.expire(id, now: .now()) }
        ended?.tell()
        if let lookAgain { eventLoop.scheduleTask(deadline: lookAgain) { self.look(at: id) } }
    }

    func linkBegan(_ channel: any Channel) {
        let isWanted = state.withLock { state in
            guard case .dialling = state.connection else { return false }
            state.connection = .dialling(channel)
            return true
        }
        if !isWanted { channel.close(promise: nil) }
    }

    func linkOpened(_ channel: any Channel) {
        let waiting = state.withLock { state -> [ByteBuffer]? in
            guard case .dialling = state.connection else { return nil }
            state.connection = .up(channel)
            state.backoff.reset()
            defer { state.waiting = [] }
            return state.waiting
        }
        guard let waiting else { return channel.close(promise: nil) }
        dialler.environment.counters.add(to: \.linksOpened)
        for bytes in waiting { channel.write(bytes, promise: nil) }
        channel.flush()
    }

    func linkReceived(_ frame: Frame) throws(PeerError) {
        try state.withLock { state throws(PeerError) in try state.requests.receive(frame, now: .now()) }?.tell()
    }

    func linkClosed(_ reason: PeerError) {
        var generator = SystemRandomNumberGenerator()
        let (ended, isStopped) = state.withLock { state in
            state.waiting = []
            guard case .stopped = state.connection else {
                let wait = TimeAmount(state.backoff.next(using: &generator))
                state.connection = .none(notBefore: .now() + wait, problem: reason)
                return (state.requests.endAll(reason), false)
            }
            return (state.requests.endAll(.stopped), true)
        }
        ended.forEach { $0.tell() }
        guard !isStopped else { return }
        if reason.isRefusal { dialler.environment.counters.add(to: \.linksRefused) }
        refusals.note(reason, peer.description)
    }
}
