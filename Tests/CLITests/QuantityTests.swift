import Testing

@testable import CLI

@Suite("Numbers of bytes")
struct QuantityTests {
    @Test(
        "They are read as people write them",
        arguments: [
            ("0", 0), ("123", 123), ("7B", 7), ("1k", 1_000), ("1.5KB", 1_500), ("500GB", 500_000_000_000),
            ("2TiB", 2_199_023_255_552), ("1 MiB", 1_048_576), ("3gi", 3_221_225_472), ("0.5Mb", 500_000),
        ] as [(String, UInt64)])
    func reading(text: String, bytes: UInt64) throws {
        #expect(try Quantity.bytes(of: text) == bytes)
    }

    @Test(
        "What is no number of bytes is refused", arguments: ["", "GB", "-1", "1.2.3", "5 elephants", "1e9", "99999EB"])
    func refusing(text: String) {
        #expect(throws: (any Error).self) { try Quantity.bytes(of: text) }
    }
}
