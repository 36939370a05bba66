import Foundation
import HTTPTypes
import Hummingbird
import Models
import NIOCore
import Registry
import RegistryService

/// One request, with what every route needs of it.
struct Call: Sendable {
    let request: Request
    let parameters: Parameters
    let service: RegistryService
    /// Who asks; nil only on open routes.
    var caller: Principal?
    /// How fresh the answer must be, from here on: that the state is as new as was asked was waited for.
    var consistency = Consistency.session(atLeast: 0)

    init(request: Request, parameters: Parameters, service: RegistryService) {
        self.request = request
        self.parameters = parameters
        self.service = service
    }

    /// Who asks; throws on a route that was declared open by mistake.
    var principal: Principal {
        get throws(ServiceError) {
            guard let caller else { throw .unauthenticated }
            return caller
        }
    }

    /// The token that was shown; throws when none was.
    var token: String {
        get throws(ServiceError) {
            guard let header = request.headers[.authorization], header.lowercased().hasPrefix("bearer ") else {
                throw .unauthenticated
            }
            return String(header.dropFirst(7))
        }
    }

    /// How fresh the answer shall be: `Peerage-Consistency`, with `Peerage-Applied-Index` for a session.
    var askedConsistency: Consistency {
        get throws(ServiceError) {
            switch request.headers[.peerageConsistency] ?? "session" {
            case "stale": return .stale
            case "linearizable": return .linearizable
            case "session":
                guard let text = request.headers[.peerageAppliedIndex] else { return .session(atLeast: 0) }
                guard let index = UInt64(text) else { throw .invalidRequest("Peerage-Applied-Index is not a number") }
                return .session(atLeast: index)
            case let other:
                throw .invalidRequest("Peerage-Consistency is session, linearizable or stale, not “\(other)”")
            }
        }
    }

    /// Reads the catalog as its caller sees it.
    /// - Parameter index: where what was just written is; nil for what the request asks for.
    func read<Value: Sendable>(
        after index: UInt64? = nil, _ body: (Catalog) throws -> Value
    ) async throws -> Answer<Value> {
        try await service.read(index.map { .session(atLeast: $0) } ?? consistency, for: principal, body)
    }

    /// The same for what reads much of it.
    func survey<Value: Sendable>(
        after index: UInt64? = nil, _ body: @escaping @Sendable (Catalog) throws -> Value
    ) async throws -> Answer<Value> {
        try await service.survey(index.map { .session(atLeast: $0) } ?? consistency, for: principal, body)
    }

    /// The version in the path, by number, alias or `latest`.
    /// - Parameter time: as it was then; nil for now.
    func version(at time: Timestamp? = nil) async throws -> Answer<VersionDescription> {
        let (project, model, selector) = (try project, try model, try selector)
        return try await read { catalog in
            guard let time else { return try catalog.describe(project, model, selector) }
            return try catalog.describe(project, model, selector, at: time)
        }
    }

    /// The client's idempotency key.
    var idempotencyKey: String? { request.headers[.idempotencyKey] }

    /// The project in the path.
    var project: ProjectName { get throws { try ProjectName(text("project")) } }

    /// The model in the path.
    var model: ModelName { get throws { try ModelName(text("model")) } }

    /// The alias in the path.
    var alias: AliasName { get throws { try AliasName(text("alias")) } }

    /// The principal in the path.
    var principalName: PrincipalName { get throws { try PrincipalName(text("principal")) } }

    /// The stage in the path.
    var stage: StageName { get throws { try StageName(text("stage")) } }

    /// The token in the path, by its id.
    var tokenID: UniqueID {
        get throws {
            guard let id = UniqueID(try text("token")) else {
                throw ServiceError.invalidRequest("a token's id is 32 hexadecimal digits")
            }
            return id
        }
    }

    /// The deployment in the path.
    var deployment: DeploymentName { get throws { try DeploymentName(text("deployment")) } }

    /// The name of a page of a file in the path.
    var pageName: String { get throws { try text("page") } }

    /// The node in the path.
    var node: NodeName { get throws { try NodeName(text("node")) } }

    /// Whether what speaks against it shall be overridden.
    var isForced: Bool { request.uri.queryParameters["force"] == "true" }

    /// The version in the path: a number, an alias or `latest`.
    var selector: VersionSelector { get throws { try VersionSelector(text("version")) } }

    /// The instant that an answer shall tell of; nil for now.
    var moment: Timestamp? { get throws(ServiceError) { try instant("at") } }

