/// What can be used from another target says what it is.
enum Documentation {
    /// Not all: now and then a name says everything, and a comment that repeats it is worse than none.
    static let requiredPercent = 95

    struct Declaration: Hashable, Sendable {
        let place: Violation
        let isDocumented: Bool
    }

    /// The `public` and `package` declarations of a file, without witnesses: their protocol documents those.
    static func declarations(in source: SourceFile) -> [Declaration] {
        source.lines.indices.compactMap { index in
            guard let name = declaredName(Token.words(of: source.lines[index].code)), !isWitness(name) else {
                return nil
            }
            let place = source.violation(index, "\(name) has no doc comment")
            return Declaration(place: place, isDocumented: hasComment(source, above: index))
        }
    }

    static func percent(of declarations: [Declaration]) -> Int {
        guard !declarations.isEmpty else { return 100 }
        return declarations.count(where: \.isDocumented) * 100 / declarations.count
    }

    private static let keywords: Set<String> = [
        "func", "init", "var", "let", "subscript", "struct", "class", "enum", "actor", "protocol", "typealias", "case",
        "macro",
    ]

    /// The name a line declares for other targets, with the first argument's label when that tells a witness apart.
    private static func declaredName(_ words: [String]) -> String? {
        guard let access = words.firstIndex(where: { $0 == "public" || $0 == "package" }),
            let keyword = words[access...].firstIndex(where: {
                keywords.contains($0) || $0 == "extension" || $0 == "import"
            }),
            words[keyword] != "extension", words[keyword] != "import",
            isModifiersOnly(words[..<access]), isModifiersOnly(words[(access + 1)..<keyword])
        else { return nil }
        // `class func` and `class var` declare what the second word says.
        let next = keyword + 1 < words.count ? words[keyword + 1] : ""
        let position = words[keyword] == "class" && keywords.contains(next) ? keyword + 1 : keyword
        if words[position] == "init" || words[position] == "subscript" {
            return words[position] + label(words[(position + 1)...])
        }
        let following = words.dropFirst(position + 1)
        guard let name = following.first else { return nil }
        let isOperator = words[position] == "func" && name.utf8.count == 1 && !(name.first?.isLetter ?? false)
        return isOperator ? following.prefix { $0 != "(" }.joined() : name + label(following.dropFirst())
    }

    private static func label(_ words: ArraySlice<String>) -> String {
        guard let first = words.first, first == "(", let label = words.dropFirst().first else { return "" }
        return label == ")" ? "()" : "(\(label):)"
    }

    private static func isModifiersOnly(_ words: ArraySlice<String>) -> Bool {
        // Attributes bring `@`, names and parentheses; what no modifier brings is a brace, an assignment or a type.
        words.allSatisfy { !["{", "}", "=", ":", "."].contains($0) }
    }

    private static func isWitness(_ name: String) -> Bool {
        let witnesses = [
            "encode(to:)", "init(from:)", "description", "==", "<", "hash(into:)", "body", "run()", "configuration",
        ]
        return witnesses.contains(name)
    }

    private static func hasComment(_ source: SourceFile, above index: Int) -> Bool {
        var above = index - 1
        while above >= 0, isAttribute(source.lines[above]) { above -= 1 }
        guard above >= 0 else { return false }
        let comment = source.lines[above].comment
        return comment.hasPrefix("///") || comment.hasSuffix("*/")
    }

    private static func isAttribute(_ line: SourceFile.Line) -> Bool {
        line.code.first { $0 != " " } == "@" && line.comment.isEmpty
    }
}
