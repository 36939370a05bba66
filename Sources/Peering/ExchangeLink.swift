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
        /// Requests go out, and bytes in bulk at the connection's pace.
        case up(any Channel, NIOLoopBound<BulkOutflow>)
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
            case .up(let open, _): channel = open
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

    /// Asks what time it is there.
    func clock(patience: Duration) async throws(PeerError) -> Timestamp {
        guard case .clock(let time) = try await ask({ .clockRequest(id: $0) }, [], patience) else {
            throw .malformed("its answer to a question for the time is something else")
        }
        return time
    }

    /// Asks whether the audit log is like this there.
    func witness(_ request: WitnessRequest, patience: Duration) async throws(PeerError) -> Witnessed {
        guard case .witnessed(let witnessed) = try await ask({ .witnessRequest(id: $0, request) }, [], patience) else {
            throw .malformed("its answer to a request for a witness is something else")
        }
        return witnessed
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

    /// Asks how much of some pages the peer holds.
    func inventory(_ request: InventoryRequest, patience: Duration) async throws(PeerError) -> Inventory {
        guard case .inventory(let inventory) = try await ask({ .inventoryRequest(id: $0, request) }, [], patience)
        else {
            throw .malformed("its answer to a question for its inventory is something else")
        }
        return inventory
    }

    /// Begins to hand a file over: returns when the peer is ready to take it.
    func handOver(_ handover: AnnouncedFile) async throws(PeerError) -> HandoverSender {
        let limits = dialler.environment.limits
        let progress = HandoverProgress(window: limits.handoverBytes)
        let id = state.withLock { $0.requests.nextID() }
        let sender = HandoverSender(link: self, id: id, progress: progress)
        let request = PendingRequests.Request(
            completion: { progress.ended($0) }, taken: { progress.taken($0) }, patience: limits.handoverPatience,
            heardAt: .now())
        leave(Frame.handoverRequest(id: id, handover).bytes, id: id, request)
        _ = try await progress.wait { $0.isBegun ? true : nil }
        return sender
    }

    /// Sends a part of a file that is handed over. When the link is gone the sender hears of it otherwise.
    func send(_ part: HandoverPart, of id: UInt64) {
        let up = state.withLock { state -> (any Channel, NIOLoopBound<BulkOutflow>)? in
            guard state.requests.touch(id, now: .now()), case .up(let channel, let outflow) = state.connection else {
                return nil
            }
            return (channel, outflow)
        }
        guard let (channel, outflow) = up else { return }
        let bytes = Frame.handoverPart(id: id, part).bytes
        channel.eventLoop.execute { outflow.value.append(bytes) }
    }

    /// Gives up handing a file over: the peer waits for more otherwise.
    func drop(_ id: UInt64) {
        end(id, .cancelled)
        let bytes = Frame.handoverPart(id: id, .dropped).bytes
        let up = state.withLock { state -> (any Channel, NIOLoopBound<BulkOutflow>)? in
            switch state.connection {
            case .up(let channel, let outflow): return (channel, outflow)
            // Behind the request, which waits too.
            case .dialling: state.waiting.append(bytes)
            case .none, .stopped: break
            }
            return nil
        }
        if let (channel, outflow) = up { channel.eventLoop.execute { outflow.value.append(bytes) } }
    }

    func linkWritabilityChanged(_ isWritable: Bool) {
        let outflow = state.withLock { state -> NIOLoopBound<BulkOutflow>? in
            if case .up(_, let outflow) = state.connection { outflow } else { nil }
        }
        if isWritable { outflow?.value.proceed() }
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
        case .up(let channel, _): return .write(channel)
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
        let most = dialler.environment.limits.streamBytesPerSecond
        let outflow = NIOLoopBound(BulkOutflow(channel, most: most), eventLoop: channel.eventLoop)
        let waiting = state.withLock { state -> [ByteBuffer]? in
            guard case .dialling = state.connection else { return nil }
            state.connection = .up(channel, outflow)
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
        try state.withLock { state throws(PeerError) in try state.requests.receive(frame, now: .now()) }?()
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

/// Bytes in bulk on their way out over a link that carries requests too: they leave while the connection takes them, at its
/// pace, so that requests never wait behind more than is in the connection. It lives on its channel's event loop.
final class BulkOutflow {
    private let channel: any Channel
    private let paced: PacedConnection
    private var waiting: ArraySlice<ByteBuffer> = []

    init(_ channel: any Channel, most: Double?) {
        self.channel = channel
        paced = PacedConnection(channel, most: most)
    }

    func append(_ bytes: ByteBuffer) {
        waiting.append(bytes)
        proceed()
    }

    /// Sends on, if it may.
    func proceed() {
        while channel.isWritable, let bytes = waiting.popFirst() {
            paced.begin()
            channel.writeAndFlush(bytes, promise: nil)
        }
    }
}
