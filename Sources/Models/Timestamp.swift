/// An instant: milliseconds since 1970-01-01T00:00:00Z, without leap seconds. Text form: RFC 3339 in UTC.
public struct Timestamp: Hashable, Sendable, Codable, Comparable, CustomStringConvertible, CanonicalCodable {
    /// Milliseconds since the epoch; negative before it.
    public let milliseconds: Int64

    /// An instant so many milliseconds after the epoch.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Earlier first.
    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// Reads `YYYY-MM-DDThh:mm[:ss[.f…]]Z`; nil for anything else: other offsets, days that no month has, leap seconds.
    /// Digits beyond milliseconds are dropped.
    public init?(_ text: String) {
        var fields = Fields(text)
        guard let year = fields.number(digits: 4), fields.skip("-"), let month = fields.number(digits: 2),
            fields.skip("-"), let day = fields.number(digits: 2), fields.skip("T"),
            let hour = fields.number(digits: 2), fields.skip(":"), let minute = fields.number(digits: 2),
            let second = fields.milliseconds(), fields.skip("Z"), fields.isAtEnd,
            hour <= 23, minute <= 59
        else { return nil }
        let days = Self.daysSinceEpoch(year: year, month: month, day: day)
        // The 30th of February would come back as another day.
        guard Self.date(daysSinceEpoch: days) == (year, month, day) else { return nil }
        milliseconds = ((days * 24 + hour) * 60 + minute) * 60_000 + second
    }

    /// The instants that the text form can tell: the years 0000 to 9999.
    package static let writable =
        Timestamp(
            milliseconds: -62_167_219_200_000)...Timestamp(
            milliseconds: 253_402_300_799_999)

    /// `YYYY-MM-DDThh:mm:ss.fffZ`.
    public var description: String {
        let (days, rest) = milliseconds.floorDivided(by: 86_400_000)
        let (year, month, day) = Self.date(daysSinceEpoch: days)
        let fields = [
            Self.pad(rest / 3_600_000, 2), Self.pad(rest / 60_000 % 60, 2), Self.pad(rest / 1_000 % 60, 2),
        ]
        let date = "\(Self.pad(year, 4))-\(Self.pad(month, 2))-\(Self.pad(day, 2))"
        return "\(date)T\(fields.joined(separator: ":")).\(Self.pad(rest % 1_000, 3))Z"
    }

    /// Decodes the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Timestamp(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an RFC 3339 instant in UTC")
        }
        self = value
    }

    /// Encodes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package func encode(to writer: inout CanonicalWriter) { writer.write(milliseconds) }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        milliseconds = try reader.readInteger()
        guard Self.writable.contains(self) else { throw .invalid("an instant outside the years 0000 to 9999") }
    }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Days from the civil epoch, proleptic Gregorian calendar (Hinnant, “chrono-compatible low-level date
    /// algorithms”).
    private static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = shifted.floorDivided(by: 400)
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func date(daysSinceEpoch days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (days + 719_468).floorDivided(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

/// Reads fields of fixed width from the front of a text.
private struct Fields {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = text[...].utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ mark: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: mark) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(digits count: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<count {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// `:ss`, `:ss.f…` or nothing.
    mutating func milliseconds() -> Int64? {
        guard skip(":") else { return 0 }
        guard let seconds = number(digits: 2), seconds <= 59 else { return nil }
        guard skip(".") else { return seconds * 1_000 }
        guard let tenths = digit() else { return nil }
        let fraction = tenths * 100 + (digit() ?? 0) * 10 + (digit() ?? 0)
        while digit() != nil { continue }
        return seconds * 1_000 + fraction
    }

    private mutating func digit() -> Int64? {
        guard let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        rest.removeFirst()
        return Int64(byte - UInt8(ascii: "0"))
    }
}
