import Foundation
import GRPCCore
import HTTPTypes
import HummingbirdCore
import Models
import NIOCore
import SwiftProtobuf

/// How a message becomes a request of REST.
struct RequestShape: Sendable {
    let method: HTTPRequest.Method
    let path: String
    let body: String?
    let query: [String]

    /// The request that a message stands for, in the name of who sent `metadata`.
    func request(_ message: some Message, _ metadata: Metadata) throws -> Request {
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = true
        options.alwaysPrintInt64sAsNumbers = true
        let json: JSONValue
        do {
            json = try JSONDecoder().decode(JSONValue.self, from: message.jsonUTF8Data(options: options))
        } catch {
            throw RPCError(code: .invalidArgument, message: "the request is no JSON: \(error)")
        }
        guard case .object(var fields) = json else {
            throw RPCError(code: .internalError, message: "a message is not an object")
        }
        var target = try filledPath(&fields)
        let hasBody = method == .post || method == .put || method == .patch
        var pairs: [String] = []
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) where !hasBody || query.contains(name) {
            pairs.append("\(name)=\(PercentEncoding.encode(value.plainText))")
            fields[name] = nil
        }
        if !pairs.isEmpty { target += "?" + pairs.joined(separator: "&") }
        let document = body.map { fields[$0] ?? .object([:]) } ?? .object(fields)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = hasBody ? try encoder.encode(document) : Data()
        return Request(
            head: HTTPRequest(
                method: method, scheme: "https", authority: nil, path: target,
                headerFields: HTTPFields(metadata, bodyBytes: hasBody ? bytes.count : nil)),
            body: RequestBody(buffer: ByteBuffer(bytes: bytes)))
    }

    /// The path with the fields that it names; takes those off.
    private func filledPath(_ fields: inout [String: JSONValue]) throws -> String {
        var parts: [String] = []
        for part in path.split(separator: "/") {
            guard part.hasPrefix("{"), part.hasSuffix("}") else {
                parts.append(String(part))
                continue
            }
            let name = String(part.dropFirst().dropLast())
            guard let text = fields.removeValue(forKey: name)?.plainText, !text.isEmpty else {
                throw RPCError(code: .invalidArgument, message: "the field “\(name)” is missing")
            }
            parts.append(PercentEncoding.encode(text, keepingSlashes: name == "path"))
        }
        return "/" + parts.joined(separator: "/")
    }
}

extension JSONValue {
    /// As it stands in a path or a query.
    fileprivate var plainText: String {
        switch self {
        case .string(let text): text
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .null, .array, .object: ""
        }
    }
}

extension HTTPFields {
    /// What calls may say beside their message, by the names that REST has for it.
    private static let passed = [
        "authorization", "idempotency-key", "if-match", "peerage-consistency", "peerage-applied-index",
    ]

    init(_ metadata: Metadata, bodyBytes: Int? = nil) {
        self.init()
        for name in Self.passed {
            guard let value = Array(metadata[stringValues: name]).first, let field = HTTPField.Name(name) else {
                continue
            }
            self[field] = value
        }
        if let bodyBytes {
            self[.contentType] = "application/json"
            self[.contentLength] = "\(bodyBytes)"
        }
    }
}
