import Testing

@testable import RESTAPI

@Suite("Ranges of bytes")
struct ByteRangeTests {
    /// RFC 9110 §14.1.2, for a file of ten bytes.
    @Test(
        "a Range header means these bytes of ten",
        arguments: [
            (nil, .whole), ("bytes=0-0", .part(0..<1)), ("bytes=2-5", .part(2..<6)), ("bytes=9-", .part(9..<10)),
            ("bytes=0-99", .part(0..<10)), ("bytes=-3", .part(7..<10)), ("bytes=-99", .part(0..<10)),
            ("bytes=10-", .unsatisfiable), ("bytes=10-12", .unsatisfiable), ("bytes=-0", .unsatisfiable),
            // What cannot be read, has several ranges or another unit may be ignored.
            ("bytes=5-2", .whole), ("bytes=a-b", .whole), ("bytes=", .whole), ("bytes=-", .whole),
            ("bytes=0-1,3-4", .whole), ("chunks=0-1", .whole), ("bytes=0-18446744073709551616", .whole),
            ("bytes=18446744073709551615-", .unsatisfiable),
            ("bytes=0-18446744073709551615", .part(0..<10)),
        ] as [(String?, ByteRange)])
    func ranges(header: String?, expected: ByteRange) { #expect(ByteRange(header: header, size: 10) == expected) }

    @Test("no range of an empty file can be had")
    func empty() {
        #expect(ByteRange(header: "bytes=0-", size: 0) == .unsatisfiable)
        #expect(ByteRange(header: "bytes=-1", size: 0) == .unsatisfiable)
        #expect(ByteRange(header: nil, size: 0) == .whole)
    }
}
