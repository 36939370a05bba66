import Models
import Testing

@testable import Registry

@Suite struct OutcomeTests {
    @Test func aRepeatedCommandGivesTheFirstOutcomeAndChangesNothingButTheAppliedIndex() throws {
        var machine = try Machine.founded()
        let id = try UniqueID.numbered(1_000)
        let first = try machine.apply(.register(), id: id, at: 5)
        let (hash, audited) = (try machine.catalog.applied().hash, try machine.catalog.auditCount)
        let again = try machine.apply(.register(), id: id, at: 6, site: "west")
        #expect(again.outcome == first.outcome)
        #expect(again.commandID == id)
        #expect(again.events.isEmpty)
        #expect(try machine.catalog.resolve(.latest)?.number == 1)
        #expect(try machine.catalog.auditCount == audited)
        #expect(try machine.catalog.applied() == (machine.index, 1, hash))
        #expect(try machine.catalog.outcome(of: id) == first.outcome)
    }

    @Test func aRepeatedCommandIsStillRefusedThoughItWouldBeAcceptedNow() throws {
        var machine = try Machine.founded()
        let id = try UniqueID.numbered(1_000)
        let first = try machine.apply(.createModel("vision", "ranker"), id: id)
        #expect(first.outcome.refusal?.code == .notFound)
        try machine.apply(.createProject("vision"))
        let again = try machine.apply(.createModel("vision", "ranker"), id: id)
        #expect(again.outcome == first.outcome)
        #expect(try machine.catalog.outcome(of: id) == first.outcome)
    }

    @Test func aRetryThroughAnotherNodeMayBringOtherReceipts() throws {
        var machine = try Machine.founded()
        let id = try UniqueID.numbered(1_000)
        let first = try machine.apply(.register(holders: [1, 2]), id: id)
        #expect(try machine.apply(.register(holders: [3, 1]), id: id).outcome == first.outcome)
    }

    @Test func anotherCommandUnderAUsedIDIsRefusedAndTheFirstKeepsIt() throws {
        var machine = try Machine.founded()
        let id = try UniqueID.numbered(1_000)
        let first = try machine.apply(.createProject("vision"), id: id)
        let other = try machine.apply(.createProject("speech"), id: id)
        #expect(other.outcome.refusal?.code == .keyReused)
        #expect(try machine.catalog.project(ProjectName("speech")) == nil)
        #expect(try machine.catalog.auditRecords(after: 0, limit: 9).last?.outcome == "idempotency-key-reused")
        #expect(try machine.apply(.createProject("vision"), id: id).outcome == first.outcome)
    }

    @Test func anotherPrincipalsCommandUnderAUsedIDIsRefused() throws {
        var machine = try Machine.founded()
        let id = try UniqueID.numbered(1_000)
        try machine.apply(.createProject("vision"), id: id)
        let other = try machine.apply(.createProject("vision"), id: id, by: "mallory")
        #expect(other.outcome.refusal?.code == .keyReused)
    }

    @Test func theOldestOutcomesAreForgottenBeyondTheLimit() throws {
        var machine = try Machine.founded()
        machine.rememberedOutcomes = 4
        let ids = try (1...8).map { try UniqueID.numbered(1_000 + $0) }
        // Every second is refused, so that explanations are forgotten too.
        for (position, id) in ids.enumerated() {
            let command: Command = try position.isMultiple(of: 2) ? .createProject("p\(position)x") : .set("a", to: 1)
            try machine.apply(command, id: id)
        }
        for id in ids.prefix(4) { #expect(try machine.catalog.outcome(of: id) == nil) }
        for id in ids.suffix(4) { #expect(try machine.catalog.outcome(of: id) != nil) }
        let kept = Dictionary(grouping: try machine.store.state.keys, by: \.[0]).mapValues(\.count)
        #expect(kept[0x40] == 4)
        #expect(kept[0x41] == 4)
        #expect(kept[0x02] == 2)
        #expect(try StateHash.recomputed(from: machine.store) == machine.catalog.applied().hash)
        // A command forgotten is a new one.
        #expect(try machine.apply(.createProject("p0x"), id: ids[0]).outcome.refusal?.code == .alreadyExists)
    }

    @Test func theWordingOfARefusalIsNotPartOfTheStateHash() throws {
        var machine = try Machine.founded()
        try machine.apply(.createModel("vision", "ranker"))
        let explanation = try #require(machine.store.state.keys.first { $0[0] == 0x02 })
        var transaction = try StateTransaction(reader: machine.store)
        let before = transaction.stateHash
        let id = try #require(UniqueID(bytes: Array(explanation.dropFirst())))
        try transaction.put(Explanation("worded otherwise"), at: .explanation(id))
        #expect(transaction.stateHash == before)
        #expect(try Catalog(transaction).outcome(of: id)?.refusal?.detail == "worded otherwise")
    }
}
