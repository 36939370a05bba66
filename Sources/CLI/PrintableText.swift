import ArgumentParser
import Foundation

/// Text of others made fit for a terminal: what could move the cursor, change colours or turn text around is replaced.
enum PrintableText {
    /// In one line.
    static func line(_ text: String) -> String { clean(text, keepingLines: false) }

    /// With its lines.
    static func lines(_ text: String) -> String { clean(text, keepingLines: true) }

    private static func clean(_ text: String, keepingLines: Bool) -> String {
        var clean = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control where scalar == "\n": clean.append(keepingLines ? scalar : " ")
            case .control where scalar == "\t": clean.append(" ")
            case .control, .format, .lineSeparator, .paragraphSeparator: clean.append("\u{FFFD}")
            default: clean.append(scalar)
            }
        }
        return String(clean)
    }
}

/// Numbers for people.
enum Quantity {
    /// Bytes in binary units: `512 B`, `1.5 KiB`, `12.0 GiB`.
    static func bytes(_ count: UInt64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var unit = 0
        var value = Double(count)
        // Rounding to one digit must not show 1024.0 of a unit.
        while value >= 1023.95, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0 ? "\(count) B" : "\(tenths(value)) \(units[unit])"
    }

    /// The number of bytes that `text` says: `500GB` and `1.5 TB` in thousands, `2GiB` in 1024s, `123` as it is.
    static func bytes(of text: String) throws -> UInt64 {
        let number = text.prefix { $0.isNumber || $0 == "." }
        let unit = text.dropFirst(number.count).drop { $0 == " " }.lowercased()
        let prefixes = "kmgtpe"
        let factor: Double?
        switch (unit, unit.first.flatMap { prefixes.firstIndex(of: $0) }) {
        case ("", _), ("b", _): factor = 1
        case (_, let index?) where ["b", ""].contains(unit.dropFirst()):
            factor = pow(1_000, Double(prefixes.distance(from: prefixes.startIndex, to: index) + 1))
        case (_, let index?) where ["ib", "i"].contains(unit.dropFirst()):
            factor = pow(1_024, Double(prefixes.distance(from: prefixes.startIndex, to: index) + 1))
        default: factor = nil
        }
        guard let factor, let value = Double(number), let bytes = UInt64(exactly: (value * factor).rounded()) else {
            throw ValidationError("“\(text)” is not a number of bytes. Write 500GB, 2TiB or 1048576.")
        }
        return bytes
    }

    /// `1 file`, `2 files`.
    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// `5 s`, `2:05`, `1:02:05`.
    static func duration(seconds: UInt64) -> String {
        let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60)
        if hours > 0 { return "\(hours):\(padded(minutes)):\(padded(rest))" }
        return minutes > 0 ? "\(minutes):\(padded(rest))" : "\(rest) s"
    }

    private static func padded(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func tenths(_ value: Double) -> String {
        let tenths = UInt64((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
