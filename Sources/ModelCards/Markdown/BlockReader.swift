/// The blocks of a body, one after the other. Not all of CommonMark: what a line is follows from it and the lines just
/// before, which is enough to find words and costs the same for every line.
struct BlockReader {
    private let bytes: [UInt8]
    private var lines: LineReader
    private var hidden = HiddenMarkup()
    private var fence: (mark: UInt8, count: Int)?
    private var open: MarkdownBlock?
    /// Whether the open block ends within a tag, of which lines such as `>` are a part.
    private var isInTag = false
    private var finished: [MarkdownBlock] = []

    init(_ body: ArraySlice<UInt8>) {
        bytes = Array(body)
        lines = LineReader(bytes, from: 0)
    }

    /// The next block; nil at the end.
    mutating func next(_ ahead: inout LookAhead) -> MarkdownBlock? {
        while finished.isEmpty {
            guard let line = lines.next() else {
                finish()
                break
            }
            read(bytes[line.content], &ahead)
        }
        return finished.isEmpty ? nil : finished.removeFirst()
    }

    private mutating func read(_ line: ArraySlice<UInt8>, _ ahead: inout LookAhead) {
        if let fence {
            if MarkdownLine.isRun(MarkdownLine.content(of: line).text, of: fence.mark, atLeast: fence.count) {
                self.fence = nil
                finish()
            } else {
                append(line, as: .code)
            }
            return
        }
        let wasHidden = hidden.isOpen
        // A fence's line is no place for a comment.
        let isFence = !wasHidden && MarkdownLine.fence(MarkdownLine.content(of: line).text) != nil
        let visible = isFence ? line : hidden.visible(of: line, &ahead)
        // A line that held nothing but what is hidden is not the blank one that ends a paragraph.
        if visible.allSatisfy(\.isBlank), !line.allSatisfy(\.isBlank) || wasHidden { return }
        let (text, isMarked) = MarkdownLine.content(of: visible)
        readVisible(MarkdownLine.trimmed(text), isMarked: isMarked, line: MarkdownLine.trimmed(visible))
    }

    private mutating func readVisible(_ text: ArraySlice<UInt8>, isMarked: Bool, line: ArraySlice<UInt8>) {
        if isInTag, open != nil, !line.isEmpty, MarkdownLine.fence(text) == nil {
            append(line, as: .paragraph)
        } else if isUnderline(line) {
            open?.kind = .heading
            finish()
        } else if text.isEmpty || MarkdownLine.isRule(line) {
            finish()
        } else if MarkdownLine.isTableRule(text) {
            open?.kind = .other
            finish()
        } else if let fence = MarkdownLine.fence(text) {
            finish()
            self.fence = fence
        } else if let heading = MarkdownLine.heading(text) {
            emit(.heading, heading)
        } else if text.first == UInt8(ascii: "|") {
            emit(.other, text)
        } else if open != nil || !MarkdownLine.isDefinition(text) {
            if isMarked { finish() }
            append(text, as: isMarked ? .other : .paragraph)
        }
    }

    /// Whether the line makes a heading of the paragraph above.
    private func isUnderline(_ line: ArraySlice<UInt8>) -> Bool {
        guard let open, open.kind == .paragraph else { return false }
        return MarkdownLine.isRun(line, of: UInt8(ascii: "="), atLeast: 1)
            || MarkdownLine.isRun(line, of: UInt8(ascii: "-"), atLeast: 2)
    }

    private mutating func append(_ text: ArraySlice<UInt8>, as kind: MarkdownBlock.Kind) {
        if open == nil {
            open = MarkdownBlock(kind: kind, bytes: Array(text))
        } else {
            open?.bytes.append(.lineFeed)
            open?.bytes.append(contentsOf: text)
        }
        guard kind != .code else { return }
        let tag = text.indices.last { text[$0] == UInt8(ascii: "<") && Self.isTagName(text[$0...].dropFirst().first) }
        let end = text.lastIndex(of: UInt8(ascii: ">"))
        if tag != nil || end != nil { isInTag = (tag ?? -1) > (end ?? -1) }
    }

    private static func isTagName(_ byte: UInt8?) -> Bool {
        byte.map { $0.isLetter || $0 == UInt8(ascii: "/") } ?? false
    }

    private mutating func emit(_ kind: MarkdownBlock.Kind, _ text: ArraySlice<UInt8>) {
        finish()
        finished.append(MarkdownBlock(kind: kind, bytes: Array(text)))
    }

    private mutating func finish() {
        if let open { finished.append(open) }
        open = nil
        isInTag = false
    }
}
