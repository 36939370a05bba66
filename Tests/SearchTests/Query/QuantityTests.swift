import Testing

@testable import Search

@Suite struct QuantityTests {
    static let sizes: [(text: String, value: Double?)] = [
        ("0", 0), ("10", 10), ("10B", 10), ("1kB", 1e3), ("1KB", 1e3), ("1.5mb", 1.5e6), ("2G", 2e9), ("1TB", 1e12),
        ("1PB", 1e15), ("1Ki", 1_024), ("1MiB", 1_048_576), ("1gib", 1_073_741_824), ("1e3MB", 1e9), ("-1", -1),
        ("", nil), ("MB", nil), ("1XB", nil), ("1 MB", nil), ("1e", nil), ("--1", nil), ("1.2.3", nil), ("1%", nil),
        (String(repeating: "9", count: 50), nil),
    ]

    @Test(arguments: sizes) func `sizes take decimal and binary units`(text: String, value: Double?) {
        #expect(Quantity.value(of: text, unit: .bytes) == value)
    }

    static let counts: [(text: String, value: Double?)] = [
        ("7B", 7e9), ("1.3b", 1.3e9), ("350M", 350e6), ("12k", 12e3), ("1T", 1e12), ("50%", 0.5), (".5", 0.5),
        ("1e-3", 1e-3), ("1E+2", 100), ("7MB", nil), ("0x1F", nil), ("nan", nil), ("infinity", nil), ("٣", nil),
    ]

    @Test(arguments: counts) func `counts take the letters of parameters and the sign of shares`(
        text: String, value: Double?
    ) {
        #expect(Quantity.value(of: text, unit: .count) == value)
    }
}
