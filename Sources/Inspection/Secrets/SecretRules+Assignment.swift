extension SecretRules {
    private static let names: [StaticString] = [
        "password", "passwd", "secret_access_key", "secret_key", "secretkey", "secret", "token", "api_key", "apikey",
        "api-key", "access_key",
    ]

    /// `password = "…"`, `"api_key": '…'`, `token => "…"`.
    static func assignment(_ text: SecretText) -> (String, Int)? {
        guard let name = names.first(where: { text.has($0, anyCase: true) }) else { return nil }
        var offset = name.utf8CodeUnitCount
        // The name itself may be quoted.
        if let byte = text[offset], isQuote(byte) { offset += 1 }
        offset += text.count(of: .space, from: offset, most: 16)
        if text.has("=>", at: offset) {
            offset += 2
        } else if let byte = text[offset], byte == UInt8(ascii: "=") || byte == UInt8(ascii: ":") {
            offset += 1
        } else {
            return nil
        }
        offset += text.count(of: .space, from: offset, most: 16)
        guard let quote = text[offset], isQuote(quote) else { return nil }
        let count = text.count(of: .value, from: offset + 1, most: 257)
        guard (16...256).contains(count), text[offset + 1 + count] == quote else { return nil }
        let value = text.bytes(from: offset + 1, count: count)
        guard isRandom(value), hasDigitAndLetter(value) else { return nil }
        return ("generic-secret", offset + 2 + count)
    }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

    static func hasDigitAndLetter(_ value: some Collection<UInt8>) -> Bool {
        value.contains { (0x30...0x39).contains($0) } && value.contains { (0x61...0x7A).contains($0 | 0x20) }
    }

    static func hasBothCases(_ value: some Collection<UInt8>) -> Bool {
        value.contains { (0x41...0x5A).contains($0) } && value.contains { (0x61...0x7A).contains($0) }
    }

    /// As mixed as chance mixes, and no word that stands for a secret to be put there.
    static func isRandom(_ value: some Collection<UInt8>, entropy: Double = 3.5) -> Bool {
        shannonEntropy(of: value) >= entropy && !isPlaceholder(value)
    }

    /// Bits a byte.
    static func shannonEntropy(of value: some Collection<UInt8>) -> Double {
        var counts = [Int](repeating: 0, count: 256)
        for byte in value { counts[Int(byte)] += 1 }
        let total = Double(max(1, value.count))
        return counts.reduce(0) { sum, count in
            guard count > 0 else { return sum }
            let share = Double(count) / total
            return sum - share * binaryLogarithm(of: share)
        }
    }

    /// Of a number between 0 and 1. Bit by bit, for Swift has none without Foundation; 16 places are more than enough.
    private static func binaryLogarithm(of share: Double) -> Double {
        guard share > 0, share.isFinite else { return 0 }
        var result = Double(share.exponent)
        var rest = share.significand
        var place = 0.5
        for _ in 0..<16 {
            rest *= rest
            if rest >= 2 {
                result += place
                rest /= 2
            }
            place /= 2
        }
        return result
    }

    private static let placeholders = [
        "example", "xxxx", "changeme", "change_me", "change-me", "placeholder", "your_", "your-", "yourtoken", "dummy",
        "redacted", "****", "....", "os.environ", "process.env", "getenv", "insert", "replace", "1234567890abcdef",
        "abcdefghij", "todo",
    ].map { Array($0.utf8) }

    private static func isPlaceholder(_ value: some Collection<UInt8>) -> Bool {
        let folded = ArchivePath.folded(Array(value))
        if folded.first == UInt8(ascii: "$") || folded.first == UInt8(ascii: "<") { return true }
        return placeholders.contains { word in
            folded.count >= word.count
                && folded.indices.dropLast(word.count - 1).contains { place in
                    folded[place] == word[0] && folded[place..<place + word.count].elementsEqual(word)
                }
        }
    }
}
