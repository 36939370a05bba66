/// A block that describes a member of a tar (POSIX 1003.1-1988, ustar, and what GNU tar made of it).
struct TarHeader {
    static let blockBytes: UInt64 = 512

    let name: [UInt8]
    let kind: UInt8
    let size: UInt64
    let link: [UInt8]

    /// Nil when the checksum does not fit or a number is none: readers stop there, or refuse the archive.
    init?(_ block: [UInt8]) {
        guard block.count == Int(Self.blockBytes), let check = Self.number(block[148..<156]),
            let size = Self.number(block[124..<136])
        else { return nil }
        var sum: UInt64 = 8 * 0x20
        for (place, byte) in block.enumerated() where !(148..<156).contains(place) { sum += UInt64(byte) }
        guard sum == check else { return nil }
        let short = Self.text(block[0..<100])
        // Only POSIX's ustar has a prefix; in GNU's format other things stand there.
        let prefix = block[257..<263].elementsEqual("ustar\0".utf8) ? Self.text(block[345..<500]) : []
        name = prefix.isEmpty ? short : prefix + [UInt8(ascii: "/")] + short
        kind = block[156]
        self.size = size
        link = Self.text(block[157..<257])
    }

    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }

    /// Octal digits between spaces and NULs, or, with the highest bit set, a big-endian number.
    private static func number(_ field: ArraySlice<UInt8>) -> UInt64? {
        if field.first == 0x80 {
            guard field.dropFirst().dropLast(8).allSatisfy({ $0 == 0 }) else { return nil }
            return field.suffix(min(8, field.count - 1)).reduce(0) { $0 << 8 | UInt64($1) }
        }
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
        if digits.isEmpty { return 0 }
        guard digits.count <= 20 else { return nil }
        return UInt64(String(decoding: digits, as: UTF8.self), radix: 8)
    }
}

/// What extended headers say of the next member, or of all that follow (POSIX 1003.1-2001, pax).
struct TarExtension {
    var path: [UInt8]?
    var link: [UInt8]?
    var size: UInt64?
    var isSparse = false

    /// Reads records `length key=value\n`; false when they are none.
    mutating func read(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty, rest.first != 0 {
            let digits = rest.prefix { $0 != 0x20 }
            guard digits.count <= 9, let length = Int(String(decoding: digits, as: UTF8.self)),
                length > digits.count + 1, length <= rest.count
            else { return false }
            let record = rest.dropFirst(digits.count + 1).prefix(length - digits.count - 1)
            guard record.last == UInt8(ascii: "\n"), let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
                return false
            }
            let value = Array(record[(equals + 1)...].dropLast())
            switch String(decoding: record[..<equals], as: UTF8.self) {
            case "path", "GNU.sparse.name": path = value
            case "linkpath": link = value
            case "size":
                guard let number = UInt64(String(decoding: value, as: UTF8.self)) else { return false }
                size = number
            case let key where key.hasPrefix("GNU.sparse"): isSparse = true
            default: break
            }
            rest = rest.dropFirst(length)
        }
        return true
    }
}
