import Testing

@testable import Search

@Suite struct QueryTimeTests {
    private static let day: Int64 = 86_400_000

    static let times: [(text: String, moment: SearchQuery.TimeFilter.Moment?)] = [
        ("5min", .age(300_000)), ("12h", .age(43_200_000)), ("30d", .age(30 * day)), ("2w", .age(14 * day)),
        ("6mo", .age(180 * day)), ("1y", .age(365 * day)), ("1970", .span(0, 365 * day)),
        ("1970-02", .span(31 * day, 59 * day)), ("1970-12", .span(334 * day, 365 * day)),
        ("2000-02-29", .span(11_016 * day, 11_017 * day)), ("2024-02-29", .span(19_782 * day, 19_783 * day)),
        ("2026-01-31T12:30", .span(1_769_862_600_000, 1_769_862_660_000)),
        ("2026-01-31T12:30:05Z", .span(1_769_862_605_000, 1_769_862_606_000)),
        ("9999-12-31", .span(2_932_896 * day, 2_932_897 * day)),
        ("", nil), ("d", nil), ("30", nil), ("30x", nil), ("1969", nil), ("2026-13", nil), ("2026-00", nil),
        ("2100-02-29", nil), ("2026-1-1", nil), ("2026-01-32", nil), ("2026-01-00", nil), ("2026-01T10:00", nil),
        ("2026-01-31T24:00", nil), ("2026-01-31T12", nil), ("2026-01-31T12:60", nil), ("20260131", nil),
        ("999999999y", nil), ("9999999999d", nil),
    ]

    @Test(arguments: times) func `days, months, years, instants and ages are read`(
        text: String, moment: SearchQuery.TimeFilter.Moment?
    ) {
        #expect(QueryTime.moment(of: text) == moment)
    }
}
