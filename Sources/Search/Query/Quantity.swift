/// Numbers with the letters people put behind them.
enum Quantity {
    /// The number; nil when it is none. Bytes for sizes; `95%` is 0.95.
    static func value(of text: String, unit: QueryKey.Unit) -> Double? {
        let digits = text.unicodeScalars.prefix { isNumeral($0) }
        var number = String(String.UnicodeScalarView(digits))
        var letters = String(String.UnicodeScalarView(text.unicodeScalars.dropFirst(digits.count)))
        if let exponent = exponent(letters), !number.isEmpty {
            number += exponent
            letters.removeFirst(exponent.count)
        }
        guard number.utf8.count <= 40, let value = Double(number) else { return nil }
        // A hundredth is no binary number: only dividing gives what `0.95` gives.
        if letters == "%" { return unit == .count ? value / 100 : nil }
        guard let factor = factor(letters, unit) else { return nil }
        let product = value * factor
        return product.isFinite ? product : nil
    }

    private static func isNumeral(_ scalar: Unicode.Scalar) -> Bool {
        ("0"..."9").contains(scalar) || scalar == "." || scalar == "-" || scalar == "+"
    }

    /// `e-4` at the beginning. Without this check `Double` would also take hexadecimal, `inf` and `nan`.
    private static func exponent(_ text: String) -> String? {
        guard let first = text.first, first == "e" || first == "E" else { return nil }
        let rest = text.dropFirst()
        let sign = rest.first == "-" || rest.first == "+" ? 1 : 0
        let digits = rest.dropFirst(sign).prefix { $0.isASCII && $0.isNumber }
        return digits.isEmpty ? nil : String(text.prefix(1 + sign + digits.count))
    }

    private static func factor(_ letters: String, _ unit: QueryKey.Unit) -> Double? {
        if letters.isEmpty { return 1 }
        let letters = letters.lowercased()
        return unit == .bytes ? sizes[letters] : counts[letters]
    }

    private static let counts: [String: Double] = [
        "k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9, "bn": 1e9, "t": 1e12,
    ]

    private static let sizes: [String: Double] = {
        var sizes: [String: Double] = ["b": 1, "byte": 1, "bytes": 1]
        var decimal = 1.0
        var binary = 1.0
        for letter in ["k", "m", "g", "t", "p"] {
            decimal *= 1_000
            binary *= 1_024
            sizes[letter] = decimal
            sizes[letter + "b"] = decimal
            sizes[letter + "i"] = binary
            sizes[letter + "ib"] = binary
        }
        return sizes
    }()
}
