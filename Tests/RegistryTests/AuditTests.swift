import Models
import Testing

@testable import Registry

@Suite struct AuditTests {
    @Test func everyCommandLeavesOneRecordInOrderWithoutGaps() throws {
        var machine = try Machine.founded()
        try machine.apply(.register(aliases: ["best"]), at: 7, site: "west")
        try machine.apply(.createModel("vision", "tagger"))
        try machine.apply(.set("best", to: 9))
        try machine.apply(.createProject("vision"), by: "mallory")
        try machine.apply(.remove("best"))
        _ = try machine.apply([1, 2, 3])
        let records = try machine.catalog.auditRecords(after: 0, limit: 100)
        let lines = records.map { "\($0.sequence) \($0.index) \($0.by) \($0.action) \($0.object) \($0.outcome)" }
        #expect(
            lines == [
                "1 1 ann cluster.establish 00000000000000000000000000000007 accepted",
                "2 2 ann version.register vision/ranker:1 accepted",
                "3 3 ann model.create vision/tagger accepted",
                "4 4 ann alias.set vision/ranker@best not-found",
                "5 5 mallory project.create vision forbidden",
                "6 6 ann alias.remove vision/ranker@best accepted",
                "7 7 unknown unknown  invalid",
            ])
        #expect(records[1].at == Timestamp(milliseconds: 7))
        #expect(records[1].site.text == "west")
        #expect(try machine.catalog.auditCount == 7)
        #expect(try machine.catalog.auditRecords(after: 2, limit: 2).map(\.sequence) == [3, 4])
        #expect(try machine.catalog.auditRecords(after: 7, limit: 2).isEmpty)
    }

    @Test func anEntryWithoutACommandAdvancesTheIndexAlone() throws {
        let machine = try Machine.founded()
        var transaction = try StateTransaction(reader: machine.store)
        let hash = transaction.stateHash
        StateMachine.skip(index: 2, term: 3, in: &transaction)
        #expect(transaction.appliedIndex == 2)
        #expect(transaction.appliedTerm == 3)
        #expect(transaction.stateHash == hash)
        #expect(try Catalog(transaction).auditCount == 1)
    }
}
