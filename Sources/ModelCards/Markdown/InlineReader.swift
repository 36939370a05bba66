/// The text of a block without the marks within it: emphasis, links, images, HTML. HTML may divide a block further, and
/// hold headings.
struct InlineReader {
    /// Where an opened bracket left the text, should it belong to an image.
    private struct Bracket {
        let part: Int
        let length: Int
        let isImage: Bool
    }

    /// Stands where a bracket was opened, until it is known whether a target follows.
    private static let marker: UInt8 = 0

    private let bytes: [UInt8]
    private let kind: MarkdownBlock.Kind
    private let limits: CardLimits
    private var index = 0
    private var finished: [MarkdownBlock] = []
    private var current: MarkdownBlock
    private var brackets: [Bracket] = []

    init(_ block: MarkdownBlock, limits: CardLimits) {
        bytes = block.bytes
        kind = block.kind
        self.limits = limits
        current = MarkdownBlock(kind: block.kind, bytes: [])
    }

    /// The texts in it, at least one.
    mutating func parts(_ ahead: inout LookAhead) -> [MarkdownBlock] {
        while index < bytes.count { readOne(&ahead) }
        for bracket in brackets { restore(bracket) }
        divide(kind)
        return finished.map { part in
            MarkdownBlock(kind: part.kind, bytes: part.bytes.filter { $0 != Self.marker })
        }
    }

    private mutating func readOne(_ ahead: inout LookAhead) {
        switch bytes[index] {
        case UInt8(ascii: "\\"): readEscape()
        case UInt8(ascii: "`"): readCode(&ahead)
        case UInt8(ascii: "<"): readMarkup(&ahead)
        case UInt8(ascii: "&"): readReference()
        case UInt8(ascii: "*"), UInt8(ascii: "_"), UInt8(ascii: "~"): readEmphasis()
        case UInt8(ascii: "["): openBracket(isImage: false)
        case UInt8(ascii: "!") where following == UInt8(ascii: "["):
            index += 1
            openBracket(isImage: true)
        case UInt8(ascii: "]"): closeBracket(&ahead)
        case UInt8(ascii: "|") where kind == .other: put(.space)
        case Self.marker: put(.space)
        case let byte: put(byte)
        }
    }

    private var following: UInt8? { index + 1 < bytes.count ? bytes[index + 1] : nil }

    private mutating func put(_ byte: UInt8) {
        current.bytes.append(byte)
        index += 1
    }

    private mutating func put(_ text: ArraySlice<UInt8>) {
        current.bytes.append(contentsOf: text.lazy.map { $0 == Self.marker ? .space : $0 })
    }

    private mutating func readEscape() {
        if let following, following.isPunctuation { index += 1 }
        put(bytes[index])
    }

    private mutating func readCode(_ ahead: inout LookAhead) {
        let count = bytes[index...].prefix { $0 == UInt8(ascii: "`") }.count
        let start = index + count
        if let end = ahead.findBackticks(count, in: bytes[start...]) {
            put(bytes[start..<end])
            index = end + count
        } else {
            put(bytes[index..<start])
            index = start
        }
    }

    /// Marks stand at words; between spaces they are a product or a dash, and within a word `_` is part of it.
    private mutating func readEmphasis() {
        let mark = bytes[index]
        let count = bytes[index...].prefix { $0 == mark }.count
        let before = index > 0 ? bytes[index - 1] : .space
        let after = index + count < bytes.count ? bytes[index + count] : .space
        let isText =
            switch mark {
            case UInt8(ascii: "_"): before.isWord && after.isWord
            case UInt8(ascii: "~"): count != 2
            default: false
            }
        if isText || (before.isWhitespace && after.isWhitespace) { put(bytes[index..<index + count]) }
        index += count
    }

    private mutating func readReference() {
        if let (text, length) = CharacterReference.text(at: bytes[index...]) {
            put(Array(text.utf8)[...])
            index += length
        } else {
            put(bytes[index])
        }
    }

    // Links and images.

    private mutating func openBracket(isImage: Bool) {
        let length = current.bytes.count
        if isImage { current.bytes.append(UInt8(ascii: "!")) }
        guard brackets.count < limits.openBrackets else { return put(bytes[index]) }
        brackets.append(Bracket(part: finished.count, length: length, isImage: isImage))
        current.bytes.append(Self.marker)
        index += 1
    }

    private mutating func closeBracket(_ ahead: inout LookAhead) {
        guard let bracket = brackets.popLast() else { return put(bytes[index]) }
        guard let end = LinkTarget.end(of: bytes[(index + 1)...], limits: limits, &ahead) else {
            restore(bracket)
            return put(bytes[index])
        }
        // What an image's description divides is no description.
        if bracket.isImage, bracket.part == finished.count { current.bytes.removeSubrange(bracket.length...) }
        index = end
    }

    /// Makes a bracket text: nothing says where it would lead.
    private mutating func restore(_ bracket: Bracket) {
        let place = bracket.length + (bracket.isImage ? 1 : 0)
        if bracket.part == finished.count {
            current.bytes[place] = UInt8(ascii: "[")
        } else {
            finished[bracket.part].bytes[place] = UInt8(ascii: "[")
        }
    }

    // HTML.

    private mutating func readMarkup(_ ahead: inout LookAhead) {
        let rest = bytes[index...]
        if let address = HTMLTag.address(in: rest, &ahead) {
            put(address)
            index = address.endIndex + 1
        } else if let tag = HTMLTag(in: rest, &ahead) {
            index = tag.end
            switch tag.effect {
            case .nothing: break
            case .space: current.bytes.append(.space)
            case .heading: divide(.heading)
            case .item: divide(.other)
            case .part: divide(kind)
            }
        } else {
            put(bytes[index])
        }
    }

    /// Ends the part read so far; the next one is of `next`.
    private mutating func divide(_ next: MarkdownBlock.Kind) {
        if !current.bytes.isEmpty { finished.append(current) }
        current = MarkdownBlock(kind: next, bytes: [])
    }
}
