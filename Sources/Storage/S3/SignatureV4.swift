import Crypto
import Foundation

/// AWS Signature Version 4, as S3-compatible services check it.
///
/// Source: AWS General Reference, “Create a signed AWS API request”.
struct SignatureV4: Sendable {
    let accessKey: String
    let secretKey: String
    let region: String
    var service = "s3"

    /// What is signed.
    struct Request {
        let method: String
        /// Encoded, as it is sent.
        let path: String
        /// Names and values, not encoded.
        var query: [(String, String)] = []
        /// Names in lower case. `host` must be among them.
        var headers: [(name: String, value: String)]
        /// SHA-256 of the body in hexadecimal digits.
        let bodyDigest: String
    }

    /// The value of the header `Authorization`, for a request sent at `date`, which must have a header `x-amz-date`.
    func authorization(for request: Request, at date: Date) -> String {
        let headers = request.headers.sorted { $0.name < $1.name }
        let signed = headers.map(\.name).joined(separator: ";")
        let canonical = [
            request.method, request.path, Self.query(request.query),
            headers.map { "\($0.name):\($0.value.trimmingCharacters(in: .whitespaces))\n" }.joined(), signed,
            request.bodyDigest,
        ].joined(separator: "\n")
        let time = Self.timestamp(date)
        let scope = "\(time.prefix(8))/\(region)/\(service)/aws4_request"
        let text = ["AWS4-HMAC-SHA256", time, scope, Self.hexadecimal(SHA256.hash(data: Data(canonical.utf8)))]
            .joined(separator: "\n")
        let key = [String(time.prefix(8)), region, service, "aws4_request"].reduce(Data("AWS4\(secretKey)".utf8)) {
            Data(Self.code(Data($1.utf8), by: $0))
        }
        let signature = Self.hexadecimal(Self.code(Data(text.utf8), by: key))
        return "AWS4-HMAC-SHA256 Credential=\(accessKey)/\(scope), SignedHeaders=\(signed), Signature=\(signature)"
    }

    /// `20260131T235959Z`.
    static func timestamp(_ date: Date) -> String {
        date.formatted(
            .verbatim(
                "\(year: .padded(4))\(month: .twoDigits)\(day: .twoDigits)T\(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased))\(minute: .twoDigits)\(second: .twoDigits)Z",
                locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt, calendar: Calendar(identifier: .gregorian)))
    }

    /// The query as it is sent and signed: sorted and encoded.
    static func query(_ items: [(String, String)]) -> String {
        items.map { "\(encode($0.0))=\(encode($0.1))" }.sorted().joined(separator: "&")
    }

    /// RFC 3986 §2.3: unreserved characters stand for themselves; the UTF-8 bytes of all others are encoded.
    /// - Parameter kept: bytes that stand for themselves too: `/` in a path.
    static func encode(_ text: String, keeping kept: String = "") -> String {
        let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8).union(kept.utf8)
        return text.utf8.map { byte in
            unreserved.contains(byte) ? String(UnicodeScalar(byte)) : "%" + digits(byte).uppercased()
        }.joined()
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String { bytes.map(digits).joined() }

    private static func digits(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    private static func code(_ data: Data, by key: Data) -> some Sequence<UInt8> {
        HMAC<SHA256>.authenticationCode(for: data, using: SymmetricKey(data: key))
    }
}
