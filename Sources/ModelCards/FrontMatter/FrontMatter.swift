/// Where the parts of a card lie. A card begins with a line `---`, the YAML after it ends before the next such line;
/// without the first it is all body.
struct FrontMatter {
    /// The bytes of the YAML; nil when there is none.
    let yaml: Range<Int>?
    /// The bytes of the body.
    let body: Range<Int>

    /// Finds the parts; reads no further than the front matter may be long.
    init(in bytes: [UInt8], limits: CardLimits) throws(CardError) {
        let start = Self.endOfByteOrderMark(in: bytes)
        guard let opening = Self.opening(in: bytes, from: start) else {
            (yaml, body) = (nil, start..<bytes.count)
            return
        }
        let longest = opening.upperBound + limits.frontMatterBytes
        var lines = LineReader(bytes, from: opening.upperBound, to: min(bytes.count, longest + limits.shownBytes))
        while let line = lines.next(), line.content.lowerBound <= longest {
            guard Self.isFence(bytes[line.content]) else { continue }
            (yaml, body) = (opening.upperBound..<line.content.lowerBound, line.end..<bytes.count)
            return
        }
        let number = Self.line(at: opening.lowerBound, in: bytes)
        guard bytes.count - opening.upperBound > limits.frontMatterBytes else { throw .unclosed(line: number) }
        throw .tooLong(line: number, limit: limits.frontMatterBytes)
    }

    /// The bytes of the body, however long the front matter is; all of it when nothing ends that.
    static func body(of bytes: [UInt8]) -> Range<Int> {
        let start = endOfByteOrderMark(in: bytes)
        guard let opening = opening(in: bytes, from: start) else { return start..<bytes.count }
        var lines = LineReader(bytes, from: opening.upperBound)
        while let line = lines.next() {
            if isFence(bytes[line.content]) { return line.end..<bytes.count }
        }
        return start..<bytes.count
    }

    /// The number of the line, from 1, that the byte at `offset` is in.
    static func line(at offset: Int, in bytes: [UInt8]) -> Int {
        var lines = LineReader(bytes, from: 0)
        var number = 0
        while let line = lines.next() {
            number += 1
            if line.end > offset { return number }
        }
        return max(number, 1)
    }

    private static func endOfByteOrderMark(in bytes: [UInt8]) -> Int {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// The first line that is not blank, if it is a fence: Hugging Face's own reader passes over blank lines too.
    private static func opening(in bytes: [UInt8], from start: Int) -> Range<Int>? {
        var lines = LineReader(bytes, from: start)
        while let line = lines.next() {
            if isFence(bytes[line.content]) { return line.content.lowerBound..<line.end }
            guard bytes[line.content].allSatisfy(\.isBlank) else { return nil }
        }
        return nil
    }

    private static func isFence(_ line: ArraySlice<UInt8>) -> Bool {
        line.starts(with: [0x2D, 0x2D, 0x2D]) && line.dropFirst(3).allSatisfy(\.isBlank)
    }
}
