/// Lines of a text, ended by LF, CR LF or CR, or by the end.
struct LineReader {
    /// A line: its bytes, and where the next one begins.
    struct Line {
        let content: Range<Int>
        let end: Int
    }

    private let bytes: [UInt8]
    private let limit: Int
    private var offset: Int

    init(_ bytes: [UInt8], from offset: Int, to limit: Int? = nil) {
        self.bytes = bytes
        self.limit = limit ?? bytes.count
        self.offset = offset
    }

    /// The next line; nil at the end.
    mutating func next() -> Line? {
        guard offset < limit else { return nil }
        let start = offset
        var end = start
        while end < limit, bytes[end] != .lineFeed, bytes[end] != .carriageReturn { end += 1 }
        offset = end
        if offset < limit {
            let isPair = bytes[offset] == .carriageReturn && offset + 1 < limit && bytes[offset + 1] == .lineFeed
            offset += isPair ? 2 : 1
        }
        return Line(content: start..<end, end: offset)
    }
}

extension UInt8 {
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")

    /// A space or a tab.
    var isBlank: Bool { self == .space || self == UInt8(ascii: "\t") }

    /// A blank or the end of a line.
    var isWhitespace: Bool { isBlank || self == .lineFeed || self == .carriageReturn }

    /// A letter of ASCII.
    var isLetter: Bool { (self | 0x20) >= UInt8(ascii: "a") && (self | 0x20) <= UInt8(ascii: "z") }

    /// A digit of ASCII.
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    /// What words are made of; of other scripts every byte.
    var isWord: Bool { isLetter || isDigit || self >= 0x80 }

    /// Punctuation of ASCII: what a backslash escapes in Markdown.
    var isPunctuation: Bool { self > 0x20 && self < 0x7F && !isLetter && !isDigit }
}
