import Crypto

/// A SHA-256 digest: 32 bytes, written as 64 hexadecimal digits.
public struct Digest: Hashable, Sendable, Codable, CustomStringConvertible, CanonicalCodable {
    /// Exactly 32 bytes.
    public let bytes: [UInt8]

    /// A digest of exactly 32 bytes; nil for any other number.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// Reads 64 hexadecimal digits, with or without `sha256:` before them; nil for anything else.
    public init?(_ text: String) {
        let digits = text.hasPrefix("sha256:") ? text.dropFirst(7) : Substring(text)
        guard let bytes = Hexadecimal.decode(digits) else { return nil }
        self.init(bytes: bytes)
    }

    /// The SHA-256 of `content` (FIPS 180-4).
    public init(of content: [UInt8]) { bytes = Array(SHA256.hash(data: content)) }

    /// 64 lower-case hexadecimal digits.
    public var description: String { Hexadecimal.encode(bytes) }

    /// Decodes 64 hexadecimal digits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let digest = Digest(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a SHA-256 digest is 64 hexadecimal digits")
        }
        self = digest
    }

    /// Encodes 64 hexadecimal digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package func encode(to writer: inout CanonicalWriter) { writer.writeFixed(bytes) }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) { bytes = try reader.readFixed(32) }
}

/// A chunk's name: the Xet protocol's keyed BLAKE3 of its bytes.
package struct ChunkID: Hashable, Sendable, CustomStringConvertible, CanonicalCodable {
    /// Exactly 32 bytes.
    package let bytes: [UInt8]

    /// A name of `bytes`, which must be 32.
    package init(bytes: [UInt8]) {
        precondition(bytes.count == 32, "a chunk's name has 32 bytes, not \(bytes.count)")
        self.bytes = bytes
    }

    /// The Xet text form: each group of eight bytes is a little-endian number, written as 16 hexadecimal digits.
    package var description: String {
        var groups: [UInt8] = []
        for start in stride(from: 0, to: 32, by: 8) { groups.append(contentsOf: bytes[start..<start + 8].reversed()) }
        return Hexadecimal.encode(groups)
    }

    package func encode(to writer: inout CanonicalWriter) { writer.writeFixed(bytes) }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) { bytes = try reader.readFixed(32) }
}

/// Sixteen bytes that name something once: a cluster, or a command for its retries.
public struct UniqueID: Hashable, Sendable, Codable, CustomStringConvertible, CanonicalCodable {
    /// Exactly 16 bytes.
    public let bytes: [UInt8]

    /// An identifier of exactly 16 bytes; nil for any other number.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Draws an identifier from `generator`.
    public init(using generator: inout some RandomNumberGenerator) {
        bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Reads 32 hexadecimal digits; nil for anything else.
    public init?(_ text: String) {
        guard let bytes = Hexadecimal.decode(Substring(text)) else { return nil }
        self.init(bytes: bytes)
    }

    /// 32 lower-case hexadecimal digits.
    public var description: String { Hexadecimal.encode(bytes) }

    /// Decodes 32 hexadecimal digits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = UniqueID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "an id is 32 hexadecimal digits")
        }
        self = value
    }

    /// Encodes 32 hexadecimal digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package func encode(to writer: inout CanonicalWriter) { writer.writeFixed(bytes) }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) { bytes = try reader.readFixed(16) }
}

/// Hexadecimal text, lower case.
package enum Hexadecimal {
    /// Two digits a byte.
    package static func encode(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
            for (index, byte) in bytes.enumerated() {
                buffer[index * 2] = digits[Int(byte >> 4)]
                buffer[index * 2 + 1] = digits[Int(byte & 15)]
            }
            return bytes.count * 2
        }
    }

    /// The bytes of an even number of digits of either case; nil for anything else.
    package static func decode(_ text: Substring) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(of: digits[index]), let low = value(of: digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
