/// Searches ahead of where one reads, of which a text may cost only so many: what nothing closes is plain text then.
struct LookAhead {
    private var left: Int

    /// As many bytes as `limits` allow for a body of `count`.
    init(bodyBytes count: Int, limits: CardLimits) { left = (count + 1_024) * limits.lookAhead }

    /// Whether one more byte may be looked at.
    mutating func step() -> Bool {
        left -= 1
        return left >= 0
    }

    /// Where `word` next begins; in any case of letters if it has small ones.
    mutating func find(_ word: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = word.first else { return nil }
        var index = bytes.startIndex
        while index + word.count <= bytes.endIndex, step() {
            if Self.isSame(bytes[index], first), Self.begins(bytes[index...], with: word) { return index }
            index += 1
        }
        return nil
    }

    /// Where the next run of exactly `count` backticks begins.
    mutating func findBackticks(_ count: Int, in bytes: ArraySlice<UInt8>) -> Int? {
        var index = bytes.startIndex
        while index < bytes.endIndex, step() {
            let run = bytes[index...].prefix { $0 == UInt8(ascii: "`") }.count
            if run == count { return index }
            index += max(run, 1)
        }
        return nil
    }

    /// Whether `bytes` begin with `word`, as `find` compares.
    static func begins(_ bytes: ArraySlice<UInt8>, with word: [UInt8]) -> Bool {
        bytes.count >= word.count && zip(bytes, word).allSatisfy { isSame($0, $1) }
    }

    private static func isSame(_ byte: UInt8, _ expected: UInt8) -> Bool {
        byte == expected || (expected.isLetter && byte.isLetter && byte | 0x20 == expected)
    }
}
