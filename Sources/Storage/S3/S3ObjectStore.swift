import AsyncHTTPClient
import Crypto
package import Foundation
import FoundationXML
import NIOCore
import NIOHTTP1
import NIOSSL
package import Storage
import Synchronization

/// Where objects are, and who asks for them.
package struct S3Configuration: Sendable {
    /// `https://HOST[:PORT]`; the bucket is the first component of each path.
    package let endpoint: URL
    /// The bucket, which exists.
    package let bucket: String
    /// What the service calls its place; most services take any.
    package let region: String
    /// What every name begins with.
    package let prefix: String
    /// By whom requests are signed.
    package let accessKey: String
    /// With what they are.
    package let secretKey: String
    /// What comes with keys that hold for a while; nil for those that last.
    package let sessionToken: String?
    /// A PEM file with the only authorities to trust; nil trusts the system's.
    package let certificateAuthority: String?

    /// A bucket at a service.
    package init(
        endpoint: URL, bucket: String, region: String, prefix: String, accessKey: String, secretKey: String,
        sessionToken: String?, certificateAuthority: String?
    ) {
        self.endpoint = endpoint
        self.bucket = bucket
        self.region = region
        self.prefix = prefix
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
        self.certificateAuthority = certificateAuthority
    }
}

/// Objects in a bucket of any service that speaks S3's REST interface.
///
/// What a service may refuse for a while (429, 5xx, no answer) is tried again, with growing pauses. When that was in vain,
/// other calls fail at once for a while, so that who has another place to ask does so.
///
/// Not to be called on an event loop: calls block.
package final class S3ObjectStore: ObjectStore {
    private struct State {
        /// Until when the service is not asked, and why.
        var away: (until: ContinuousClock.Instant, reason: String)?
        var isStopped = false
    }

    private let configuration: S3Configuration
    private let signature: SignatureV4
    private let client: HTTPClient
    private let pauses: [Duration]
    private let state = Mutex(State())

    /// Pauses between tries: some seconds of trouble pass unnoticed.
    package static let standardPauses: [Duration] = [
        .milliseconds(200), .milliseconds(800), .seconds(2), .seconds(4),
    ]
    /// For how long a service is not asked that was asked in vain.
    private static let absence: Duration = .seconds(15)
    /// For one try, besides its bytes at a megabyte a second.
    private static let patience: Duration = .seconds(10)
    /// A page of a listing has a thousand names.
    private static let mostListedBytes = 8 << 20

    /// A client of the bucket; call `shutdown` in the end.
    /// - Parameters:
    ///   - pauses: between tries of one call.
    ///   - silence: for how long nothing need come of an answer. The second time in one call is the last.
    package init(
        _ configuration: S3Configuration, pauses: [Duration] = standardPauses, silence: Duration = .seconds(5)
    ) throws(StorageError) {
        self.configuration = configuration
        self.pauses = pauses
        signature = SignatureV4(
            accessKey: configuration.accessKey, secretKey: configuration.secretKey, region: configuration.region)
        var settings = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(3), read: .init(silence)))
        settings.httpVersion = .http1Only
        if let path = configuration.certificateAuthority {
            var tls = TLSConfiguration.makeClientConfiguration()
            do { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path)) } catch {
                throw .incompatible("the object store's authority \(path) cannot be read: \(error)")
            }
            settings.tlsConfiguration = tls
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    }

    /// Nothing is tried again from now on.
    package func stop() { state.withLock { $0.isStopped = true } }

    /// Closes its connections.
    package func shutdown() async {
        stop()
        // Probe: nothing is left to be done about connections that do not close.
        try? await client.shutdown()
    }

    package func put(_ name: String, _ bytes: [UInt8]) throws(StorageError) {
        let answer = try send("PUT", name, body: bytes, most: Self.mostWords)
        guard answer.isSuccess else { throw answer.failure("an object cannot be stored") }
    }

    package func read(_ name: String, _ range: Range<Int>, of size: Int) throws(StorageError) -> [UInt8]? {
        let wanted = range.clamped(to: 0..<size)
        guard !wanted.isEmpty else { return [] }
        let header = "bytes=\(wanted.lowerBound)-\(wanted.upperBound - 1)"
        let answer = try send(
            "GET", name, headers: [("range", header)], expected: wanted.count, most: size + Self.mostWords)
        switch answer.status {
        case 206 where answer.range == "bytes \(wanted.lowerBound)-\(wanted.upperBound - 1)/\(size)":
            guard answer.body.count == wanted.count else {
                throw .unreachable("an object's bytes did not arrive whole")
            }
            return answer.body
        // The object is another one.
        case 206 where answer.range?.hasSuffix("/\(size)") == false, 416: return nil
        // A service that knows no ranges.
        case 200 where answer.body.count == size: return Array(answer.body[wanted])
        // Only the service's own word counts: a bucket that is not there, or a proxy's page, says nothing of the object.
        case 404 where answer.code == "NoSuchKey": return nil
        default: throw answer.failure("an object cannot be read")
        }
    }

    package func remove(_ name: String) throws(StorageError) {
        let answer = try send("DELETE", name, most: Self.mostWords)
        guard answer.isSuccess || (answer.status == 404 && answer.code == "NoSuchKey") else {
            throw answer.failure("an object cannot be removed")
        }
    }

    package func names(_ prefix: String) throws(StorageError) -> [String] {
        var (found, token): ([String], String?) = ([], nil)
        let whole = configuration.prefix + prefix
        while true {
            var query = [("list-type", "2"), ("prefix", whole)]
            if let token { query.append(("continuation-token", token)) }
            let answer = try send("GET", nil, query: query, most: Self.mostListedBytes)
            guard answer.isSuccess else { throw answer.failure("the bucket cannot be listed") }
            let page = ListedPage(answer.body)
            found += page.keys.filter { $0.hasPrefix(whole) }.map { String($0.dropFirst(configuration.prefix.count)) }
            guard page.isTruncated, let next = page.next, !next.isEmpty, next != token else { return found }
            token = next
        }
    }

    /// Bytes of an error, or of an answer that says nothing.
    private static let mostWords = 64 << 10
}

