import AsyncHTTPClient
import Foundation
import Models
import NIOCore
import NIOHTTP1
import NIOSSL

/// One request, without the server it goes to.
struct APIRequest: Sendable {
    /// What is done with the path.
    enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case put = "PUT"
        case post = "POST"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// What the request carries.
    enum Body: Sendable {
        case none
        case json(Data)
        case file(FileBytes)
        case delta(DeltaBytes)
    }

    let method: Method
    let path: APIPath
    var headers: [(name: String, value: String)] = []
    var body = Body.none
}

/// What a server answered: the body may still be on its way.
struct Answer: Sendable {
    let server: URL
    let status: Int
    private let headers: HTTPHeaders
    let body: HTTPClientResponse.Body

    fileprivate init(_ response: HTTPClientResponse, from server: URL) {
        self.server = server
        status = Int(response.status.code)
        headers = response.headers
        body = response.body
    }

    /// The first value of a header.
    subscript(header: String) -> String? { headers.first(name: header) }
}

/// Why one try at one server failed.
enum AttemptFailure: Error, Hashable, Sendable {
    /// No answer, or not a whole one: another server may give it.
    case silent(reason: String)
    /// The server's certificate is not one to trust: asking again would not change it.
    case untrusted(reason: String)
    /// The server asks for patience: 502, 503, 504.
    case unavailable(Problem, retryAfter: Duration?)
    /// The server itself is in trouble: 500, 507.
    case broken(Problem)
    /// The server gave other bytes than were registered: another may have the right ones.
    case damaged(path: String, expected: Digest, actual: Digest)
    /// No server would do better.
    case final(ClientError)
}

/// HTTPS to one server at a time: requests out, answers and failures in, no policy.
struct Transport: Sendable {
    private let client: HTTPClient
    /// That of all connections: bodies are read at its pace.
    private let eventLoop: any EventLoop

    /// A pool of connections. TLS 1.3 only; redirects are not followed, because they would take the token along.
    init(_ configuration: ClientConfiguration) throws(ClientError) {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv13
        if let file = configuration.certificateAuthority {
            do {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file.path(percentEncoded: false)))
            } catch {
                let path = file.path(percentEncoded: false)
                throw .invalidConfiguration("The certificate authorities “\(path)” cannot be read as PEM: \(error).")
            }
        }
        let deadlines = configuration.deadlines
        var settings = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(
                connect: deadlines.connection.timeAmount, read: deadlines.stall.timeAmount,
                write: deadlines.stall.timeAmount))
        // HTTP/2 would give every file of a server the same connection and its windows.
        settings.httpVersion = .http1Only
        // Failing over is this client's work, with all servers in view.
        settings.connectionPool.retryConnectionEstablishment = false
        eventLoop = HTTPClient.defaultEventLoopGroup.next()
        client = HTTPClient(eventLoopGroupProvider: .shared(eventLoop), configuration: settings)
    }

    /// Closes all connections.
    func shutdown() async throws { try await client.shutdown() }

    /// Sends a request; gives answers below 400.
    /// - Parameter limit: for the head of the answer to come.
    func send(_ request: APIRequest, to server: URL, within limit: Duration?) async throws(AttemptFailure) -> Answer {
        let deadline = limit.map { NIODeadline.now() + $0.timeAmount } ?? .distantFuture
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request.over(server, eventLoop), deadline: deadline)
        } catch {
            throw AttemptFailure(error)
        }
        let answer = Answer(response, from: server)
        guard answer.status >= 400 else { return answer }
        throw AttemptFailure(status: answer.status, retryAfter: answer.retryAfter, problem: await answer.problem())
    }
}

extension APIRequest {
    fileprivate func over(_ server: URL, _ eventLoop: any EventLoop) -> HTTPClientRequest {
        var text = server.absoluteString
        while text.hasSuffix("/") { text.removeLast() }
        var request = HTTPClientRequest(url: "\(text)/api/v1\(path)")
        request.method = HTTPMethod(rawValue: method.rawValue)
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        request.headers.add(name: "User-Agent", value: "peerage-swift")
        switch body {
        case .none: break
        case .json(let data):
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: data))
        case .file(let bytes):
            request.headers.add(name: "Content-Type", value: "application/octet-stream")
            request.body = .stream(PacedBody(parts: bytes, eventLoop: eventLoop), length: .known(Int64(bytes.size)))
        case .delta(let bytes):
            request.headers.add(name: "Content-Type", value: Delta.mediaType)
            request.body = .stream(PacedBody(parts: bytes, eventLoop: eventLoop), length: .known(Int64(bytes.count)))
        }
        return request
    }
}

