/// Why a schema cannot be used.
package enum SchemaError: Error, Equatable, CustomStringConvertible {
    /// The schema itself is wrong: where in it, as a JSON pointer, and how.
    case invalid(at: String, String)
    /// It asks for more work than is allowed.
    case tooExpensive(String)

    /// One sentence for who wrote the schema.
    package var description: String {
        switch self {
        case .invalid(let place, let reason): "the schema is wrong at “\(place.isEmpty ? "/" : place)”: \(reason)"
        case .tooExpensive(let reason): "the schema takes too much work: \(reason)"
        }
    }
}

/// What a document lacks.
package struct SchemaViolation: Hashable, Sendable {
    /// Where in the document, as a JSON pointer (RFC 6901); empty for the whole.
    package let path: String
    /// What is wrong there, without a subject: “is missing”.
    package let problem: String
}
