import Models

/// What has been found so far, the worst first.
struct Evidence: Hashable, Sendable {
    /// Reasons of a finding, as `Finding` promises.
    static let mostReasons = 20
    /// Scalars of a reason, as `Finding` promises.
    static let longestReason = 200

    private(set) var verdict = Finding.Verdict.safe
    private var reasons: [Finding.Verdict: [String]] = [:]
    private var omitted = 0

    /// Adds what speaks for `verdict`. A reason given twice counts once.
    mutating func add(_ verdict: Finding.Verdict, _ reason: String) {
        if Self.rank(verdict) > Self.rank(self.verdict) { self.verdict = verdict }
        let reason = Self.shown(reason, limit: Self.longestReason)
        var listed = reasons[verdict, default: []]
        if listed.contains(reason) { return }
        guard listed.count < Self.mostReasons else {
            omitted &+= 1
            return
        }
        listed.append(reason)
        reasons[verdict] = listed
    }

    /// Adds what was found in a part, with the name of the part.
    mutating func add(_ other: Evidence, of part: String) {
        let part = Self.shown(part, limit: 60)
        for verdict in Self.order {
            for reason in other.reasons[verdict] ?? [] { add(verdict, "\(part): \(reason)") }
        }
        omitted &+= other.omitted
    }

    /// The finding, with the reasons for the worst first.
    func finding(format: String, facts: Facts = Facts()) -> Finding {
        var all = Self.order.flatMap { reasons[$0] ?? [] }
        let hidden = omitted &+ max(0, all.count - Self.mostReasons)
        if hidden > 0 {
            all = Array(all.prefix(Self.mostReasons - 1))
            all.append("and more of the kind")
        }
        return Finding(format: format, verdict: verdict, reasons: verdict == .safe ? [] : all, facts: facts)
    }

    /// One line of at most `limit` scalars, with nothing that turns it around or hides: it comes out of the file.
    /// Scalars are counted, for one character can be thousands of them.
    static func shown(_ text: String, limit: Int) -> String {
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if line.count == limit {
                line.removeLast()
                line.append("…")
                break
            }
            line.append(isHidden(scalar) ? " " : scalar)
        }
        return String(line)
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return true
        default: return false
        }
    }

    private static let order: [Finding.Verdict] = [.dangerous, .malformed, .unknown]

    private static func rank(_ verdict: Finding.Verdict) -> Int {
        switch verdict {
        case .safe: 0
        case .unknown: 1
        case .malformed: 2
        case .dangerous: 3
        }
    }
}
