import Logging
import Models
import Synchronization

/// Answers what needs more than the event loop: how this node is, and the bytes that it shall keep.
///
/// One task takes questions from the links and answers up to `PeerLimits.securesInProgress` of them at a time; hints
/// are followed one after the other, for whoever sent them will ask for the same pages again.
final class RequestDesk: Sendable {
    /// What a peer may ask.
    enum Question: Sendable {
        case status
        case detail
        case clock
        case witness(WitnessRequest)
        case secure(SecureRequest, from: UInt64)
        case takeOver(AnnouncedFile, HandoverBytes)
        case inventory(InventoryRequest)

        /// Questions of which so many are answered at a time.
        enum Kind {
            case status, receipt, handover, inventory
        }

        var kind: Kind {
            switch self {
            case .status, .detail, .clock: .status
            case .secure: .receipt
            case .takeOver: .handover
            // Each reads the disk.
            case .inventory, .witness: .inventory
            }
        }
    }

    /// What it is told.
    enum Answer: Sendable {
        case status(NodeStatus)
        case detail(NodeStatus)
        case clock(Timestamp)
        case witnessed(Witnessed)
        case receipt(Receipt)
        case handedOver(HandedOver)
        case inventory(Inventory)
        case failure(String)

        func frame(id: UInt64) -> Frame {
            switch self {
            case .status(let status): .status(id: id, status)
            case .detail(let status): .detail(id: id, status)
            case .clock(let time): .clock(id: id, time.milliseconds)
            case .witnessed(let witnessed): .witnessed(id: id, witnessed)
            case .receipt(let receipt): .receipt(id: id, receipt)
            case .handedOver(let handedOver): .handedOver(id: id, handedOver)
            case .inventory(let inventory): .inventory(id: id, inventory)
            case .failure(let reason): .failure(id: id, reason)
            }
        }
    }

    private struct Errand: Sendable {
        let question: Question
        let answer: @Sendable (Answer) -> Void
    }

    private struct Hint: Sendable {
        let pages: [PageReference]
        /// Where they belong, if that was said.
        var received: ReceivedPage?
        let member: UInt64
    }

    private let handler: any PeerHandler
    private let transfer: ChunkTransfer
    private let environment: LinkEnvironment
    private let others: @Sendable () -> [UInt64]
    private let inProgress = Mutex<[Question.Kind: Int]>([:])
    private let errands: (stream: AsyncStream<Errand>, sink: AsyncStream<Errand>.Continuation)
    private let hints: (stream: AsyncStream<Hint>, sink: AsyncStream<Hint>.Continuation)

    init(
        handler: any PeerHandler, transfer: ChunkTransfer, environment: LinkEnvironment,
        others: @escaping @Sendable () -> [UInt64]
    ) {
        self.handler = handler
        self.transfer = transfer
        self.environment = environment
        self.others = others
        let (errands, errandSink) = AsyncStream.makeStream(of: Errand.self)
        self.errands = (errands, errandSink)
        let (hints, hintSink) = AsyncStream.makeStream(
            of: Hint.self, bufferingPolicy: .bufferingOldest(environment.limits.prefetchesQueued))
        self.hints = (hints, hintSink)
    }

    /// Takes a question in; false when there is too much to do. `answer` is called once, on any thread.
    func submit(_ question: Question, answer: @escaping @Sendable (Answer) -> Void) -> Bool {
        guard begin(question) else { return false }
        errands.sink.yield(Errand(question: question, answer: answer))
        return true
    }

    private func begin(_ question: Question) -> Bool {
        let (kind, limits) = (question.kind, environment.limits)
        let most =
            switch kind {
            case .status: limits.requestsPerLink
            case .receipt: limits.securesInProgress
            case .handover: limits.handoversInProgress
            case .inventory: limits.inventoriesInProgress
            }
        return inProgress.withLock { inProgress in
            guard inProgress[kind, default: 0] < most else { return false }
            inProgress[kind, default: 0] += 1
            return true
        }
    }

    private func end(_ question: Question) { inProgress.withLock { $0[question.kind, default: 0] -= 1 } }

    /// Takes a hint in, or drops it.
    func prefetch(_ pages: [PageReference], from member: UInt64) { follow(Hint(pages: pages, member: member)) }

    /// Takes a hint in, or drops it.
    func prefetch(_ page: ReceivedPage, from member: UInt64) {
        follow(Hint(pages: [page.page], received: page, member: member))
    }

    private func follow(_ hint: Hint) {
        guard case .dropped = hints.sink.yield(hint) else { return }
        environment.counters.add(to: \.prefetchesDropped)
    }

    /// Answers until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.followHints() }
            for await errand in errands.stream {
                group.addTask {
                    errand.answer(await self.answer(to: errand.question))
                    self.end(errand.question)
                }
            }
            group.cancelAll()
        }
    }

    private func answer(to question: Question) async -> Answer {
        switch question {
        case .status:
            guard let status = await handler.status() else { return .failure("the node is starting") }
            return .status(status)
        case .detail:
            guard let status = await handler.status() else { return .failure("the node is starting") }
            return .detail(status)
        case .takeOver(let handover, let bytes):
            defer { bytes.fail(.stopped) }
            return await answer { .handedOver(try await self.handler.takeOver(handover, bytes)) }
        case .clock: return .clock(handler.now)
        case .witness(let request): return await answer { .witnessed(try await self.handler.witness(request)) }
        case .inventory(let request): return await answer { .inventory(try await self.handler.inventory(request)) }
        case .secure(let request, let member):
            do throws(PeerError) {
                try await secure(request)
                return .receipt(Receipt(member: environment.local.member))
            } catch {
                environment.logger.warning(
                    "no receipt for \(request.sha256) to member \(member): \(error)")
                return .failure("\(error)")
            }
        }
    }

    private func answer(_ body: () async throws -> Answer) async -> Answer {
        do { return try await body() } catch { return .failure("\(error)") }
    }

    /// The receipt is a promise about a crash: first every byte is made safe, then the upload is remembered, so that no
    /// record ever names bytes that a crash took.
    private func secure(_ request: SecureRequest) async throws(PeerError) {
        guard handler.keeps(request.project) else {
            throw .refused("this node does not keep the bytes of project “\(request.project)”")
        }
        guard request.sizesAddUp else { throw .refused("the pages of \(request.sha256) do not add up to its size") }
        let members = [request.source] + others().filter { $0 != request.source }
        try await transfer.holding(request.pages) { () throws(PeerError) in
            try await transfer.ensure(pages: request.pages, from: members, for: .client)
            try await transfer.secure()
            do { try await handler.didStage(request) } catch { throw .refused("\(error)") }
        }
    }

    private func followHints() async {
        for await hint in hints.stream {
            if let received = hint.received, !handler.keeps(received.file.project) { continue }
            do throws(PeerError) {
                try await transfer.ensure(pages: hint.pages, from: [hint.member], for: .background)
                if let received = hint.received { await handler.didReceive(received) }
            } catch {
                environment.logger.debug("pages of member \(hint.member) are not prefetched: \(error)")
            }
        }
    }
}
