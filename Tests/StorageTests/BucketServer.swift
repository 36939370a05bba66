import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A bucket behind S3's REST interface on a port of its own, which can answer wrongly: what a service does that no real
/// one does when it is asked to.
final class BucketServer: Sendable {
    /// What is answered in place of the truth.
    enum Fault {
        case status(HTTPResponseStatus, code: String)
        /// Whole objects, whatever range is asked for.
        case noRanges
        /// Fewer bytes than the header says that there are.
        case cutBody
        /// Nothing, ever.
        case silence
    }

    private struct State {
        var objects: [String: [UInt8]] = [:]
        var faults: [Fault] = []
        var requests: [String] = []
    }

    /// Names a page of a listing has.
    static let namesPerPage = 2

    private let state = Mutex(State())
    private let channel: Mutex<(any Channel)?> = Mutex(nil)

    var objects: [String: [UInt8]] { state.withLock { $0.objects } }
    /// Methods and paths, as they came.
    var requests: [String] { state.withLock { $0.requests } }
    var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }

    /// The next requests are answered with these, one each.
    func fail(with faults: [Fault]) { state.withLock { $0.faults = faults } }

    func start() async throws {
        let bound = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(BucketHandler(server: self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        channel.withLock { $0 = bound }
    }

    func stop() async throws { try await channel.withLock { $0 }?.close().get() }

    /// What is said to a request; nil for silence.
    fileprivate func answer(_ head: HTTPRequestHead, _ body: [UInt8]) -> BucketAnswer? {
        state.withLock { state in
            state.requests.append("\(head.method) \(head.uri)")
            let fault = state.faults.isEmpty ? nil : state.faults.removeFirst()
            switch fault {
            case .silence: return nil
            case .status(let status, let code):
                return BucketAnswer(status, Array("<Error><Code>\(code)</Code></Error>".utf8))
            case .noRanges, .cutBody, nil: break
            }
            var head = head
            if case .noRanges = fault { head.headers.remove(name: "range") }
            var answer = Self.truth(head, body, &state.objects)
            if case .cutBody = fault { answer.body.removeLast() }
            return answer
        }
    }

    private static func truth(_ head: HTTPRequestHead, _ body: [UInt8], _ objects: inout [String: [UInt8]])
        -> BucketAnswer
    {
        let (path, query) = parts(head.uri)
        guard path.hasPrefix("/bucket/") else { return .missing("NoSuchBucket") }
        let name = String(path.dropFirst("/bucket/".count))
        switch head.method {
        case .PUT:
            objects[name] = body
            return BucketAnswer(.ok, [])
        case .DELETE:
            return objects.removeValue(forKey: name) == nil ? .missing("NoSuchKey") : BucketAnswer(.noContent, [])
        case .GET where name.isEmpty: return listing(of: objects.keys.sorted(), query)
        default: return objects[name].map { object($0, head.headers.first(name: "range")) } ?? .missing("NoSuchKey")
        }
    }

    private static func object(_ bytes: [UInt8], _ range: String?) -> BucketAnswer {
        let bounds = (range ?? "").dropFirst("bytes=".count).split(separator: "-").compactMap { Int($0) }
        guard bounds.count == 2 else { return BucketAnswer(.ok, bytes) }
        guard bounds[0] < bytes.count else { return BucketAnswer(.rangeNotSatisfiable, []) }
        let last = min(bounds[1], bytes.count - 1)
        var answer = BucketAnswer(.partialContent, Array(bytes[bounds[0]...last]))
        answer.headers.add(name: "content-range", value: "bytes \(bounds[0])-\(last)/\(bytes.count)")
        return answer
    }

    private static func listing(of names: [String], _ query: [String: String]) -> BucketAnswer {
        let prefix = query["prefix"] ?? ""
        let rest = names.filter { $0.hasPrefix(prefix) && $0 > (query["continuation-token"] ?? "") }
        let page = rest.prefix(namesPerPage)
        let more = rest.count > page.count ? "<NextContinuationToken>\(page.last ?? "")</NextContinuationToken>" : ""
        let escaped = page.map { $0.split(separator: "&", omittingEmptySubsequences: false).joined(separator: "&amp;") }
        let keys = escaped.map { "<Contents><Key>\($0)</Key></Contents>" }.joined()
        let text =
            "<ListBucketResult><IsTruncated>\(rest.count > page.count)</IsTruncated>\(keys)\(more)</ListBucketResult>"
        return BucketAnswer(.ok, Array(text.utf8))
    }

    private static func parts(_ uri: String) -> (path: String, query: [String: String]) {
        let halves = uri.split(separator: "?", maxSplits: 1)
        let pairs = (halves.count > 1 ? halves[1] : "").split(separator: "&").map { pair in
            let sides = pair.split(separator: "=", maxSplits: 1).map { $0.removingPercentEncoding }
            return (sides[0], sides.count > 1 ? sides[1] : "")
        }
        return (halves[0].removingPercentEncoding, Dictionary(pairs) { $1 })
    }
}

private struct BucketAnswer {
    var status: HTTPResponseStatus
    var headers = HTTPHeaders()
    var body: [UInt8]
    /// What the header says, whatever is sent.
    let length: Int

    init(_ status: HTTPResponseStatus, _ body: [UInt8]) {
        self.status = status
        self.body = body
        length = body.count
    }

    static func missing(_ code: String) -> BucketAnswer {
        BucketAnswer(.notFound, Array("<Error><Code>\(code)</Code></Error>".utf8))
    }
}

private final class BucketHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: BucketServer
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(server: BucketServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): (self.head, body) = (head, [])
        case .body(let buffer): body += buffer.readableBytesView
        case .end:
            guard let head, let answer = server.answer(head, body) else { return }
            var headers = answer.headers
            headers.add(name: "content-length", value: String(answer.length))
            context.write(
                wrapOutboundOut(.head(.init(version: .http1_1, status: answer.status, headers: headers))), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            if answer.body.count < answer.length { context.close(promise: nil) }
        }
    }
}

extension Substring {
    /// As it was before it was put into a URL.
    fileprivate var removingPercentEncoding: String {
        var (bytes, rest): ([UInt8], Substring) = ([], self)
        while let first = rest.first {
            if first == "%", let byte = UInt8(rest.dropFirst().prefix(2), radix: 16) {
                bytes.append(byte)
                rest = rest.dropFirst(3)
            } else {
                bytes += Array(String(first).utf8)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
