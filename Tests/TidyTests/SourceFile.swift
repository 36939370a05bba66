/// A Swift source, split into what the compiler reads and what people read, so that a check for the one is never misled
/// by the other.
struct SourceFile: Sendable {
    /// One line. `code` keeps its columns: comments and the text of string literals are blanks in it.
    struct Line: Sendable {
        var code: String
        var comment: String
    }

    /// The path below the repository.
    let path: String
    let lines: [Line]

    init(path: String, text: String) {
        self.path = path
        var scanner = Scanner(text: text)
        lines = scanner.scan()
    }

    /// The code of all lines: line `n` of the file is line `n` of this text.
    var code: String { lines.map(\.code).joined(separator: "\n") }

    func violation(_ index: Int, _ message: String) -> Violation {
        Violation(path: path, line: index + 1, message: message)
    }
}

/// A place that breaks a rule of the house.
struct Violation: Hashable, Sendable, CustomStringConvertible {
    let path: String
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}

/// Tells code, string literals and comments apart. Code within `\(…)` counts as code.
private struct Scanner {
    private enum Mode {
        case code(interpolationDepth: Int?)
        case string(hashes: Int, isMultiline: Bool)
        case lineComment
        case blockComment(depth: Int)
    }

    private let bytes: [UInt8]
    private var position = 0
    private var stack: [Mode] = [.code(interpolationDepth: nil)]
    private var code: [UInt8] = []
    private var comment: [UInt8] = []
    private var lines: [SourceFile.Line] = []

    init(text: String) { bytes = Array(text.utf8) }

    mutating func scan() -> [SourceFile.Line] {
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "\n") {
                endLine()
                continue
            }
            switch stack[stack.count - 1] {
            case .code(let depth): scanCode(interpolationDepth: depth)
            case .string(let hashes, let isMultiline): scanString(hashes: hashes, isMultiline: isMultiline)
            case .lineComment: takeComment(1)
            case .blockComment(let depth): scanBlockComment(depth: depth)
            }
        }
        endLine()
        return lines
    }

    private mutating func endLine() {
        if case .lineComment = stack[stack.count - 1] { stack.removeLast() }
        lines.append(
            SourceFile.Line(
                code: String(decoding: code, as: UTF8.self), comment: String(decoding: comment, as: UTF8.self)))
        code.removeAll(keepingCapacity: true)
        comment.removeAll(keepingCapacity: true)
        position += 1
    }

    private mutating func scanCode(interpolationDepth: Int?) {
        if starts("//") {
            stack.append(.lineComment)
        } else if starts("/*") {
            stack.append(.blockComment(depth: 1))
            takeComment(2)
        } else if let (length, hashes, isMultiline) = openingQuote() {
            stack.append(.string(hashes: hashes, isMultiline: isMultiline))
            takeCode(length)
        } else {
            if let depth = interpolationDepth { follow(interpolationDepth: depth) }
            takeCode(1)
        }
    }

    private mutating func follow(interpolationDepth depth: Int) {
        switch bytes[position] {
        case UInt8(ascii: "("): stack[stack.count - 1] = .code(interpolationDepth: depth + 1)
        case UInt8(ascii: ")") where depth == 1: stack.removeLast()
        case UInt8(ascii: ")"): stack[stack.count - 1] = .code(interpolationDepth: depth - 1)
        default: break
        }
    }

    private mutating func scanString(hashes: Int, isMultiline: Bool) {
        let marks = String(repeating: "#", count: hashes)
        if starts((isMultiline ? "\"\"\"" : "\"") + marks) {
            stack.removeLast()
            takeCode((isMultiline ? 3 : 1) + hashes)
        } else if starts("\\" + marks + "(") {
            stack.append(.code(interpolationDepth: 1))
            takeCode(2 + hashes)
        } else if starts("\\" + marks) {
            // The escaped character may be a quotation mark; a line that ends here continues the string.
            blank(1 + hashes)
            if position < bytes.count, bytes[position] != UInt8(ascii: "\n") { blank(1) }
        } else {
            blank(1)
        }
    }

    private mutating func scanBlockComment(depth: Int) {
        if starts("/*") {
            stack[stack.count - 1] = .blockComment(depth: depth + 1)
            takeComment(2)
        } else if starts("*/") {
            stack.removeLast()
            if depth > 1 { stack.append(.blockComment(depth: depth - 1)) }
            takeComment(2)
        } else {
            takeComment(1)
        }
    }

    /// The length of `#…"` or `#…"""` at the position, how many hashes it has, and whether it is the long form.
    private func openingQuote() -> (length: Int, hashes: Int, isMultiline: Bool)? {
        var quote = position
        while quote < bytes.count, bytes[quote] == UInt8(ascii: "#") { quote += 1 }
        guard quote < bytes.count, bytes[quote] == UInt8(ascii: "\"") else { return nil }
        let hashes = quote - position
        let isMultiline =
            quote + 2 < bytes.count && bytes[quote + 1] == bytes[quote] && bytes[quote + 2] == bytes[quote]
        return (hashes + (isMultiline ? 3 : 1), hashes, isMultiline)
    }

    private func starts(_ text: String) -> Bool {
        // The first byte decides nearly always, and this runs for every byte of the repository in a debug build.
        bytes[position] == text.utf8.first && bytes[position...].starts(with: text.utf8)
    }

    private mutating func takeCode(_ count: Int) {
        code.append(contentsOf: bytes[position..<position + count])
        position += count
    }

    private mutating func takeComment(_ count: Int) {
        comment.append(contentsOf: bytes[position..<position + count])
        blank(count)
    }

    private mutating func blank(_ count: Int) {
        code.append(contentsOf: repeatElement(UInt8(ascii: " "), count: count))
        position += count
    }
}
