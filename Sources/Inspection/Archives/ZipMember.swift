/// A member of a zip as its directory lists it.
package struct ZipMember: Hashable, Sendable {
    /// As written; readers disagree about what is no ASCII.
    package let nameBytes: [UInt8]
    /// How it is packed: 0 not at all, 8 deflated.
    package let method: UInt16
    package let flags: UInt16
    package let check: UInt32
    package let packedSize: UInt64
    package let plainSize: UInt64
    /// Where its own header is, from the start of the file.
    package let header: UInt64
    /// Where its bytes are; nil until its header is read, or when that is none.
    package internal(set) var bytes: Range<UInt64>?

    /// The name to be shown and compared: readers stop at a NUL.
    package var name: String { String(decoding: nameBytes.prefix { $0 != 0 }, as: UTF8.self) }

    var isDirectory: Bool { nameBytes.last == UInt8(ascii: "/") && plainSize == 0 }

    /// Bits that other readers may refuse: encrypted, patched, strongly encrypted, masked.
    var refusedFlags: UInt16 { flags & 0x2061 }

    /// Sizes come after the bytes, so that the header need not have them.
    static let sizesFollow: UInt16 = 0x0008
}

extension ZipMember {
    /// Reads an entry of the directory (APPNOTE 4.3.12).
    /// - Returns: The member, its bytes in the directory, and whether an extra field gives it another name; nil when
    ///   there is none at `offset`.
    static func read(_ directory: [UInt8], at offset: Int, base: UInt64) -> (ZipMember, count: Int, isRenamed: Bool)? {
        guard directory.count - offset >= 46, directory.number(at: offset, width: 4) == 0x0201_4B50 else { return nil }
        let nameCount = Int(directory.number(at: offset + 28, width: 2))
        let extraCount = Int(directory.number(at: offset + 30, width: 2))
        let count = 46 + nameCount + extraCount + Int(directory.number(at: offset + 32, width: 2))
        guard directory.count - offset >= count else { return nil }
        let name = Array(directory[(offset + 46)..<(offset + 46 + nameCount)])
        let extra = Array(directory[(offset + 46 + nameCount)..<(offset + 46 + nameCount + extraCount)])
        var sizes = [
            directory.number(at: offset + 24, width: 4), directory.number(at: offset + 20, width: 4),
            directory.number(at: offset + 42, width: 4),
        ]
        let isRenamed = readExtra(extra, &sizes, name)
        let member = ZipMember(
            nameBytes: name, method: UInt16(directory.number(at: offset + 10, width: 2)),
            flags: UInt16(directory.number(at: offset + 8, width: 2)),
            check: UInt32(directory.number(at: offset + 16, width: 4)), packedSize: sizes[1], plainSize: sizes[0],
            header: sizes[2] &+ base)
        return (member, count, isRenamed)
    }

    /// Takes from the field 1 the numbers that do not fit 32 bits; says whether the field 0x7075 gives another name.
    private static func readExtra(_ extra: [UInt8], _ sizes: inout [UInt64], _ name: [UInt8]) -> Bool {
        var isRenamed = false
        var offset = 0
        while extra.count - offset >= 4 {
            let kind = extra.number(at: offset, width: 2)
            let count = Int(extra.number(at: offset + 2, width: 2))
            offset += 4
            guard extra.count - offset >= count else { break }
            if kind == 1 {
                var place = 0
                for index in sizes.indices where sizes[index] == 0xFFFF_FFFF && count - place >= 8 {
                    sizes[index] = extra.number(at: offset + place, width: 8)
                    place += 8
                }
            } else if kind == 0x7075, count >= 5, !extra[(offset + 5)..<(offset + count)].elementsEqual(name) {
                isRenamed = true
            }
            offset += count
        }
        return isRenamed
    }
}
