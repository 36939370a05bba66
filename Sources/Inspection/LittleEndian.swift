/// Little-endian numbers in a header.
extension [UInt8] {
    /// The number of `width` bytes at `offset`; zero when it lies outside.
    func number(at offset: Int, width: Int) -> UInt64 {
        guard offset >= 0, width <= 8, count >= width, offset <= count - width else { return 0 }
        return self[offset..<offset + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