extension S3ObjectStore {
    /// What the service said.
    private struct Answer {
        let host: String
        let status: Int
        /// The header `Content-Range`.
        let range: String?
        let body: [UInt8]

        var isSuccess: Bool { (200..<300).contains(status) }
        /// Whether the same may go well soon.
        var isRetryable: Bool { status == 429 || status >= 500 || status == 408 }

        /// The service's own word for what is wrong.
        var code: String {
            guard !isSuccess else { return "" }
            let text = String(decoding: body.prefix(4_000), as: UTF8.self)
            return text.firstRange(of: "<Code>").map { String(text[$0.upperBound...].prefix { $0 != "<" }) } ?? ""
        }

        func failure(_ what: String) -> StorageError {
            let advice =
                [401, 403].contains(status) ? ". Check the keys and what they may do, and restart the node" : ""
            return .unreachable("\(what): the object store at \(host) answers \(status) \(code)\(advice)")
        }
    }

    private func send(
        _ method: String, _ name: String?, query: [(String, String)] = [], headers: [(String, String)] = [],
        body: [UInt8] = [], expected: Int = 0, most: Int
    ) throws(StorageError) -> Answer {
        try expectPresence()
        let (digest, host) = (SignatureV4.hexadecimal(SHA256.hash(data: body)), host)
        let patience = Self.patience + .seconds(Double(max(body.count, expected)) / 1e6)
        var (problem, silences) = ("", 0)
        for pause in pauses.map({ Optional($0) }) + [nil] {
            do {
                let request = try request(method, name, query, headers, body, digest)
                let accumulator = ResponseAccumulator(request: request, maxBodySize: most)
                let answer = try client.execute(
                    request: request, delegate: accumulator, deadline: .now() + .init(patience)
                ).futureResult.map {
                    Answer(
                        host: host, status: Int($0.status.code), range: $0.headers.first(name: "content-range"),
                        body: $0.body.map { Array($0.readableBytesView) } ?? [])
                }.wait()
                guard answer.isRetryable else {
                    state.withLock { $0.away = nil }
                    return answer
                }
                problem = answer.failure("nothing can be read or stored").detail
            } catch {
                problem = "the object store at \(host) does not answer: \(error)"
                // Whoever hangs costs time, and there may be another place to ask.
                if let error = error as? HTTPClientError, Self.silences.contains(error) { silences += 1 }
            }
            // Another call may have found that it is away.
            let isOver = state.withLock { $0.isStopped || ($0.away?.until ?? .now) > .now }
            guard let pause, !isOver, silences < 2 else { break }
            Self.sleep(pause)
        }
        state.withLock { $0.away = (.now + Self.absence, problem) }
        throw .unreachable(problem)
    }