extension Answer {
    /// Bytes of a JSON answer to accept: a page has 20,000 files at most, whose paths may have a kilobyte each.
    private static let largestBody = 256 << 20

    /// The body as a `Value`.
    func decode<Value: Decodable>(_ type: Value.Type = Value.self) async throws(AttemptFailure) -> Value {
        let buffer: ByteBuffer
        do { buffer = try await body.collect(upTo: Self.largestBody) } catch { throw AttemptFailure(error) }
        do { return try JSONDecoder().decode(Value.self, from: Data(buffer.readableBytesView)) } catch {
            throw .final(.invalidResponse(server: server, reason: "\(error)"))
        }
    }

    /// `Retry-After` in seconds (RFC 9110 §10.2.3); a date is ignored.
    fileprivate var retryAfter: Duration? { self["Retry-After"].flatMap { Int64($0) }.map { .seconds(max($0, 0)) } }

    /// What the server says is wrong, or what its status alone says.
    fileprivate func problem() async -> Problem {
        do {
            let buffer = try await body.collect(upTo: 1 << 20)
            return try JSONDecoder().decode(Problem.self, from: Data(buffer.readableBytesView))
        } catch {
            if status == 401 {
                // An answer to HEAD has no body.
                return Problem(
                    code: "unauthenticated", title: "Not authenticated", status: status,
                    detail: "\(server.absoluteString) does not know the token.")
            }
            return Problem(
                code: "http-\(status)", title: "HTTP status \(status)", status: status,
                detail: "\(server.absoluteString) answered with status \(status) and no explanation.")
        }
    }
}

extension AttemptFailure {
    /// What an answer of 400 and above means for the call.
    init(status: Int, retryAfter: Duration?, problem: Problem) {
        switch status {
        case 502, 503, 504: self = .unavailable(problem, retryAfter: retryAfter)
        case 500, 507: self = .broken(problem)
        default: self = .final(.problem(problem))
        }
    }

    /// What an error of the HTTP client means for the call.
    init(_ error: any Error) {
        switch error {
        case let error as ClientError: self = .final(error)
        case is CancellationError: self = .final(.cancelled)
        case let error as HTTPClientError: self.init(error)
        case let error as IOError: self = .silent(reason: String(cString: strerror(error.errnoCode)))
        case let error as NIOSSLError where error.isHandshakeFailure: self = .untrusted(reason: error.reason)
        case let error as NIOSSLExtraError:
            self = .untrusted(reason: "its TLS certificate does not fit its address (\(error))")
        default: self = .silent(reason: "\(error)")
        }
    }

    private init(_ error: HTTPClientError) {
        switch error {
        case .cancelled: self = .final(.cancelled)
        case .deadlineExceeded, .readTimeout, .writeTimeout: self = .silent(reason: "it did not answer in time")
        case .connectTimeout: self = .silent(reason: "the connection did not open in time")
        case .remoteConnectionClosed: self = .silent(reason: "the connection was lost")
        default: self = .silent(reason: "\(error)")
        }
    }

    /// How the rotation sees it; nil when no server would do better.
    var failure: ServerRotation.Failure? {
        switch self {
        case .silent: .silent
        case .untrusted, .broken, .damaged: .unfit
        case .unavailable(_, let retryAfter): .unavailable(retryAfter: retryAfter)
        case .final: nil
        }
    }
}

extension NIOSSLError {
    fileprivate var isHandshakeFailure: Bool {
        if case .handshakeFailed = self { true } else { false }
    }

    /// The library gives its own source lines; a person needs to know which file to look at.
    fileprivate var reason: String {
        "\(self)".contains("CERTIFICATE_VERIFY_FAILED")
            ? "none of the certificate authorities this client trusts has signed its TLS certificate; name the cluster's with PEERAGE_CA"
            : "the TLS handshake failed; is this the port for clients?"
    }
}

extension Duration {
    fileprivate var timeAmount: TimeAmount {
        .nanoseconds(components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000)
    }
}
