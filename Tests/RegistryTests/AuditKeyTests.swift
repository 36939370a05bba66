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
}