    private static let silences: [HTTPClientError] = [.readTimeout, .connectTimeout, .deadlineExceeded]

    /// Throws while the service is known to be away. When it may be back, one call asks, and the others fail until it has.
    private func expectPresence() throws(StorageError) {
        let problem = state.withLock { state -> String? in
            if state.isStopped { return "the node stops" }
            guard let away = state.away else { return nil }
            guard away.until <= .now else { return away.reason }
            state.away = (.now + Self.absence, away.reason)
            return nil
        }
        if let problem { throw .unreachable(problem) }
    }

    private static func sleep(_ pause: Duration) {
        let jitter = Double.random(in: 0.5...1)
        let (seconds, attoseconds) = pause.components
        Thread.sleep(forTimeInterval: (Double(seconds) + Double(attoseconds) / 1e18) * jitter)
    }

    /// The host as it is asked and signed: with its port where that is not the scheme's own.
    private var host: String {
        let name = configuration.endpoint.host() ?? ""
        let host = name.contains(":") ? "[\(name)]" : name
        guard let port = configuration.endpoint.port, port != (configuration.endpoint.scheme == "http" ? 80 : 443)
        else {
            return host
        }
        return "\(host):\(port)"
    }

    private func request(
        _ method: String, _ name: String?, _ query: [(String, String)], _ more: [(String, String)], _ body: [UInt8],
        _ digest: String
    ) throws -> HTTPClient.Request {
        let path =
            "/" + SignatureV4.encode(configuration.bucket)
            + (name.map { "/" + SignatureV4.encode(configuration.prefix + $0, keeping: "/") } ?? "/")
        let now = Date()
        var headers =
            more + [("host", host), ("x-amz-content-sha256", digest), ("x-amz-date", SignatureV4.timestamp(now))]
        if let token = configuration.sessionToken { headers.append(("x-amz-security-token", token)) }
        let authorization = signature.authorization(
            for: .init(
                method: method, path: path, query: query, headers: headers.map { (name: $0.0, value: $0.1) },
                bodyDigest: digest), at: now)
        let suffix = query.isEmpty ? "" : "?" + SignatureV4.query(query)
        return try HTTPClient.Request(
            url: "\(configuration.endpoint.scheme ?? "https")://\(host)\(path)\(suffix)",
            method: HTTPMethod(rawValue: method), headers: HTTPHeaders(headers + [("authorization", authorization)]),
            body: body.isEmpty ? nil : .bytes(body))
    }
}

/// One page of a bucket's listing (`ListObjectsV2`).
struct ListedPage {
    let keys: [String]
    /// How the next page is asked for.
    let next: String?
    /// Whether there is one.
    let isTruncated: Bool

    init(_ body: [UInt8]) {
        let reader = ListingReader()
        let parser = XMLParser(data: Data(body))
        parser.delegate = reader
        parser.shouldResolveExternalEntities = false
        _ = parser.parse()
        (keys, next, isTruncated) = (reader.keys, reader.next, reader.isTruncated)
    }
}

private final class ListingReader: NSObject, XMLParserDelegate {
    private(set) var keys: [String] = []
    private(set) var next: String?
    private(set) var isTruncated = false
    private var text = ""

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        text = ""
    }

    func parser(_ parser: XMLParser, foundCharacters characters: String) { text += characters }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        switch name {
        case "Key": keys.append(text)
        case "NextContinuationToken": next = text
        case "IsTruncated": isTruncated = text == "true"
        default: break
        }
    }
}
