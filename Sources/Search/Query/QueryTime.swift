/// Days, months, years, instants and ages as people write them. All in UTC.
enum QueryTime {
    typealias Moment = SearchQuery.TimeFilter.Moment

    static func isAge(_ moment: Moment) -> Bool {
        if case .age = moment { true } else { false }
    }

    /// `30d`, `2026`, `2026-01`, `2026-01-31`, `2026-01-31T12:30`, `2026-01-31T12:30:05Z`; nil for anything else.
    static func moment(of text: String) -> Moment? {
        let text = Array(text.utf8)
        guard text.count <= 20 else { return nil }
        return age(text) ?? date(text)
    }

    private static func age(_ text: [UInt8]) -> Moment? {
        let digits = text.prefix { (0x30...0x39).contains($0) }
        let letters = String(decoding: text.dropFirst(digits.count), as: UTF8.self).lowercased()
        guard let milliseconds = units[letters], let count = number(digits) else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: milliseconds)
        return overflow ? nil : .age(product)
    }

    private static let day: Int64 = 86_400_000

    private static let units: [String: Int64] = [
        "min": 60_000, "h": 3_600_000, "d": day, "w": 7 * day, "mo": 30 * day, "y": 365 * day,
    ]

    private static func date(_ text: [UInt8]) -> Moment? {
        let halves = text.split(separator: UInt8(ascii: "T"), maxSplits: 1, omittingEmptySubsequences: false)
        let parts = halves[0].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let lengths = parts.map(\.count)
        guard [[4], [4, 2], [4, 2, 2]].contains(lengths) else { return nil }
        let numbers = parts.compactMap { number($0) }
        guard numbers.count == parts.count, numbers[0] >= 1970 else { return nil }
        let (year, month) = (numbers[0], numbers.count > 1 ? numbers[1] : 1)
        guard 1...12 ~= month else { return nil }
        if halves.count == 2 { return numbers.count == 3 ? instant(numbers, halves[1]) : nil }
        switch numbers.count {
        case 1: return .span(days(year, 1, 1) * day, days(year + 1, 1, 1) * day)
        case 2: return .span(days(year, month, 1) * day, firstOfNext(year, month) * day)
        default: return dayStart(numbers).map { .span($0, $0 + day) }
        }
    }

    private static func dayStart(_ date: [Int64]) -> Int64? {
        let first = days(date[0], date[1], 1)
        guard 1...(firstOfNext(date[0], date[1]) - first) ~= date[2] else { return nil }
        return (first + date[2] - 1) * day
    }

    private static func instant(_ date: [Int64], _ clock: ArraySlice<UInt8>) -> Moment? {
        let clock = clock.last == UInt8(ascii: "Z") ? clock.dropLast() : clock
        let parts = clock.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        let numbers = parts.compactMap { $0.count == 2 ? number($0) : nil }
        guard numbers.count == parts.count, 2...3 ~= numbers.count, numbers[0] < 24, numbers[1] < 60,
            numbers.count == 2 || numbers[2] < 60, let start = dayStart(date)
        else { return nil }
        let seconds = numbers[0] * 3_600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)
        let begin = start + seconds * 1_000
        return .span(begin, begin + (numbers.count == 3 ? 1_000 : 60_000))
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard !digits.isEmpty, digits.count <= 9, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    private static func firstOfNext(_ year: Int64, _ month: Int64) -> Int64 {
        // A thirteenth month is January.
        days(year, month + 1, 1)
    }

    /// Days since 1970-01-01 of the Gregorian calendar, counted in years that begin in March so that a leap day is
    /// last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
