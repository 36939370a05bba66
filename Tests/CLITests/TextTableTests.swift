import Testing

@testable import CLI

@Suite("Tables and quantities")
struct TextTableTests {
    @Test("columns are aligned, numbers right, and no line ends in spaces")
    func aligns() {
        var table = TextTable(.text("NAME"), .number("SIZE"), .text("NOTE"))
        table.add("a", "1 B", "first")
        table.add("größer", "10 B", "")
        #expect(
            table.text(orElse: "none") == """
                NAME    SIZE  NOTE
                a        1 B  first
                größer  10 B  -
                """)
    }

    @Test("a table without rows says what that means")
    func empty() { #expect(TextTable(.text("NAME")).text(orElse: "nothing yet") == "nothing yet") }

    @Test("cells stay in their line and leave the terminal alone")
    func hostileCells() {
        var table = TextTable(.text("NAME"))
        table.add("a\nb\u{1B}[31m\u{202E}c\td")
        #expect(table.text(orElse: "") == "NAME\na b\u{FFFD}[31m\u{FFFD}c d")
    }

    @Test("fields without a value are left out")
    func fields() {
        #expect(TextTable.fields(["a": "1", "long name": nil, "bcd": "2"]) == "a    1\nbcd  2")
    }

    @Test(
        "bytes are shown in binary units",
        arguments: [
            (0, "0 B"), (1, "1 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (1_048_575, "1.0 MiB"),
            (1_048_576, "1.0 MiB"), (5 << 30, "5.0 GiB"), (8 << 40, "8.0 TiB"), (UInt64.max, "16.0 EiB"),
        ] as [(UInt64, String)])
    func bytes(count: UInt64, text: String) { #expect(Quantity.bytes(count) == text) }

    @Test("durations read like a clock", arguments: [(0, "0 s"), (59, "59 s"), (125, "2:05"), (3_725, "1:02:05")])
    func durations(seconds: UInt64, text: String) { #expect(Quantity.duration(seconds: seconds) == text) }
}
