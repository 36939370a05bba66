import Models
import Testing

@testable import Registry

@Suite("Keys of the audit log") struct AuditKeyTests {
    private static func announce(_ node: String, _ key: String) throws -> Command {
        .announceAuditKey(AnnounceAuditKey(node: try NodeName(node), site: try SiteName("north"), key: key))
    }

    @Test("a node's keys stay, each with when it came")
    func kept() throws {
        var machine = try AccessTests.prepared()
        for key in ["a+1+x", "b+2+y", "a+1+x"] {
            #expect(try machine.apply(Self.announce("north-1", key), by: "peerage").outcome.refusal == nil)
        }
        #expect(try machine.catalog.auditKeys().map(\.key) == ["a+1+x", "b+2+y"])
        #expect(try machine.catalog.auditRecords(after: 0, limit: 1_000).last?.object == "north-1 a+1+x")
        #expect(try StateHash.recomputed(from: machine.store) == machine.catalog.applied().hash)
    }

    @Test("nobody but a node of the cluster says so, in a cluster that understands it")
    func refused() throws {
        var machine = try AccessTests.prepared()
        #expect(try machine.refusal(Self.announce("north-1", "a+1+x")) == .forbidden)
        #expect(
            try machine.apply(Self.announce("nowhere-1", "a+1+x"), by: "peerage").outcome.refusal?.code == .notFound)
        let long = String(repeating: "x", count: 513)
        #expect(try machine.apply(Self.announce("north-1", long), by: "peerage").outcome.refusal?.code == .invalid)
        var older = try Machine.founded()
        #expect(try older.apply(Self.announce("north-1", "a+1+x"), by: "peerage").outcome.refusal?.code == .invalid)
    }

    @Test("the bytes of audit records are those that are hashed")
    func bytes() throws {
        let machine = try AccessTests.prepared()
        let records = try machine.catalog.auditRecords(after: 2, limit: 3)
        #expect(try machine.catalog.auditBytes(after: 2, limit: 3) == records.map(\.canonicalBytes))
    }
}
