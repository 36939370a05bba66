/// Text out of a file, made fit to be shown: on one line, short, with nothing that turns it around or hides.
enum ShownText {
    /// Scalars of a reason or an attribute, as `Finding` promises.
    static let longest = 200
    /// Reasons of a finding, as `Finding` promises.
    static let mostReasons = 20
    /// Attributes of a file, as `Facts` promises.
    static let mostAttributes = 50

    /// One line of at most `limit` scalars. Scalars are counted, for one character can be thousands of them.
    static func line(_ text: String, limit: Int = longest) -> String {
        var shown = String.UnicodeScalarView()
        for (count, scalar) in text.unicodeScalars.enumerated() {
            if count == limit {
                shown.removeLast()
                shown.append("…")
                break
            }
            shown.append(isHidden(scalar) ? " " : scalar)
        }
        return String(shown)
    }

    /// A name out of the file, within a sentence.
    static func name(_ text: String) -> String { "“\(line(text, limit: 60))”" }

    /// At most as many reasons as a finding has, the last telling that there are others. Who gathers them may stop once
    /// there are too many (`areEnough`).
    static func reasons(_ all: [String]) -> [String] {
        guard all.count > mostReasons else { return all.map { line($0) } }
        return all.prefix(mostReasons - 1).map { line($0) } + ["and more"]
    }

    /// Whether no other reason will be shown.
    static func areEnough(_ reasons: [String]) -> Bool { reasons.count > mostReasons }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return true
        default: return false
        }
    }
}

extension Facts {
    /// Keeps what the file says, as far as there is room.
    mutating func note(_ key: String, _ value: String) {
        let key = ShownText.line(key)
        guard attributes.count < ShownText.mostAttributes || attributes[key] != nil else { return }
        attributes[key] = ShownText.line(value)
    }
}
