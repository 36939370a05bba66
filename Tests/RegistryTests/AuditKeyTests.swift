import Models
import Testing

@testable import Registry

@Suite("Keys of the audit log") struct AuditKeyTests {
    private static func announce(_ node: String, _ key: String) throws -> Command {
        .announceAuditKey(AnnounceAuditKey(node: try NodeName(node), key: key))
    }

    private static func name(_ machine: Machine, _ node: String = "north-1") throws -> String {
        "peerage/\(try #require(try machine.catalog.cluster()?.cluster))/\(node)"
    }

    @Test("a node's keys stay, each with when it came")
    func kept() throws {
        var machine = try AccessTests.prepared()
        let name = try Self.name(machine)
        for key in ["\(name)+1+x", "\(name)+2+y", "\(name)+1+x"] {
            #expect(try machine.apply(Self.announce("north-1", key), by: "peerage").outcome.refusal == nil)
        }
        let kept = try machine.catalog.auditKeys()
        #expect(kept.map(\.key) == ["\(name)+1+x", "\(name)+2+y"])
        #expect(kept.allSatisfy { $0.site.text == "north" })
        #expect(try machine.catalog.hasAuditKey("\(name)+1+x", of: NodeName("north-1")))
        #expect(try !machine.catalog.hasAuditKey("\(name)+3+x", of: NodeName("north-1")))
        #expect(try machine.catalog.auditRecords(after: 0, limit: 1_000).last?.object == "north-1 \(name)+1+x")
        #expect(try StateHash.recomputed(from: machine.store) == machine.catalog.applied().hash)
    }

    @Test("nobody but a node of the cluster says so, in a cluster that understands it")
    func refused() throws {
        var machine = try AccessTests.prepared()
        let name = try Self.name(machine)
        #expect(try machine.refusal(Self.announce("north-1", "\(name)+1+x")) == .forbidden)
        for (node, key, code) in [
            ("nowhere-1", "\(name)+1+x", .notFound), ("south-1", "\(name)+1+x", .invalid),
            ("north-1", "a+1+x", .invalid), ("north-1", "\(name)+1", .invalid), ("north-1", "\(name)+1+", .invalid),
            ("north-1", "\(name)+1+x\nother+1+y", .invalid), ("north-1", "\(name)+1+é", .invalid),
            ("north-1", "\(name)+1+" + String(repeating: "x", count: 513), .invalid),
        ] as [(String, String, Rejection.Code)] {
            #expect(try machine.apply(Self.announce(node, key), by: "peerage").outcome.refusal?.code == code, "\(key)")
        }
        let longest = try machine.catalog.auditRecords(after: 0, limit: 1_000).map(\.object.utf8.count).max()
        #expect(try #require(longest) < 600)
        var older = try Machine.founded()
        #expect(
            try older.apply(Self.announce("north-1", "\(name)+1+x"), by: "peerage").outcome.refusal?.code == .invalid)
    }

    @Test("the bytes of audit records are those that are hashed")
    func bytes() throws {
        let machine = try AccessTests.prepared()
        let records = try machine.catalog.auditRecords(after: 2, limit: 3)
        #expect(try machine.catalog.auditBytes(after: 2, limit: 3) == records.map(\.canonicalBytes))
    }

    @Test("records are found by who, what, where, when and what came of it, page by page")
    func filters() throws {
        var machine = try AccessTests.prepared()
        for number in 0..<30 {
            try machine.apply(.createProject("p-\(number)"), by: number % 3 == 0 ? "reader" : "contributor")
        }
        func found(
            limit: Int = 1_000, after: UInt64 = 0, lookingAt most: Int = 100_000,
            _ change: (inout AuditFilter) throws -> Void
        ) throws -> (records: [AuditRecord], next: UInt64?) {
            var filter = AuditFilter()
            try change(&filter)
            return try machine.catalog.auditRecords(after: after, matching: filter, limit: limit, lookingAt: most)
        }
        let all = try machine.catalog.auditRecords(after: 0, limit: 1_000)
        #expect(try found { _ in }.records == all)
        #expect(try found { $0.by = try PrincipalName("reader") }.records.count == 10)
        #expect(try found { $0.outcome = "refused" }.records.allSatisfy { $0.outcome == "forbidden" })
        #expect(try found { $0.outcome = "forbidden" }.records.count == 10)
        #expect(try found { ($0.object, $0.outcome) = ("p-1", "accepted") }.records.map(\.object).contains("p-10"))
        #expect(try found { $0.action = "project." }.records.count == 30)
        #expect(try found { $0.site = try SiteName("nowhere") }.records.isEmpty)
        let middle = all[all.count / 2].at
        let (before, later) = (try found { $0.until = middle }.records, try found { $0.since = middle }.records)
        #expect(before.count + later.count == all.count && before.allSatisfy { $0.at < middle })

        // Pages, also where little is looked at for each, give the same.
        for (limit, most) in [(3, 100_000), (100, 7), (1, 1), (10, 10)] {
            var (records, after): ([AuditRecord], UInt64?) = ([], 0)
            while let next = after {
                let page = try found(limit: limit, after: next, lookingAt: most) { $0.by = try PrincipalName("reader") }
                #expect(page.records.count <= limit)
                records += page.records
                after = page.next
            }
            #expect(records == all.filter { $0.by.text == "reader" })
        }
        #expect(try found(after: .max) { _ in }.next == nil)
    }
}
