/// What a body says, without its marks. Reading stops where the text is as long as it may be.
struct PlainText {
    private(set) var title: String?
    private(set) var summary: String?
    /// A line for each part; the last one has no end.
    private(set) var text = ""

    private let limits: CardLimits

    init(markdown body: ArraySlice<UInt8>, limits: CardLimits) {
        self.limits = limits
        var ahead = LookAhead(bodyBytes: body.count, limits: limits)
        var blocks = BlockReader(body)
        while text.utf8.count < limits.textBytes, let block = blocks.next(&ahead) {
            if block.kind == .code {
                add(.code, Self.code(block.bytes))
            } else {
                var inline = InlineReader(block, limits: limits)
                for part in inline.parts(&ahead) { add(part.kind, Self.line(part.bytes)) }
            }
        }
        text = text.cut(to: limits.textBytes)
    }

    private mutating func add(_ kind: MarkdownBlock.Kind, _ part: String) {
        guard !part.isEmpty else { return }
        if kind == .heading, title == nil { title = part.cut(to: limits.titleBytes).nonEmpty }
        if kind == .paragraph, summary == nil, part.unicodeScalars.contains(where: \.properties.isAlphabeticOrDigit) {
            summary = part.cut(to: limits.summaryBytes).nonEmpty
        }
        if !text.isEmpty { text.append("\n") }
        text.append(part)
    }

    /// One line with single spaces.
    private static func line(_ bytes: [UInt8]) -> String {
        var scalars = String.UnicodeScalarView()
        var isSpaced = true
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            let isSpace = scalar.isInvisible || scalar.properties.isWhitespace
            if !(isSpace && isSpaced) { scalars.append(isSpace ? " " : scalar) }
            isSpaced = isSpace
        }
        if scalars.last == " " { scalars.removeLast() }
        return String(scalars)
    }

    /// The lines as they are, without what cannot be seen.
    private static func code(_ bytes: [UInt8]) -> String {
        let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars.lazy
            .map { $0.isInvisible && $0 != "\n" && $0 != "\t" ? " " : $0 }
        return String(String.UnicodeScalarView(scalars))
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}

extension Unicode.Scalar.Properties {
    fileprivate var isAlphabeticOrDigit: Bool { isAlphabetic || numericType != nil }
}
