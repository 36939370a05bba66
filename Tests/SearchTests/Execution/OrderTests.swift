import Testing

@testable import Search

@Suite struct OrderTests {
    private static func models() -> [SearchDocument] {
        (0..<30).map { number in
            .sample("m\(number)", in: "p\(number % 3)", card: "alpha", daysOld: Int64(number / 2)) {
                $0.createdAt = Int64((number * 7) % 30)
                if number % 4 != 0 { $0.numbers = ["metrics.f1": Double(number % 5)] }
            }
        }
    }

    /// All pages, and the total each told.
    private func pages(
        _ fixture: SearchFixture, _ text: String, _ sort: SearchSort, limit: Int, between: () throws -> Void = {}
    ) throws -> [String] {
        var names: [String] = []
        var cursor: String?
        repeat {
            let answer = try fixture.search(text) { request in
                request.sort = sort
                request.limit = limit
                request.cursor = cursor
            }
            names += answer.hits.map { "\($0.id)" }
            cursor = answer.next
            try between()
        } while cursor != nil && names.count < 1_000
        return names
    }

    static let sorts: [SearchSort] = [
        .relevance, .updated(ascending: true), .updated(ascending: false), .created(ascending: true),
        .created(ascending: false), .name(ascending: true), .name(ascending: false),
        .number("f1", ascending: true), .number("metrics.f1", ascending: false), .number("none", ascending: true),
    ]

    @Test(arguments: sorts) func `pages together are the whole, in the same order`(sort: SearchSort) throws {
        let fixture = try SearchFixture(Self.models())
        for text in ["", "alpha"] {
            let whole = try pages(fixture, text, sort, limit: 100)
            #expect(whole.count == 30 && Set(whole).count == 30)
            for limit in [1, 7, 15, 30] { #expect(try pages(fixture, text, sort, limit: limit) == whole) }
        }
    }

    @Test func `orders are what they say`() throws {
        let fixture = try SearchFixture([
            .sample("b", daysOld: 3) { $0.numbers = ["metrics.f1": 1] }, .sample("a", daysOld: 2),
            .sample("c", daysOld: 1) { $0.numbers = ["metrics.f1": 2] },
        ])
        #expect(try fixture.names("", sort: .relevance) == ["c", "a", "b"])
        #expect(try fixture.names("", sort: .updated(ascending: true)) == ["b", "a", "c"])
        #expect(try fixture.names("", sort: .name(ascending: false)) == ["c", "b", "a"])
        #expect(try fixture.names("", sort: .number("f1", ascending: true)) == ["b", "c", "a"])
        #expect(try fixture.names("", sort: .number("f1", ascending: false)) == ["c", "b", "a"])
    }

    @Test
    func `a word in the name counts more than in tags, there more than in the description, and least in the card`()
        throws
    {
        let filler = "some other words that stand in every one of these cards"
        let fixture = try SearchFixture(
            [
                .sample("card", card: filler + " alpha"),
                .sample("described", card: filler) { $0.description = "alpha" },
                .sample("tagged", card: filler) { $0.tags = ["alpha"] }, .sample("alpha", card: filler),
            ] + (0..<20).map { .sample("x\($0)", card: filler) })
        #expect(try fixture.names("alpha", sort: .relevance) == ["alpha", "tagged", "described", "card"])
    }

    @Test func `of too many matches those with the word in front come first, then the newest`() throws {
        let documents = (0..<50).map { SearchDocument.sample("m\($0)", card: "alpha", daysOld: Int64($0)) }
        let fixture = try SearchFixture(documents + [.sample("alpha", card: "x", daysOld: 99)]) { $0.scoredRows = 10 }
        #expect(try fixture.names("alpha", sort: .relevance).prefix(4) == ["alpha", "m0", "m1", "m2"])
    }

    @Test func `models that come while pages are turned do not shift them`() throws {
        let fixture = try SearchFixture(Self.models())
        var added = 0
        let names = try pages(fixture, "", .name(ascending: true), limit: 4) {
            added += 1
            try fixture.add([.sample("a\(added)", card: "alpha")])
        }
        #expect(names.count == 30 && Set(names).count == 30)
    }

    @Test func `a cursor of another query, of another order or damaged is refused`() throws {
        let fixture = try SearchFixture(Self.models())
        let next = try #require(try fixture.search("alpha").next)
        let wrong: [(text: String, sort: SearchSort, cursor: String)] = [
            ("beta", .relevance, next), ("alpha", .name(ascending: true), next), ("alpha", .relevance, ""),
            ("alpha", .relevance, "zz"), ("alpha", .relevance, String(next.dropLast(2))),
            ("alpha", .relevance, next + "00"),
            ("alpha", .relevance, String(repeating: "0", count: 5_000)), ("alpha", .relevance, next.uppercased() + "é"),
        ]
        for (text, sort, cursor) in wrong {
            let error = #expect(throws: SearchError.self) {
                try fixture.search(text) { request in
                    request.sort = sort
                    request.cursor = cursor
                }
            }
            guard case .cursor? = error else {
                Issue.record("\(text) \(cursor): \(String(describing: error))")
                continue
            }
        }
    }

    @Test func `a place that is no number is no place`() throws {
        let fixture = try SearchFixture(Self.models())
        let request = try fixture.request("alpha")
        for key in [
            RankKey(rank: .nan, second: 0, name: "a", project: "p"),
            RankKey(rank: 0, second: .nan, name: "a", project: "p"),
        ] {
            #expect(throws: SearchError.self) {
                try fixture.search("alpha") { $0.cursor = SearchCursor.text(key, of: request) }
            }
        }
    }

    @Test func `no bytes in a cursor do harm`() throws {
        let fixture = try SearchFixture(Self.models())
        let next = Array(try #require(try fixture.search("alpha").next).utf8)
        var generator = SplitMix(state: 23)
        for _ in 0..<2_000 {
            var bytes = next
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[index] = Array("0123456789abcdef".utf8).randomElement(using: &generator) ?? 0x30
            do {
                _ = try fixture.search("alpha") { $0.cursor = String(decoding: bytes, as: UTF8.self) }
            } catch SearchError.cursor { continue }
        }
    }
}
