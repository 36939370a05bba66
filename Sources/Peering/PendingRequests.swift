import Models
import NIOCore
import Storage

/// A chunk as a peer sent it, not checked yet; nil bytes when the peer lacks it.
struct SentChunk: Sendable {
    let key: ChunkKey
    let bytes: [UInt8]?
}

/// What a request ended with.
enum Reply: Sendable {
    case status(NodeStatus)
    case receipt(Receipt)
    case chunks([SentChunk])
    case handedOver(HandedOver)
    case inventory(Inventory)
    case clock(Timestamp)
    case witnessed(Witnessed)
}

/// The questions of one exchange link that wait for their answers. Knows no channel and no clock.
struct PendingRequests {
    /// Told once how a request ended.
    typealias Completion = @Sendable (Result<Reply, PeerError>) -> Void

    /// A request that waits.
    struct Request {
        let completion: Completion
        /// Told how many bytes of a file were taken in, when one is handed over.
        var taken: @Sendable (Int) -> Void = { _ in }
        /// What was asked for, when it was chunks.
        var keys: [ChunkKey] = []
        /// Those that came so far.
        var chunks: [SentChunk] = []
        /// How long it may hear nothing.
        let patience: Duration
        /// When it was sent, or when the last part of its answer came.
        var heardAt: NIODeadline
    }

    /// A request that ended, to be told outside any lock.
    struct Ended: Sendable {
        let completion: Completion
        let result: Result<Reply, PeerError>

        func tell() { completion(result) }
    }

    private var requests: [UInt64: Request] = [:]
    private var lastID: UInt64 = 0

    var count: Int { requests.count }

    /// A number that no request of this link had before.
    mutating func nextID() -> UInt64 {
        lastID += 1
        return lastID
    }

    /// A request begins to wait.
    mutating func insert(_ request: Request, id: UInt64) { requests[id] = request }

    /// A request ends; nil when it did already.
    mutating func end(_ id: UInt64, _ result: Result<Reply, PeerError>) -> Ended? {
        requests.removeValue(forKey: id).map { Ended(completion: $0.completion, result: result) }
    }

    /// All requests end: their link is gone.
    mutating func endAll(_ error: PeerError) -> [Ended] {
        defer { requests = [:] }
        return requests.values.map { Ended(completion: $0.completion, result: .failure(error)) }
    }

    /// When a request has heard nothing for too long it ends; otherwise returns when to look again.
    mutating func expire(_ id: UInt64, now: NIODeadline) -> (ended: Ended?, lookAgain: NIODeadline?) {
        guard let request = requests[id] else { return (nil, nil) }
        let due = request.heardAt + TimeAmount(request.patience)
        guard due <= now else { return (nil, due) }
        return (end(id, .failure(.deadlineExceeded)), nil)
    }

    /// Something moved: the patience begins anew. Returns whether the request waits still.
    mutating func touch(_ id: UInt64, now: NIODeadline) -> Bool {
        requests[id]?.heardAt = now
        return requests[id] != nil
    }

    /// A part of an answer came: returns what is to be told outside any lock. Answers to requests that were given up are
    /// ignored.
    mutating func receive(_ frame: Frame, now: NIODeadline) throws(PeerError) -> (@Sendable () -> Void)? {
        let ended: Ended?
        switch frame {
        case .status(let id, let status), .detail(let id, let status): ended = end(id, .success(.status(status)))
        case .receipt(let id, let receipt): ended = end(id, .success(.receipt(receipt)))
        case .handedOver(let id, let handedOver): ended = end(id, .success(.handedOver(handedOver)))
        case .inventory(let id, let inventory): ended = end(id, .success(.inventory(inventory)))
        case .clock(let id, let time): ended = end(id, .success(.clock(Timestamp(milliseconds: time))))
        case .witnessed(let id, let witnessed): ended = end(id, .success(.witnessed(witnessed)))
        case .failure(let id, let reason): ended = end(id, .failure(.refused(reason)))
        case .chunk(let id, let key, let bytes): ended = try receive(SentChunk(key: key, bytes: bytes), id, now: now)
        case .taken(let id, let count):
            guard touch(id, now: now), let taken = requests[id]?.taken else { return nil }
            return { taken(Int(count)) }
        case .greeting, .hello, .welcome, .refusal, .ping, .pong, .message, .prefetch, .received, .unknownHint,
            .statusRequest,
            .detailRequest, .secureRequest, .fetchRequest, .handoverRequest, .handoverPart, .inventoryRequest,
            .clockRequest, .witnessRequest, .unknownRequest:
            throw .malformed("a frame of kind \(frame.kind) came where answers are expected")
        }
        guard let ended else { return nil }
        return { ended.tell() }
    }

    private mutating func receive(_ chunk: SentChunk, _ id: UInt64, now: NIODeadline) throws(PeerError) -> Ended? {
        guard var request = requests[id] else { return nil }
        let position = request.chunks.count
        guard position < request.keys.count, request.keys[position] == chunk.key else {
            throw .malformed("it sent a chunk that was not asked for, or out of order")
        }
        requests[id] = nil
        request.chunks.append(chunk)
        request.heardAt = now
        if request.chunks.count < request.keys.count {
            requests[id] = request
            return nil
        }
        return Ended(completion: request.completion, result: .success(.chunks(request.chunks)))
    }
}
