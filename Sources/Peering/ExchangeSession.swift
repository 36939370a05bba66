import Logging
import Models
import NIOCore
import NIOPosix
import Storage

/// One peer's exchange link, seen from the node that answers. It lives on its channel's event loop.
final class ExchangeSession: LinkReceiver {
    private let member: UInt64
    private let environment: LinkEnvironment
    private let desk: RequestDesk
    private let channel: any Channel
    private let stream: ChunkStream
    /// Files that the peer hands over now, by the number of the request.
    private var handovers: [UInt64: HandoverBytes] = [:]

    init(
        member: UInt64, channel: any Channel, environment: LinkEnvironment, desk: RequestDesk, chunks: any ChunkStore,
        threads: NIOThreadPool
    ) {
        self.member = member
        self.environment = environment
        self.desk = desk
        self.channel = channel
        stream = ChunkStream(channel: channel, environment: environment, chunks: chunks, threads: threads)
    }

    func linkOpened(_ channel: any Channel) {}

    func linkReceived(_ frame: Frame) throws(PeerError) {
        switch frame {
        case .statusRequest(let id): submit(id, .status)
        case .detailRequest(let id): submit(id, .detail)
        case .clockRequest(let id): submit(id, .clock)
        case .witnessRequest(let id, let request): submit(id, .witness(request))
        case .secureRequest(let id, let request): submit(id, .secure(request, from: member))
        case .fetchRequest(let id, let keys):
            guard 1...environment.limits.keysPerRequest ~= keys.count else {
                throw .malformed("it asked for \(keys.count) chunks at once")
            }
            if !stream.append(id, keys) { reply(.failure(id: id, "too many fetches of this peer wait already")) }
        case .inventoryRequest(let id, let request):
            guard 1...environment.limits.pagesPerInventory ~= request.pages.count else {
                throw .malformed("it asked about \(request.pages.count) pages at once")
            }
            submit(id, .inventory(request))
        case .handoverRequest(let id, let handover): takeOver(handover, id)
        case .handoverPart(let id, let part):
            guard handovers[id]?.put(part) ?? true else {
                throw .malformed("it sends more bytes of a file than it may")
            }
        case .prefetch(let pages): desk.prefetch(pages, from: member)
        case .received(let page): desk.prefetch(page, from: member)
        case .unknownHint: break
        case .unknownRequest(let id): reply(.failure(id: id, "this build does not know such a request"))
        case .greeting, .hello, .welcome, .refusal, .ping, .pong, .message, .status, .detail, .receipt, .chunk, .taken,
            .handedOver, .inventory, .clock, .witnessed, .failure:
            throw .malformed("a frame of kind \(frame.kind) came where requests are expected")
        }
    }

    private func takeOver(_ handover: AnnouncedFile, _ id: UInt64) {
        handovers = handovers.filter { !$0.value.isEnded }
        let channel = channel
        // Twice what the peer may send ahead: what it was told of, and what it has not heard of yet.
        let bytes = HandoverBytes(limit: environment.limits.handoverBytes * 2) { count in
            channel.writeAndFlush(Frame.taken(id: id, UInt32(count)).bytes, promise: nil)
        }
        if submit(id, .takeOver(handover, bytes)) { handovers[id] = bytes }
    }

    @discardableResult
    private func submit(_ id: UInt64, _ question: RequestDesk.Question) -> Bool {
        let channel = channel
        let isTaken = desk.submit(question) { answer in
            channel.writeAndFlush(answer.frame(id: id).bytes, promise: nil)
        }
        if !isTaken { reply(.failure(id: id, "the node has too much to do; try again")) }
        return isTaken
    }

    private func reply(_ frame: Frame) { channel.writeAndFlush(frame.bytes, promise: nil) }

    func linkWritabilityChanged(_ isWritable: Bool) { if isWritable { stream.proceed() } }

    func linkClosed(_ reason: PeerError) {
        stream.stop()
        for bytes in handovers.values { bytes.fail(reason) }
    }
}

