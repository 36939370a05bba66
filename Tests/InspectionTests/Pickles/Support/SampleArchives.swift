/// A zip written by hand, so that each field can be wrong.
struct SampleZip {
    struct Member {
        var name: [UInt8]
        var packed: [UInt8]
        var plainSize: Int
        var method: UInt16 = 0
        var flags: UInt16 = 0
        /// What the member's own header says, where it differs.
        var headerName: [UInt8]?
        var headerMethod: UInt16?
        var headerFlags: UInt16?
        var headerSize: Int?
        /// Where the directory says that it is, where it differs.
        var place: Int?

        init(_ name: String, _ bytes: [UInt8]) {
            self.name = Array(name.utf8)
            packed = bytes
            plainSize = bytes.count
        }

        /// Deflated without being made smaller: in blocks of at most 65,535 bytes.
        static func deflated(_ name: String, _ bytes: [UInt8]) -> Member {
            var member = Member(name, bytes)
            member.method = 8
            member.packed = []
            var rest = bytes[...]
            repeat {
                let part = rest.prefix(65_535)
                rest = rest.dropFirst(part.count)
                member.packed += [rest.isEmpty ? 1 : 0] + little(part.count, 2) + little(part.count ^ 0xFFFF, 2) + part
            } while !rest.isEmpty
            return member
        }
    }

    var members: [Member]
    var before: [UInt8] = []
    var after: [UInt8] = []
    /// What the end says, where it differs.
    var count: Int?
    /// With the records for large numbers.
    var isLarge = false

    init(_ members: [Member]) { self.members = members }

    static func little(_ value: Int, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    var bytes: [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for member in members {
            let start = member.place ?? file.count
            let name = member.headerName ?? member.name
            file +=
                Self.little(0x0403_4B50, 4) + Self.little(20, 2)
                + Self.little(Int(member.headerFlags ?? member.flags), 2)
            file += Self.little(Int(member.headerMethod ?? member.method), 2) + Self.little(0, 8)
            file += Self.little(member.headerSize ?? member.packed.count, 4)
            file += Self.little(member.headerSize ?? member.plainSize, 4)
            file += Self.little(name.count, 2) + Self.little(0, 2) + name + member.packed
            directory += Self.little(0x0201_4B50, 4) + Self.little(20, 2) + Self.little(20, 2)
            directory += Self.little(Int(member.flags), 2) + Self.little(Int(member.method), 2) + Self.little(0, 8)
            directory += Self.little(member.packed.count, 4) + Self.little(member.plainSize, 4)
            directory += Self.little(member.name.count, 2) + Self.little(0, 12) + Self.little(start, 4) + member.name
        }
        let start = file.count
        file += directory
        let count = count ?? members.count
        if isLarge {
            let end = file.count
            file += Self.little(0x0606_4B50, 4) + Self.little(44, 8) + Self.little(45, 4) + Self.little(0, 8)
            file +=
                Self.little(count, 8) + Self.little(count, 8) + Self.little(directory.count, 8) + Self.little(start, 8)
            file += Self.little(0x0706_4B50, 4) + Self.little(0, 4) + Self.little(end, 8) + Self.little(1, 4)
        }
        file += Self.little(0x0605_4B50, 4) + Self.little(0, 4)
        file += Self.little(isLarge ? 0xFFFF : count, 2) + Self.little(isLarge ? 0xFFFF : count, 2)
        file += Self.little(isLarge ? 0xFFFF_FFFF : directory.count, 4) + Self.little(isLarge ? 0xFFFF_FFFF : start, 4)
        return before + file + Self.little(0, 2) + after
    }
}

/// A tar written by hand.
struct SampleTar {
    var bytes: [UInt8] = []

    mutating func add(
        _ name: String, _ contents: [UInt8] = [], kind: Character = "0", link: String = "", size: Int? = nil,
        isDamaged: Bool = false
    ) {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ place: Int) {
            block.replaceSubrange(place..<place + text.utf8.count, with: text.utf8)
        }
        func octal(_ value: Int, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(name, 0)
        put(octal(size ?? contents.count, 11), 124)
        put("        ", 148)
        put(String(kind), 156)
        put(link, 157)
        put("ustar\0" + "00", 257)
        let sum = block.reduce(0) { $0 + Int($1) }
        put(octal(isDamaged ? sum + 1 : sum, 6) + "\0 ", 148)
        bytes += block + contents
        bytes += [UInt8](repeating: 0, count: (512 - contents.count % 512) % 512)
    }

    /// An extended header with these records.
    mutating func extend(_ records: [(String, String)], kind: Character = "x") {
        var text = ""
        for (key, value) in records {
            let rest = " \(key)=\(value)\n"
            var length = rest.utf8.count + 1
            while String(length).utf8.count + rest.utf8.count != length { length += 1 }
            text += "\(length)\(rest)"
        }
        add("pax", Array(text.utf8), kind: kind)
    }

    var closed: [UInt8] { bytes + [UInt8](repeating: 0, count: 1_024) }
}

/// Numbers that look like chance and are the same each time (SplitMix64).
struct Dice {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

    /// `bytes` with a few of them changed, removed, repeated or cut off.
    mutating func mutate(_ bytes: [UInt8]) -> [UInt8] {
        var mutated = bytes
        for _ in 0...below(4) {
            guard !mutated.isEmpty else { return [UInt8(truncatingIfNeeded: next())] }
            let place = below(mutated.count)
            switch below(6) {
            case 0: mutated[place] = UInt8(truncatingIfNeeded: next())
            case 1: mutated[place] ^= 1 << UInt8(below(8))
            case 2: mutated.remove(at: place)
            case 3: mutated.insert(UInt8(truncatingIfNeeded: next()), at: place)
            case 4: mutated.insert(contentsOf: mutated[place..<min(mutated.count, place + below(40))], at: place)
            default: mutated.removeLast(below(mutated.count / 2 + 1))
            }
        }
        return mutated
    }
}
