/// A set of hashes that may take a stranger for a member, but never a member for a stranger (Bloom, 1970): ten bits
/// each, and one stranger in a hundred is taken for a member.
struct BloomFilter: Sendable {
    private static let bitsPerMember = 10
    private static let probes = 7

    private var words: [UInt64]
    private let mask: UInt64
    /// Other strangers are taken for members by a filter of another salt.
    private let salt: UInt64

    /// An empty set for about `capacity` members.
    init(capacity: Int, salt: UInt64) {
        var bits = 64
        while bits < capacity * Self.bitsPerMember { bits *= 2 }
        words = [UInt64](repeating: 0, count: bits / 64)
        mask = UInt64(bits - 1)
        self.salt = salt
    }

    /// Adds a hash of at least 16 bytes.
    mutating func insert(_ hash: [UInt8]) {
        for bit in bits(of: hash) { words[Int(bit >> 6)] |= 1 << (bit & 63) }
    }

    /// Whether `hash` is a member, or is taken for one.
    func contains(_ hash: [UInt8]) -> Bool {
        bits(of: hash).allSatisfy { words[Int($0 >> 6)] & 1 << ($0 & 63) != 0 }
    }

    /// Two halves of a hash make all others (Kirsch and Mitzenmacher, 2006).
    private func bits(of hash: [UInt8]) -> some Sequence<UInt64> {
        func half(_ range: Range<Int>) -> UInt64 { hash[range].reduce(0) { $0 << 8 | UInt64($1) } }
        let (first, second) = (half(0..<8) ^ salt, half(8..<16) | 1)
        return (0..<UInt64(Self.probes)).lazy.map { (first &+ $0 &* second) & mask }
    }
}
