/// A place in a text, with what a rule may look at around it.
struct SecretText {
    private let buffer: UnsafeBufferPointer<UInt8>
    private let place: Int
    private let end: Int

    init(_ buffer: UnsafeBufferPointer<UInt8>, at place: Int) {
        self.buffer = buffer
        self.place = place
        end = min(buffer.count, place + SecretScan.windowBytes)
    }

    /// The byte at so many from here, or nil beyond what may be looked at.
    subscript(_ offset: Int) -> UInt8? {
        let index = place + offset
        return index >= max(0, place - SecretScan.lookBackBytes) && index < end ? buffer[index] : nil
    }

    /// The bytes from `offset` on are `text`; with `anyCase`, in whatever case (`text` is in lower case then).
    func has(_ text: StaticString, at offset: Int = 0, anyCase: Bool = false) -> Bool {
        let start = place + offset
        guard start >= 0, end - start >= text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { text in
            for (index, byte) in text.enumerated() {
                let found = buffer[start + index]
                if found == byte { continue }
                guard anyCase, found | 0x20 == byte, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) else {
                    return false
                }
            }
            return true
        }
    }

    /// How many bytes from `offset` on belong to `set`, at most `most`.
    func count(of set: SecretAlphabet, from offset: Int, most: Int = SecretScan.windowBytes) -> Int {
        var index = place + offset
        let last = min(end, index + most)
        while index < last, set.contains(buffer[index]) { index += 1 }
        return index - place - offset
    }

    /// The byte before does not go on a word.
    var beginsWord: Bool {
        guard place > 0 else { return true }
        return !SecretAlphabet.word.contains(buffer[place - 1])
    }

    /// The bytes from `offset` on.
    func bytes(from offset: Int, count: Int) -> UnsafeBufferPointer<UInt8>.SubSequence {
        let start = min(max(place + offset, 0), end)
        return buffer[start..<min(end, start + max(0, count))]
    }
}

/// A set of bytes.
struct SecretAlphabet {
    private let members: [Bool]

    private init(_ text: String) {
        var members = [Bool](repeating: false, count: 256)
        for byte in text.utf8 { members[Int(byte)] = true }
        self.members = members
    }

    func contains(_ byte: UInt8) -> Bool { members[Int(byte)] }

    private static let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    private static let digits = "0123456789"
    static let alphanumeric = SecretAlphabet(letters + digits)
    static let upper = SecretAlphabet("ABCDEFGHIJKLMNOPQRSTUVWXYZ" + digits)
    static let word = SecretAlphabet(letters + digits + "_")
    static let token = SecretAlphabet(letters + digits + "_-")
    static let base64 = SecretAlphabet(letters + digits + "+/")
    static let padded = SecretAlphabet(letters + digits + "+/=\\ \r\n\"'")
    static let pemLabel = SecretAlphabet(letters + " ")
    static let space = SecretAlphabet(" \t")
    static let value = SecretAlphabet(letters + digits + "+/=_-.:!@#$%^&*~?|,;")
}
