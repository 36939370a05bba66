package import Models
import Synchronization

/// What became of a file that was handed over: it is staged.
package struct HandedOver: Hashable, Sendable, CanonicalCodable {
    /// The pages that list its chunks, in order.
    package let pages: [PageReference]
    /// The members that gave receipts for all its bytes.
    package let holders: [UInt64]

    /// A file of these pages.
    package init(pages: [PageReference], holders: [UInt64]) {
        self.pages = pages
        self.holders = holders
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(list: pages)
        writer.write(list: holders) { $0.write($1) }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "handed over file", known: 1...1)
        pages = try reader.readList()
        holders = try reader.readList { (reader) throws(CanonicalError) in try reader.readInteger() }
    }
}

/// What comes after a request to take a file over.
enum HandoverPart: Hashable, Sendable {
    /// The next bytes.
    case bytes([UInt8])
    /// That was all.
    case end
    /// There will be no more: nothing shall be kept.
    case dropped
}

/// The bytes of a file that a peer hands over, as they come in. One owner calls `next` until it is nil.
package final class HandoverBytes: Sendable {
    private struct State {
        var parts: [[UInt8]] = []
        var waiting = 0
        var isBegun = false
        var end: Result<Void, PeerError>?
        var change: Signal?
    }

    private let state = Mutex(State())
    private let limit: Int
    private let taken: @Sendable (Int) -> Void

    /// Bytes of which at most `limit` wait. `taken` is told how many were taken, and 0 when the first are asked for.
    init(limit: Int, taken: @escaping @Sendable (Int) -> Void) {
        self.limit = limit
        self.taken = taken
    }

    /// Whether nothing more is taken in.
    var isEnded: Bool { state.withLock { $0.end != nil } }

    /// Takes the next part in; false when more bytes wait than may.
    func put(_ part: HandoverPart) -> Bool {
        let (change, isTaken) = state.withLock { state -> (Signal?, Bool) in
            guard state.end == nil else { return (nil, true) }
            switch part {
            case .bytes(let bytes):
                guard state.waiting + bytes.count <= limit else { return (nil, false) }
                state.waiting += bytes.count
                state.parts.append(bytes)
            case .end: state.end = .success(())
            case .dropped: state.end = .failure(.cancelled)
            }
            defer { state.change = nil }
            return (state.change, true)
        }
        change?.fire()
        return isTaken
    }

    /// Nothing more comes, for this reason.
    func fail(_ reason: PeerError) {
        let change = state.withLock { state in
            if state.end == nil { state.end = .failure(reason) }
            defer { state.change = nil }
            return state.change
        }
        change?.fire()
    }

    /// The next bytes, or nil at the end.
    package func next() async throws(PeerError) -> [UInt8]? {
        let isFirst = state.withLock { state in
            defer { state.isBegun = true }
            return !state.isBegun
        }
        if isFirst { taken(0) }
        while true {
            let (bytes, change) = try state.withLock { state throws(PeerError) -> ([UInt8]?, Signal?) in
                if case .failure(let error) = state.end { throw error }
                if !state.parts.isEmpty {
                    let bytes = state.parts.removeFirst()
                    state.waiting -= bytes.count
                    return (bytes, nil)
                }
                if state.end != nil { return (nil, nil) }
                let change = Signal()
                state.change = change
                return (nil, change)
            }
            if let bytes {
                taken(bytes.count)
                return bytes
            }
            guard let change else { return nil }
            await change.wait()
            if Task.isCancelled { throw .cancelled }
        }
    }
}

/// A file on its way to a peer. One owner appends and then finishes; when it is dropped before, the peer keeps nothing.
package final class HandoverSender: Sendable {
    private let link: ExchangeLink
    private let id: UInt64
    private let progress: HandoverProgress

    init(link: ExchangeLink, id: UInt64, progress: HandoverProgress) {
        self.link = link
        self.id = id
        self.progress = progress
    }

    deinit { if !progress.isEndedByPeer { link.drop(id) } }

    /// Bytes of a part: some of them fit into the window.
    private static let partBytes = 256 << 10

    /// Sends the next bytes. Returns when the last of them left.
    package func append(_ bytes: [UInt8]) async throws(PeerError) {
        for start in stride(from: 0, to: bytes.count, by: Self.partBytes) {
            let part = Array(bytes[start..<min(start + Self.partBytes, bytes.count)])
            _ = try await progress.wait { $0.underWay < $0.window ? true : nil }
            progress.sent(part.count)
            link.send(.bytes(part), of: id)
        }
    }

    /// That was all; returns once the peer and a majority of those that keep the project hold it safely.
    package func finish() async throws(PeerError) -> HandedOver {
        link.send(.end, of: id)
        return try await progress.wait { $0.handedOver }
    }
}

/// How far a peer is with a file that is handed over to it.
final class HandoverProgress: Sendable {
    struct State {
        /// Bytes that may be on their way.
        let window: Int
        var underWay = 0
        var isBegun = false
        var handedOver: HandedOver?
        var failure: PeerError?
        var change: Signal?
    }

    private let state: Mutex<State>

    init(window: Int) { state = Mutex(State(window: window)) }

    /// Whether the peer is done with it, or gone; else it waits for more.
    var isEndedByPeer: Bool {
        state.withLock { state in
            switch state.failure {
            case nil: state.handedOver != nil
            case .cancelled, .deadlineExceeded: false
            default: true
            }
        }
    }
    func sent(_ count: Int) { state.withLock { $0.underWay += count } }

    /// The peer has taken bytes in, or begins to.
    func taken(_ count: Int) {
        change { state in
            state.isBegun = true
            state.underWay -= min(count, state.underWay)
        }
    }

    func ended(_ result: Result<Reply, PeerError>) {
        change { state in
            switch result {
            case .success(.handedOver(let handedOver)): state.handedOver = handedOver
            case .success: state.failure = .malformed("its answer to a handover is something else")
            case .failure(let error): state.failure = error
            }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let change = state.withLock { state in
            body(&state)
            defer { state.change = nil }
            return state.change
        }
        change?.fire()
    }

    /// Returns `value` when there is one; throws when the peer gave up, or the task is cancelled.
    func wait<Value: Sendable>(for value: @Sendable (State) -> Value?) async throws(PeerError) -> Value {
        while true {
            let (found, change) = try state.withLock { state throws(PeerError) -> (Value?, Signal) in
                if let failure = state.failure { throw failure }
                let change = Signal()
                state.change = change
                return (value(state), change)
            }
            if let found { return found }
            await change.wait()
            if Task.isCancelled { throw .cancelled }
        }
    }
}
