/// An SPDX licence expression (SPDX 3.0, annex B): `Apache-2.0`, `MIT OR (GPL-2.0-only WITH Classpath-exception-2.0)`,
/// `LicenseRef-llama3`.
package enum LicenceExpression {
    /// Why `text` is none, without a subject, or nil.
    package static func problem(of text: String) -> String? {
        guard text.utf8.count <= 1_000 else { return "is too long for an SPDX licence expression" }
        var reader = Reader(words: words(of: text))
        if let problem = reader.expression() { return problem }
        return reader.words.first.map { "has “\($0)” where an SPDX licence expression should end" }
    }

    private static func words(of text: String) -> ArraySlice<Substring> {
        var words: [Substring] = []
        for part in text.split(separator: " ") {
            var rest = part
            while let mark = rest.firstIndex(where: { "()".contains($0) }) {
                if mark > rest.startIndex { words.append(rest[..<mark]) }
                words.append(rest[mark...mark])
                rest = rest[rest.index(after: mark)...]
            }
            if !rest.isEmpty { words.append(rest) }
        }
        return words[...]
    }

    /// Reads words, and takes off those that it has read. Parentheses nest as deep as a text of 1,000 bytes allows.
    private struct Reader {
        var words: ArraySlice<Substring>

        /// `WITH` binds closest, then `AND`, then `OR`; which of them matters not to whether it is an expression.
        mutating func expression() -> String? {
            while true {
                if let problem = term() { return problem }
                guard let operation = words.first, ["AND", "OR", "and", "or"].contains(operation) else { return nil }
                words.removeFirst()
            }
        }

        private mutating func term() -> String? {
            guard let word = words.popFirst() else { return "ends where an SPDX licence expression names a licence" }
            if word == "(" {
                if let problem = expression() { return problem }
                return words.popFirst() == ")" ? nil : "lacks a closing parenthesis"
            }
            if let problem = Self.problem(ofLicence: word) { return problem }
            guard words.first == "WITH" || words.first == "with" else { return nil }
            words.removeFirst()
            guard let exception = words.popFirst() else { return "ends where “WITH” names an exception" }
            let isKnown =
                LicenceNames.exceptions.contains(exception.lowercased())
                || Self.isReference(exception, "AdditionRef-")
            return isKnown ? nil : "names “\(exception)”, which is no exception of the SPDX list"
        }

        private static func problem(ofLicence word: Substring) -> String? {
            let name = word.hasSuffix("+") ? word.dropLast() : word
            if LicenceNames.licences.contains(name.lowercased()) { return nil }
            // Of another document, or of this one.
            let own = word.hasPrefix("DocumentRef-") ? word.split(separator: ":", maxSplits: 1).last ?? "" : word
            if isReference(own, "LicenseRef-") { return nil }
            return "names “\(word)”, which is no licence of the SPDX list; name your own LicenseRef-…"
        }

        private static func isReference(_ word: Substring, _ prefix: String) -> Bool {
            guard word.hasPrefix(prefix), word.count > prefix.count else { return false }
            return word.utf8.allSatisfy {
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0
                    || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
            }
        }
    }
}
