/// The place after a page, as text: hexadecimal of a format, a digest of the query and its order, and the last hit's
/// key.
enum SearchCursor {
    private static let format: UInt8 = 1

    static func text(_ key: RankKey, of request: SearchRequest) -> String {
        var bytes = [format] + bytes(digest(request)) + bytes(key.rank.bitPattern) + bytes(key.second.bitPattern)
        for name in [key.name, key.project] {
            bytes.append(UInt8(truncatingIfNeeded: name.utf8.count))
            bytes += name.utf8
        }
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    static func key(_ text: String, of request: SearchRequest, limits: SearchLimits) throws(SearchError) -> RankKey {
        let damaged = SearchError.cursor("the cursor is damaged; begin again without one")
        guard text.utf8.count <= limits.cursorBytes, let bytes = decode(text), bytes.count >= 27, bytes[0] == format
        else { throw damaged }
        guard integer(bytes[1..<9]) == digest(request) else {
            throw .cursor("the cursor belongs to another query or order; begin again without one")
        }
        var rest = bytes[25...]
        guard let name = takeName(&rest), let project = takeName(&rest), rest.isEmpty else { throw damaged }
        let key = RankKey(
            rank: Double(bitPattern: integer(bytes[9..<17])), second: Double(bitPattern: integer(bytes[17..<25])),
            name: name, project: project)
        // Nothing compares with these, so that a page would hold anything.
        guard !key.rank.isNaN, !key.second.isNaN else { throw damaged }
        return key
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func decode(_ text: String) -> [UInt8]? {
        let nibbles = text.utf8.compactMap { digits.firstIndex(of: $0).map { UInt8($0) } }
        guard nibbles.count == text.utf8.count, nibbles.count % 2 == 0 else { return nil }
        return stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
    }

    private static func takeName(_ bytes: inout ArraySlice<UInt8>) -> String? {
        guard let length = bytes.popFirst(), bytes.count >= Int(length) else { return nil }
        defer { bytes = bytes.dropFirst(Int(length)) }
        return String(decoding: bytes.prefix(Int(length)), as: UTF8.self)
    }

    private static func bytes(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * UInt64($0))) }
    }

    private static func integer(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    /// FNV-1a: it tells queries apart, not attackers, who gain nothing by a wrong place.
    private static func digest(_ request: SearchRequest) -> UInt64 {
        "\(request.sort)\u{0}\(request.query.text)".utf8.reduce(0xCBF2_9CE4_8422_2325) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
    }
}