/// Chunks on their way to one peer: read on the disk's threads a little ahead of what the peer takes. It lives on its
/// channel's event loop.
///
/// Back-pressure: one read at a time, and none while `PeerLimits.servedBytes` are under way or the channel is not
/// writable. A slow peer so costs a few megabytes, whatever it asks for. The kernel sends at the pace of
/// `PacedConnection`.
final class ChunkStream {
    /// Chunks read in one go: a megabyte or two, so that the hop to the threads and back costs little.
    private static let chunksPerRead = 16

    private struct Fetch {
        let id: UInt64
        var keys: ArraySlice<ChunkKey>
    }

    private let channel: any Channel
    private let environment: LinkEnvironment
    private let chunks: any ChunkStore
    private let threads: NIOThreadPool
    private let paced: PacedConnection
    private var fetches: [Fetch] = []
    private var isReading = false
    private var isStopped = false
    private var bytesUnderWay = 0

    init(channel: any Channel, environment: LinkEnvironment, chunks: any ChunkStore, threads: NIOThreadPool) {
        self.channel = channel
        self.environment = environment
        self.chunks = chunks
        self.threads = threads
        paced = PacedConnection(channel, most: environment.limits.streamBytesPerSecond)
    }

    /// Takes a fetch in; false when too many wait. A short one goes before the long ones: a client waits for it.
    func append(_ id: UInt64, _ keys: [ChunkKey]) -> Bool {
        guard fetches.count < environment.limits.fetchesPerLink else { return false }
        let short = environment.limits.keysOfShortFetch
        let position = keys.count <= short ? fetches.firstIndex { $0.keys.count > short } : nil
        fetches.insert(Fetch(id: id, keys: keys[...]), at: position ?? fetches.endIndex)
        proceed()
        return true
    }

    /// Nothing more is read.
    func stop() {
        isStopped = true
        fetches = []
        paced.stop()
    }

    /// Reads on, if it may.
    func proceed() {
        guard !isReading, !isStopped, channel.isWritable, bytesUnderWay < environment.limits.servedBytes,
            var fetch = fetches.first
        else { return }
        let keys = Array(fetch.keys.prefix(Self.chunksPerRead))
        fetch.keys = fetch.keys.dropFirst(keys.count)
        if fetch.keys.isEmpty { fetches.removeFirst() } else { fetches[0] = fetch }
        isReading = true
        read(keys, fetch.id)
    }

    private func read(_ keys: [ChunkKey], _ id: UInt64) {
        let (chunks, logger) = (chunks, environment.logger)
        threads.runIfActive(eventLoop: channel.eventLoop) {
            var isReachable = true
            return keys.map { key in
                // What cannot be read is not here: the peer asks another member.
                do { return SentChunk(key: key, bytes: isReachable ? try chunks.read(key) : nil) } catch {
                    // Nor is the rest of what lies there.
                    if case .unreachable? = error as? StorageError { isReachable = false }
                    logger.log(
                        level: isReachable ? .error : .debug,
                        "chunk \(ChunkID(bytes: key.bytes)) cannot be read for a peer: \(error)")
                    return SentChunk(key: key, bytes: nil)
                }
            }
        }
        .assumeIsolated()
        .whenComplete { result in
            self.isReading = false
            switch result {
            case .success(let found): self.write(found, id)
            case .failure: self.channel.close(promise: nil)
            }
        }
    }

    private func write(_ found: [SentChunk], _ id: UInt64) {
        guard !isStopped else { return }
        var buffer = ByteBuffer()
        buffer.reserveCapacity(found.reduce(0) { $0 + 64 + ($1.bytes?.count ?? 0) })
        for chunk in found { Frame.chunk(id: id, chunk.key, chunk.bytes).write(to: &buffer) }
        let size = buffer.readableBytes
        bytesUnderWay += size
        paced.begin()
        environment.counters.add(found.count { $0.bytes != nil }, to: \.chunksServed)
        environment.counters.add(found.reduce(0) { $0 + ($1.bytes?.count ?? 0) }, to: \.chunkBytesServed)
        channel.writeAndFlush(buffer).assumeIsolated().whenComplete { _ in
            self.bytesUnderWay -= size
            self.proceed()
        }
        proceed()
    }
}
