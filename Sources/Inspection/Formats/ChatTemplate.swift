/// A chat template: a Jinja program that is run for every conversation, in a sandbox or not.
///
/// Plain templates loop over messages and join text. The way out of Jinja leads through attributes with double
/// underscores (`''.__class__.__mro__`), which no plain template needs. They are looked for in the whole text, comments
/// and plain text too: telling code from text as Jinja does would be one more thing to be fooled. What a template
/// computes at run time (`x['_' * 2 ~ 'class']`) is not seen; that is what the sandbox is for.
enum ChatTemplate {
    /// What reaches outside of plain Jinja, in words.
    static func problems(in template: some Sequence<UInt8>) -> [String] {
        let text = unescaped(Array(template))
        var problems: [String] = []
        var seen: Set<ExactText> = []
        func report(_ what: String) {
            if seen.count <= ShownText.mostReasons, seen.insert(ExactText(what)).inserted { problems.append(what) }
        }
        var start = 0
        for position in 0...text.count {
            if position < text.count, isWord(text[position]) { continue }
            let word = text[start..<position]
            if !word.isEmpty, let problem = problem(with: word, in: text) { report(problem) }
            start = position + 1
        }
        return problems.map { "the chat template \($0)" }
    }

    private static func problem(with word: ArraySlice<UInt8>, in text: [UInt8]) -> String? {
        if isReserved(word) {
            return "uses \(ShownText.name(String(decoding: word, as: UTF8.self))), by which Jinja's sandbox is left"
        }
        let before = text[..<word.startIndex]
        if word.elementsEqual("attr".utf8),
            follows(before, ["|"]) || follows(before, ["'", "(", "map"])
                || follows(before, ["\"", "(", "map"])
        {
            return "picks attributes by names it computes (attr)"
        }
        let loading = ["include", "import", "extends", "from"]
        if loading.contains(where: { word.elementsEqual($0.utf8) }), opensStatement(before) {
            return "loads another template (\(String(decoding: word, as: UTF8.self)))"
        }
        return nil
    }

    /// `__name`, `name__` and what Python makes of private names, `_Class__name`. Halves count: they can be joined.
    private static func isReserved(_ word: ArraySlice<UInt8>) -> Bool {
        let underscore = UInt8(ascii: "_")
        guard let first = word.firstIndex(where: { $0 != underscore }),
            let last = word.lastIndex(where: { $0 != underscore })
        else { return false }
        if first - word.startIndex >= 2 || word.endIndex - 1 - last >= 2 { return true }
        guard first > word.startIndex, UInt8(ascii: "A")...UInt8(ascii: "Z") ~= word[first] else { return false }
        return zip(word, word.dropFirst()).contains { $0 == underscore && $1 == underscore }
    }

    /// Whether `text` ends with `parts`, the last first, with space between.
    private static func follows(_ text: ArraySlice<UInt8>, _ parts: [String]) -> Bool {
        var rest = text
        for part in parts {
            while let last = rest.last, isSpace(last) { rest = rest.dropLast() }
            guard rest.suffix(part.utf8.count).elementsEqual(part.utf8) else { return false }
            rest = rest.dropLast(part.utf8.count)
        }
        return true
    }

    private static func opensStatement(_ text: ArraySlice<UInt8>) -> Bool {
        follows(text, ["{%"]) || follows(text, ["{%-"]) || follows(text, ["{%+"])
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }

    /// The text with Python's escapes resolved, as far as they give ASCII: `\x5f` is an underscore.
    private static func unescaped(_ text: [UInt8]) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(text.count)
        var position = 0
        while position < text.count {
            let byte = text[position]
            position += 1
            guard byte == UInt8(ascii: "\\"), position < text.count else {
                plain.append(byte)
                continue
            }
            let (escaped, count) = escape(text[position...])
            plain += escaped
            position += count
        }
        return plain
    }

    /// What stands after a backslash gives, and how many bytes of it are taken.
    private static func escape(_ text: ArraySlice<UInt8>) -> ([UInt8], Int) {
        guard let first = text.first else { return ([], 0) }
        switch first {
        case 0x0A: return ([], 1)
        case UInt8(ascii: "x"): return number(text.dropFirst(), radix: 16, 2...2, prefix: 1)
        case UInt8(ascii: "u"): return number(text.dropFirst(), radix: 16, 4...4, prefix: 1)
        case UInt8(ascii: "U"): return number(text.dropFirst(), radix: 16, 8...8, prefix: 1)
        case UInt8(ascii: "0")...UInt8(ascii: "7"): return number(text, radix: 8, 1...3, prefix: 0)
        // A character by its name: nobody needs it for anything but hiding.
        case UInt8(ascii: "N") where text.dropFirst().first == UInt8(ascii: "{"): return (Array(" __N ".utf8), 1)
        case UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "r"): return ([0x20], 1)
        default: return ([UInt8(ascii: "\\"), first], 1)
        }
    }

    private static func number(
        _ text: ArraySlice<UInt8>, radix: UInt32, _ digits: ClosedRange<Int>, prefix: Int
    ) -> ([UInt8], Int) {
        var value: UInt32 = 0
        var count = 0
        for byte in text.prefix(digits.upperBound) {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, digit < radix else { break }
            value = value &* radix &+ UInt32(digit)
            count += 1
        }
        guard count >= digits.lowerBound else { return ([0x20], prefix) }
        return ([value < 0x80 ? UInt8(value) : 0x80], prefix + count)
    }
}
