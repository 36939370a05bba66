import Models
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00.000Z", 0), ("1970-01-01T00:00:00.001Z", 1), ("1969-12-31T23:59:59.999Z", -1),
            ("2000-02-29T12:34:56.789Z", 951_827_696_789), ("2000-03-01T00:00:00.000Z", 951_868_800_000),
            ("1900-02-28T23:59:59.999Z", -2_203_891_200_001), ("1900-03-01T00:00:00.000Z", -2_203_891_200_000),
            ("2024-02-29T00:00:00.000Z", 1_709_164_800_000), ("2100-02-28T00:00:00.000Z", 4_107_456_000_000),
            ("2100-03-01T00:00:00.000Z", 4_107_542_400_000), ("0000-01-01T00:00:00.000Z", -62_167_219_200_000),
            ("0000-02-29T00:00:00.000Z", -62_162_121_600_000), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int64)])
    func theTextFormNamesTheInstantBothWays(text: String, milliseconds: Int64) throws {
        let instant = Timestamp(milliseconds: milliseconds)
        #expect(instant.description == text)
        #expect(Timestamp(text) == instant)
        #expect(try Timestamp(canonicalBytes: instant.canonicalBytes) == instant)
    }

    @Test func daysOfEightCenturiesComeBack() {
        for day in stride(from: Int64(-146_097), through: 146_097, by: 13) {
            let instant = Timestamp(milliseconds: day * 86_400_000 + 1)
            #expect(Timestamp(instant.description) == instant)
        }
    }

    @Test(arguments: [
        ("2024-01-01T00:00Z", "2024-01-01T00:00:00.000Z"), ("2024-01-01T00:00:01Z", "2024-01-01T00:00:01.000Z"),
        ("2024-01-01T00:00:01.5Z", "2024-01-01T00:00:01.500Z"),
        ("2024-01-01T00:00:01.05Z", "2024-01-01T00:00:01.050Z"),
        ("2024-01-01T00:00:01.123999999Z", "2024-01-01T00:00:01.123Z"),
    ])
    func shorterAndLongerFormsAreRead(text: String, written: String) {
        #expect(Timestamp(text)?.description == written)
    }

    @Test(arguments: [
        "", "Z", "T", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01T00:00:00+01:00", "2024-01-01T00:00:00+00:00",
        "2024-01-01t00:00:00z", "2024-01-01 00:00:00Z", "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z",
        "2024-01-32T00:00:00Z", "2024-01-00T00:00:00Z", "2023-02-29T00:00:00Z", "2024-02-30T00:00:00Z",
        "1900-02-29T00:00:00Z", "2024-04-31T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z",
        "2024-01-01T00:00:60Z", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00.1xZ", "2024-1-1T0:0:0Z",
        "+024-01-01T00:00:00Z", "-001-01-01T00:00:00Z", "2024-+1-01T00:00:00Z", "9223372036854775807-01-01T00:00Z",
        "10000-01-01T00:00:00Z", "2024-01-01T00:00:00Z ", " 2024-01-01T00:00:00Z", "2024-01-01T00Z",
        "２024-01-01T00:00:00Z", "2024-01-01T00:00:00Z\u{301}",
    ])
    func anythingElseIsRefused(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test(arguments: [Int64.min, -62_167_219_200_001, 253_402_300_800_000, .max])
    func instantsThatHaveNoTextAreNotReadFromBytes(milliseconds: Int64) {
        #expect(throws: CanonicalError.self) {
            try Timestamp(canonicalBytes: Timestamp(milliseconds: milliseconds).canonicalBytes)
        }
    }
}