    /// The instant that the query gives `name`, or nil.
    func instant(_ name: String) throws(ServiceError) -> Timestamp? {
        guard let text = request.uri.queryParameters[Substring(name)] else { return nil }
        guard let time = Timestamp(String(text)) else {
            throw .invalidRequest("\(name) is an instant in UTC, such as 2026-03-01T12:00Z, not “\(text)”")
        }
        return time
    }

    /// The digest in the path.
    var digest: Digest {
        get throws {
            guard let digest = Digest(try text("sha256")) else {
                throw ServiceError.invalidRequest("a SHA-256 digest is 64 hexadecimal digits")
            }
            return digest
        }
    }

    /// The rest of the path.
    var filePath: FilePath {
        get throws {
            let parts = try parameters.getCatchAll().map { try Self.decode($0) }
            return try FilePath(parts.joined(separator: "/"))
        }
    }

    /// How many records a page shall have.
    var limit: Int {
        get throws(ServiceError) {
            guard let text = request.uri.queryParameters["limit"] else { return Limits.standard.defaultPageRecords }
            guard let limit = Int(text), (1...Limits.standard.pageRecords).contains(limit) else {
                throw .invalidRequest("limit is a number from 1 to \(Limits.standard.pageRecords)")
            }
            return limit
        }
    }

    /// The number that the query gives `name`, or nil.
    func number(_ name: String) throws(ServiceError) -> UInt64? {
        guard let text = request.uri.queryParameters[Substring(name)] else { return nil }
        guard let number = UInt64(text) else { throw .invalidRequest("\(name) is a number, not “\(text.prefix(40))”") }
        return number
    }

    /// Where the page shall begin: what the page before gave as `next`.
    var cursor: String? { request.uri.queryParameters["cursor"].map { String($0) } }

    /// The cursor as a number.
    var numericCursor: UInt64? {
        get throws(ServiceError) {
            guard let cursor else { return nil }
            guard let number = UInt64(cursor) else { throw .invalidRequest("the cursor is not one this server gave") }
            return number
        }
    }

    /// The JSON body as a `Value`, whose schema has the name of the type.
    func body<Value: Decodable>(_ type: Value.Type = Value.self) async throws -> Value {
        let schema = "\(Value.self)"
        let limit = Limits.standard.requestBytes
        let buffer: ByteBuffer
        do { buffer = try await request.body.collect(upTo: limit) } catch {
            throw ServiceError.invalidRequest("the body did not arrive whole, or has more than \(limit) bytes")
        }
        do {
            let data = Data(buffer.readableBytesView)
            let json = try JSONDecoder().decode(JSONValue.self, from: data)
            guard json.hasEveryMember(ofText: data) else {
                throw ServiceError.invalidRequest("an object in the body has two members of one name; send one of them")
            }
            // A member with a slip in its name would be missing for ever: versions do not change.
            if case .object(let members) = json, let stranger = OpenAPISchemas.stranger(among: members.keys, schema) {
                throw ServiceError.invalidRequest("“\(stranger)” is not a member of this request; check its spelling")
            }
            return try JSONDecoder().decode(Value.self, from: data)
        } catch let error as DecodingError {
            throw ServiceError.invalidRequest("the body is not as expected: \(error.reason)")
        }
    }

    private func text(_ name: String) throws -> String { try Self.decode(Substring(parameters.require(name))) }

    private static func decode(_ text: Substring) throws -> String {
        guard let decoded = text.removingPercentEncoding else {
            throw ServiceError.invalidRequest("“\(text)” is not percent-encoded UTF-8")
        }
        return decoded
    }
}

extension DecodingError {
    /// The field and what is wrong with it, for a person.
    fileprivate var reason: String {
        switch self {
        case .dataCorrupted(let context): "\(context.codingPath.text)\(context.debugDescription)"
        case .keyNotFound(let key, let context): "\(context.codingPath.text)“\(key.stringValue)” is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(context.codingPath.text)\(context.debugDescription)"
        @unknown default: "it cannot be decoded"
        }
    }
}

extension [any CodingKey] {
    fileprivate var text: String {
        isEmpty ? "" : "at " + map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".") + ": "
    }
}

extension HTTPField.Name {
    /// How fresh an answer must be.
    static let peerageConsistency = HTTPField.Name("Peerage-Consistency")!
    /// In requests: the newest index the client has seen. In answers: the index they were read or written at.
    static let peerageAppliedIndex = HTTPField.Name("Peerage-Applied-Index")!
    /// The node that answered.
    static let peerageNode = HTTPField.Name("Peerage-Node")!
    /// `true` when the node knows of no leader.
    static let peerageStale = HTTPField.Name("Peerage-Stale")!
    /// Makes a write safe to repeat.
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
}
