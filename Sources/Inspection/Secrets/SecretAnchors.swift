/// Where a rule could begin.
enum SecretAnchors {
    /// The first bytes of what the rules look for, in lower case; at least three are needed.
    private static let anchors = [
        "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "hf_", "sk-",
        "sk_live_",
        "rk_live_", "npm_", "pypi-", "eyj", "accountkey", "-----begin", "password", "passwd", "secret", "token",
        "api_key",
        "apikey", "api-key", "access_key",
    ]
    private static let bits = 13

    /// A bit for each hash of three bytes that begin an anchor: 1 KiB, which stays in the nearest cache.
    private static let table: [UInt8] = {
        var table = [UInt8](repeating: 0, count: 1 << bits)
        for anchor in anchors {
            let first = Array(anchor.utf8.prefix(3))
            table[hash(UInt32(first[0]) | UInt32(first[1]) << 8 | UInt32(first[2]) << 16)] = 1
        }
        return table
    }()

    /// Of three bytes; upper and lower case give the same.
    @inline(__always)
    private static func hash(_ three: UInt32) -> Int {
        let folded = three | 0x0020_2020
        return Int((folded &* 0x9E37_79B1) >> UInt32(32 - bits))
    }

    /// The places in `range` where three bytes begin that may begin an anchor.
    static func places(in buffer: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, most: Int) -> [Int] {
        var places: [Int] = []
        let end = min(range.upperBound, buffer.count - 2)
        guard range.lowerBound < end else { return [] }
        table.withUnsafeBufferPointer { table in
            var three = UInt32(buffer[range.lowerBound]) << 8 | UInt32(buffer[range.lowerBound + 1]) << 16
            for place in range.lowerBound..<end {
                three = three >> 8 | UInt32(buffer[place + 2]) << 16
                if table[hash(three)] != 0 { places.append(place) }
            }
        }
        return places
    }

    static func newlines(_ buffer: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int {
        var count = 0
        for place in range { count &+= buffer[place] == 0x0A ? 1 : 0 }
        return count
    }
}
