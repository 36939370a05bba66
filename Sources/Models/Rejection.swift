/// Why the registry refused a command: the same on every node, part of the log's outcome. A client acts on the code.
public struct Rejection: Error, Hashable, Sendable, CustomStringConvertible, CanonicalCodable {
    /// What a client would do differently.
    public enum Code: String, CaseIterable, Sendable, Codable {
        /// The project, model, version or alias does not exist.
        case notFound = "not-found"
        /// The name is taken.
        case alreadyExists = "already-exists"
        /// The name looks like one that exists.
        case confusableName = "confusable-name"
        /// The thing changed since the client looked: read again.
        case conflict = "conflict"
        /// A value is outside what is allowed.
        case invalid = "invalid"
        /// The principal may not do this.
        case forbidden = "forbidden"
        /// A limit is reached.
        case limitExceeded = "limit-exceeded"
        /// The project's files would have more bytes than it may have.
        case quotaExceeded = "quota-exceeded"
        /// The project does not take such files: they can run code, are broken, or hold secrets.
        case refusedContent = "refused-content"
        /// Too few nodes hold the bytes.
        case bytesNotReplicated = "bytes-not-replicated"
        /// What the project asks of metadata changed while the request was on its way: send it again.
        case schemaChanged = "schema-changed"
        /// The idempotency key was used for another command.
        case keyReused = "idempotency-key-reused"
    }

    /// What a client would do differently.
    public let code: Code
    /// One sentence for a person: what, why, and what to do.
    public let detail: String

    /// A refusal.
    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// The detail.
    public var description: String { detail }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(code.rawValue)
        writer.write(detail)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let text = try reader.readString()
        guard let code = Code(rawValue: text) else { throw .invalid("“\(text)” is not a rejection code") }
        self.code = code
        detail = try reader.readString()
    }
}
