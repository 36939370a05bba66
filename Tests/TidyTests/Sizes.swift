/// Ceilings on sizes. What nears them is split by sub-state before it hurts.
enum Sizes {
    static let linesPerFile = 600
    static let linesPerFunction = 70

    static func violations(in source: SourceFile) -> [Violation] {
        var found: [Violation] = []
        let lines = source.lines.count - (source.lines.last?.code.isEmpty == true ? 1 : 0)
        if lines > linesPerFile { found.append(source.violation(0, "\(lines) lines; the ceiling is \(linesPerFile)")) }
        for function in functions(in: source) where function.lines > linesPerFunction {
            found.append(
                source.violation(
                    function.start,
                    "\(function.name) has \(function.lines) lines; the ceiling is \(linesPerFunction)"))
        }
        return found
    }

    /// A function, initialiser, subscript or computed property with a body, from its first line to its closing brace.
    struct Function: Hashable {
        let name: String
        /// Index of its first line.
        let start: Int
        let lines: Int
    }

    static func functions(in source: SourceFile) -> [Function] {
        let tokens = Token.all(in: source)
        return tokens.indices.compactMap { index in
            guard isDeclaration(tokens, at: index), let brace = openingBrace(tokens, after: index),
                let end = matchingBrace(tokens, of: brace)
            else { return nil }
            let keyword = tokens[index].text
            let isNamed = keyword == "func" || keyword == "var"
            let name = isNamed && index + 1 < tokens.count ? tokens[index + 1].text : keyword
            return Function(name: name, start: tokens[index].line, lines: tokens[end].line - tokens[index].line + 1)
        }
    }

    private static func isDeclaration(_ tokens: [Token], at index: Int) -> Bool {
        guard ["func", "init", "subscript", "deinit", "var"].contains(tokens[index].text) else { return false }
        // `self.init(…)` and `Type.init` are uses; `init` as a label or argument is one too.
        let before = index > 0 ? tokens[index - 1].text : ""
        return ![".", "(", ",", "="].contains(before)
    }

    /// The brace that opens the body; nil for a requirement of a protocol and for a stored property.
    private static func openingBrace(_ tokens: [Token], after index: Int) -> Int? {
        let isProperty = tokens[index].text == "var"
        var depth = 0
        // The token after a keyword is a name, even when it is an operator or looks like a keyword.
        for position in tokens.indices.dropFirst(index + (tokens[index].text == "func" ? 2 : 1)) {
            let text = tokens[position].text
            switch text {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "{" where depth == 0: return position
            case "}" where depth <= 0: return nil
            case "=" where depth == 0 && isProperty: return nil
            case _ where depth == 0 && endsDeclaration.contains(text): return nil
            default: break
            }
            if depth < 0 { return nil }
        }
        return nil
    }

    private static let endsDeclaration: Set<String> = [
        "func", "init", "subscript", "deinit", "var", "let", "case", "static", "mutating", "associatedtype",
        "typealias",
        "public", "package", "private", "fileprivate", "internal", "return",
    ]

    private static func matchingBrace(_ tokens: [Token], of brace: Int) -> Int? {
        var depth = 0
        for position in tokens.indices.dropFirst(brace) {
            if tokens[position].text == "{" { depth += 1 }
            if tokens[position].text == "}" { depth -= 1 }
            if depth == 0 { return position }
        }
        return nil
    }
}

/// An identifier, or one other character that is not white space.
struct Token {
    let text: String
    /// Index of its line.
    let line: Int

    static func all(in source: SourceFile) -> [Token] {
        source.lines.enumerated().flatMap { index, line in words(of: line.code).map { Token(text: $0, line: index) } }
    }

    /// The tokens of one line.
    static func words(of code: String) -> [String] {
        var found: [String] = []
        var word: [UInt8] = []
        for byte in code.utf8 {
            let isPart = isIdentifier(byte)
            if isPart { word.append(byte) }
            if !isPart, !word.isEmpty {
                found.append(String(decoding: word, as: UTF8.self))
                word.removeAll(keepingCapacity: true)
            }
            if !isPart, byte > UInt8(ascii: " ") { found.append(String(decoding: [byte], as: UTF8.self)) }
        }
        if !word.isEmpty { found.append(String(decoding: word, as: UTF8.self)) }
        return found
    }

    private static func isIdentifier(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...0xFF: true
        default: false
        }
    }
}
