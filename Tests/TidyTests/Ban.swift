/// Something the house does not write, with where it looks for it.
struct Ban: Sendable, CustomStringConvertible {
    let name: String
    let applies: @Sendable (_ path: String) -> Bool
    /// Indexes of offending lines.
    let offenders: @Sendable (SourceFile) -> [Int]

    var description: String { name }

    func violations(in source: SourceFile) -> [Violation] {
        guard applies(source.path) else { return [] }
        return offenders(source).map { source.violation($0, name) }
    }

    /// A ban on single lines.
    private init(
        _ name: String, in applies: @escaping @Sendable (String) -> Bool = { _ in true },
        line isOffender: @escaping @Sendable (SourceFile.Line) -> Bool
    ) {
        self.name = name
        self.applies = applies
        offenders = { source in source.lines.indices.filter { isOffender(source.lines[$0]) } }
    }

    /// A ban that looks at lines in their surroundings.
    private init(_ name: String, source offenders: @escaping @Sendable (SourceFile) -> [Int]) {
        self.name = name
        applies = { _ in true }
        self.offenders = offenders
    }
}

extension Ban {
    static let forcedTry = Ban("`try!`: throw, or prove with a type that it cannot fail") {
        hasTry($0, followedBy: "!")
    }

    static let hidingTry = Ban(
        "`try?` without `// Probe:` and why, at most three lines above", source: unexplainedTries)

    static let fatalErrors = Ban("`fatalError`: a precondition with a message, or an error") {
        Token.words(of: $0.code).contains("fatalError")
    }

    static let emptyCatch = Ban("an empty `catch`: handle the error or let it pass on", source: emptyCatches)

    static let reminders = Ban("a reminder in the code: file an issue") { line in
        // Split, so that this file passes its own check.
        let reminders: Set<String> = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
        return !reminders.isDisjoint(with: Token.words(of: line.code + " " + line.comment))
    }

    static let sleepsInTests = Ban("a sleep in a test: wait for the event itself", in: { $0.hasPrefix("Tests/") }) {
        !Set(Token.words(of: $0.code)).isDisjoint(with: ["sleep", "usleep", "nanosleep"])
    }

    static let unexplainedSharing = Ban(
        "`@unchecked Sendable` or `nonisolated(unsafe)` without a comment beside or above it that names what guards it"
    ) { source in
        source.lines.indices.filter { index in
            let code = source.lines[index].code
            guard code.contains("@unchecked Sendable") || code.contains("nonisolated(unsafe)") else { return false }
            return source.lines[max(0, index - 1)...index].allSatisfy(\.comment.isEmpty)
        }
    }

    static let vagueTypeNames = Ban("a type named by a word that says nothing") { line in
        let words = Token.words(of: line.code)
        let keywords: Set<String> = ["struct", "class", "enum", "actor", "protocol", "typealias"]
        return zip(words, words.dropFirst()).contains { keyword, name in
            keywords.contains(keyword) && !vagueWords.isDisjoint(with: camelCaseWords(of: name))
        }
    }

    static let printing = Ban("`print` below the command line: log it", in: isBelowTheCommandLine) { line in
        let words = Token.words(of: line.code)
        return words.indices.contains { index in
            words[index] == "print" && index + 1 < words.count && words[index + 1] == "("
                && (index == 0 || ![".", "func"].contains(words[index - 1]))
        }
    }

    static let all: [Ban] = [
        forcedTry, hidingTry, fatalErrors, emptyCatch, reminders, sleepsInTests, unexplainedSharing, vagueTypeNames,
        printing,
    ]

    private static let vagueWords: Set<String> = [
        "Manager", "Helper", "Helpers", "Util", "Utils", "Impl", "Base", "Common",
    ]

    @Sendable private static func isBelowTheCommandLine(_ path: String) -> Bool {
        path.hasPrefix("Sources/") && !path.hasPrefix("Sources/CLI/") && !path.hasPrefix("Sources/peerage")
    }

    /// `Entry?` is no `try?`.
    @Sendable private static func hasTry(_ line: SourceFile.Line, followedBy mark: String) -> Bool {
        line.code.ranges(of: "try" + mark).contains { range in
            guard let before = line.code[..<range.lowerBound].last else { return true }
            return !before.isLetter && !before.isNumber && before != "_"
        }
    }

    /// A probe explains itself once: `try?` within three lines of the comment, or of a `try?` that it covers.
    @Sendable private static func unexplainedTries(_ source: SourceFile) -> [Int] {
        var explainedAt = Int.min / 2
        var found: [Int] = []
        for (index, line) in source.lines.enumerated() {
            if line.comment.contains("// Probe: ") { explainedAt = index }
            guard hasTry(line, followedBy: "?") else { continue }
            if index - explainedAt <= 3 { explainedAt = index } else { found.append(index) }
        }
        return found
    }

    @Sendable private static func emptyCatches(_ source: SourceFile) -> [Int] {
        let tokens = Token.all(in: source)
        return tokens.indices.compactMap { index in
            guard tokens[index].text == "catch",
                let brace = tokens[index...].firstIndex(where: { $0.text == "{" }),
                brace + 1 < tokens.count, tokens[brace + 1].text == "}"
            else { return nil }
            return tokens[index].line
        }
    }

    /// A capital letter begins a word: `ChunkStore` gives “Chunk” and “Store”.
    private static func camelCaseWords(of name: String) -> [String] {
        var words: [String] = []
        for character in name {
            if character.isUppercase || words.isEmpty { words.append("") }
            words[words.count - 1].append(character)
        }
        return words
    }
}
