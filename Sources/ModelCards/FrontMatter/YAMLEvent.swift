/// What comes next in a YAML text.
struct YAMLEvent {
    /// What it is. A stream's start and a document's end say nothing: `other`.
    enum Kind: Hashable {
        case documentStart
        case streamEnd
        case alias
        case scalar(String, isPlain: Bool)
        case sequenceStart
        case mappingStart
        case end
        case other
    }

    let kind: Kind
    let hasAnchor: Bool
    let hasTag: Bool
    let position: YAMLPosition

    /// The error that refuses it.
    func refused(_ refusal: CardError.Refusal) -> YAMLFailure {
        YAMLFailure(reason: .refused(refusal), position: position)
    }
}

/// Why reading stopped, and where.
struct YAMLFailure: Error {
    /// Why.
    enum Reason {
        case syntax(String)
        case refused(CardError.Refusal)
    }

    let reason: Reason
    let position: YAMLPosition
}

/// A place in a YAML text. libyaml counts characters where it tells of events, and bytes where it tells of bad bytes;
/// its lines are of no use, for it takes U+2028 for the end of one.
enum YAMLPosition {
    case characters(Int)
    case bytes(Int)

    /// The place in bytes.
    func offset(in text: [UInt8]) -> Int {
        switch self {
        case .bytes(let count): return min(count, text.count)
        case .characters(let count):
            var left = count
            for (offset, byte) in text.enumerated() where byte & 0xC0 != 0x80 {
                if left == 0 { return offset }
                left -= 1
            }
            return max(text.count - 1, 0)
        }
    }

    /// How many bytes follow the longest beginning of `text` that is UTF-8.
    static func invalidSuffix(of text: [UInt8]) -> Int {
        var iterator = text.makeIterator()
        var decoder = UTF8()
        var valid = 0
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { valid += UTF8.width(scalar) }
        return text.count - valid
    }
}
