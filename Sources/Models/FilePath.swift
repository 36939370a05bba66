/// The path of a file within a version: relative, `/` between components, safe to write below any directory.
public struct FilePath: Hashable, Sendable, Codable, Comparable, CustomStringConvertible, CanonicalCodable {
    /// The path as written. Swift compares strings by canonical equivalence, so paths that differ only in Unicode
    /// normalisation are equal here, as they would be on some file systems.
    public let text: String

    /// Validates `text`.
    public init(_ text: String) throws(InvalidName) {
        let limits = Limits.standard
        guard !text.isEmpty else { throw InvalidName("path", text, "it is empty") }
        guard text.utf8.count <= limits.pathBytes else {
            throw InvalidName("path", text, "it is longer than \(limits.pathBytes) bytes")
        }
        if let scalar = text.unicodeScalars.first(where: Self.isForbidden) {
            let code = String(scalar.value, radix: 16, uppercase: true)
            throw InvalidName("path", text, "the character U+\(code) is not allowed")
        }
        guard text.utf8.first != UInt8(ascii: "/") else { throw InvalidName("path", text, "it is absolute") }
        let scalars = Array(text.unicodeScalars.prefix(2))
        if scalars.count == 2, scalars[1] == ":", scalars[0].properties.isAlphabetic {
            throw InvalidName("path", text, "it begins with a drive letter")
        }
        for component in Self.components(of: text) {
            try Self.check(component, of: text)
        }
        self.text = text
    }

    private static func check(_ component: Substring, of text: String) throws(InvalidName) {
        if component.isEmpty { throw InvalidName("path", text, "it has an empty component") }
        if component.utf8.count <= 2, component.utf8.allSatisfy({ $0 == UInt8(ascii: ".") }) {
            throw InvalidName("path", text, "it has a component “\(component)”")
        }
        if component.utf8.count > Limits.standard.pathComponentBytes {
            throw InvalidName("path", text, "a component is longer than \(Limits.standard.pathComponentBytes) bytes")
        }
    }

    /// Controls, the backslash, and characters that turn text around or hide: they make a listing lie. Characters newer
    /// than Unicode 17: nodes check paths when they apply an entry, and builds with different tables would disagree on
    /// how those are normalised; for older ones Unicode's stability policy says that nothing changes.
    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar == "\\" || scalar.value < 0x20 || scalar.value == 0x7F }
        guard let age = scalar.properties.age, age <= (major: 17, minor: 0) else { return true }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return true
        default: return false
        }
    }

    /// The path as written.
    public var description: String { text }

    /// The components between `/`.
    public var components: [Substring] { Self.components(of: text) }

    /// Splits at the byte: to Swift, `/` with a combining mark behind it is one character that is not `/`. The file
    /// system sees a separator.
    private static func components(of text: String) -> [Substring] {
        text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Substring($0) }
    }

    /// The order of the UTF-8 bytes: what `LC_ALL=C sort` gives.
    public static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    /// Decodes and validates.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    package func encode(to writer: inout CanonicalWriter) { writer.write(text) }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let text = try reader.readString()
        do { try self.init(text) } catch { throw .invalid(error.description) }
    }
}

extension FilePath {
    /// Why these paths cannot stand together in one version, or nil: two are equal after Unicode normalisation, or one
    /// names a directory that another needs.
    package static func conflict(among paths: [FilePath]) -> String? {
        // With the separator below every other character, what lies in a directory follows it directly.
        let ordered = paths.map(\.sortingText).sorted()
        for (path, next) in zip(ordered, ordered.dropFirst()) {
            if path == next {
                return "the path “\(written(path))” occurs twice, as written or after Unicode normalisation"
            }
            if isDirectory(path, of: next) { return "“\(written(path))” is both a file and a directory" }
        }
        return nil
    }

    /// Compares as many components as `path` has: a prefix of a text would be compared character by character.
    private static func isDirectory(_ path: String, of next: String) -> Bool {
        let depth = path.utf8.count { $0 == 0 }
        var passed = 0
        for index in next.utf8.indices where next.utf8[index] == 0 {
            if passed == depth { return next[..<index] == path }
            passed += 1
        }
        return false
    }

    private var sortingText: String { text.replacing("/", by: "\0") }

    private static func written(_ sortingText: String) -> String { sortingText.replacing("\0", by: "/") }
}

extension String {
    /// The text with one ASCII character put in another's place.
    fileprivate func replacing(_ old: Unicode.Scalar, by new: Unicode.Scalar) -> String {
        let bytes = utf8.map { $0 == UInt8(ascii: old) ? UInt8(ascii: new) : $0 }
        return String(decoding: bytes, as: UTF8.self)
    }
}
