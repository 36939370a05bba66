import Foundation

/// Bytes that do not compress.
enum Noise {
    private static let blockBytes = 1 << 20

    /// `count` of them, others each time; SplitMix64 (Steele, Lea and Flood, 2014).
    static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var state = generator.next()
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            for start in stride(from: 0, to: count, by: 8) {
                state &+= 0x9E37_79B9_7F4A_7C15
                var word = state
                word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
                word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
                word ^= word >> 31
                for byte in 0..<min(8, count - start) {
                    buffer[start + byte] = UInt8(truncatingIfNeeded: word >> (8 * UInt64(byte)))
                }
            }
            filled = count
        }
    }

    /// A file of `count` of them.
    static func write(to file: URL, bytes count: Int) throws {
        try Data().write(to: file)
        try append(to: file, bytes: count)
    }

    /// Adds `count` of them to a file.
    static func append(to file: URL, bytes count: Int) throws {
        let handle = try FileHandle(forWritingTo: file)
        defer { closeOrSay(handle) }
        try handle.seekToEnd()
        for start in stride(from: 0, to: count, by: blockBytes) {
            try handle.write(contentsOf: Data(bytes(min(blockBytes, count - start))))
        }
    }

    private static func closeOrSay(_ handle: FileHandle) {
        do { try handle.close() } catch { FileHandle.standardError.write(Data("\(error)\n".utf8)) }
    }
}
