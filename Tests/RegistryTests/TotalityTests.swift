import Models
import Testing

@testable import Registry

/// `apply` ends with an outcome whatever the bytes (design.md, invariant 4).
@Suite struct TotalityTests {
    @Test(arguments: [
        [], [0], [1], [0xFF], [UInt8](repeating: 0, count: 100), [UInt8](repeating: 0xFF, count: 100),
        [1] + [UInt8](repeating: 0xFF, count: 60),
    ])
    func bytesThatAreNoEnvelopeAreRefusedAndPutDownToUnknown(entry: [UInt8]) throws {
        var machine = try Machine.founded()
        let applied = try machine.apply(entry)
        #expect(applied.commandID == nil)
        #expect(applied.outcome.refusal?.code == .invalid)
        let record = try #require(try machine.catalog.auditRecords(after: 1, limit: 9).first)
        #expect(record.by == .unknown)
        #expect(record.site == .unknown)
        #expect(record.at == Timestamp(milliseconds: 0))
        #expect(record.index == 2)
    }

    @Test(
        arguments: [
            [], [0], [99, 1], [1, 2], [2, 1, 0xFF, 0xFF, 0xFF, 0xFF], [2, 1, 0, 0, 0, 1, 0x2F, 0, 0, 0, 0],
            [2, 1, 0, 0, 0, 1, 0x61, 0, 0, 0, 0, 0],
        ] as [[UInt8]])
    func aCommandThatCannotBeReadIsRefusedToWhoeverAsked(command: [UInt8]) throws {
        var machine = try Machine.founded()
        let id = try UniqueID.numbered(55)
        let header = CommandHeader(
            id: id, principal: try PrincipalName("ann"), site: try SiteName("west"), at: Timestamp(milliseconds: 3))
        let applied = try machine.apply(header.canonicalBytes + command)
        #expect(applied.commandID == id)
        #expect(applied.outcome.refusal?.code == .invalid)
        let record = try #require(try machine.catalog.auditRecords(after: 1, limit: 9).first)
        #expect(record.by.text == "ann")
        #expect(record.site.text == "west")
        #expect(record.action == "unknown")
        #expect(try machine.catalog.outcome(of: id) == applied.outcome)
        #expect(try machine.apply(header.canonicalBytes + command).outcome == applied.outcome)
        #expect(try machine.catalog.auditCount == 2)
        #expect(try machine.apply(header.canonicalBytes + [77]).outcome.refusal?.code == .keyReused)
    }

    @Test func anEntryOfMoreThanEightMebibytesIsRefused() throws {
        var machine = try Machine.founded()
        let applied = try machine.apply(.createProject("vision", String(repeating: "x", count: 8 << 20)))
        let refusal = try #require(applied.outcome.refusal)
        #expect(refusal.code == .invalid)
        #expect(refusal.detail.contains("8388608"))
    }

    @Test(arguments: [Int64.min, -62_167_219_200_001, 253_402_300_800_000, .max])
    func anInstantThatCannotBeWrittenIsRefused(milliseconds: Int64) throws {
        var machine = try Machine.founded()
        let applied = try machine.apply(.createProject("vision"), at: milliseconds)
        #expect(applied.outcome.refusal?.code == .invalid)
        #expect(applied.commandID == nil)
    }

    @Test(arguments: 1...8)
    func mutatedEntriesEndWithAnOutcomeAndOneAuditRecordEach(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var machine = try Machine.founded()
        let corpus = try Script.entries(count: 40, seed: seed)
        for entry in corpus { _ = try machine.apply(entry) }
        for _ in 0..<400 {
            let before = try machine.catalog.auditCount
            let entry = corpus.randomElement(using: &generator) ?? []
            let mutated = mutate(entry, using: &generator)
            let applied = try machine.apply(mutated)
            let repeated = try machine.catalog.auditCount == before
            #expect(!repeated || (applied.commandID != nil && applied.events.isEmpty))
            #expect(try machine.catalog.auditCount <= before + 1)
        }
        #expect(try StateHash.recomputed(from: machine.store) == machine.catalog.applied().hash)
        let sequences = try machine.catalog.auditRecords(after: 0, limit: 10_000).map(\.sequence)
        #expect(sequences == Array(1...UInt64(sequences.count)))
    }

    @Test(arguments: 1...4)
    func randomBytesAreRefused(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var machine = try Machine.founded()
        for _ in 0..<500 {
            let count = Int.random(in: 0..<200, using: &generator)
            let entry = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(try machine.apply(entry).outcome.refusal?.code == .invalid)
        }
        #expect(try machine.catalog.auditCount == 501)
    }

    private func mutate(_ entry: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = entry
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            guard !bytes.isEmpty else { return bytes }
            let position = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            case 1: bytes[position] = UInt8.random(in: 0...255, using: &generator)
            case 2: bytes.removeSubrange(position...)
            case 3: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: position)
            default: bytes.replaceSubrange(position..., with: bytes[..<position])
            }
        }
        return bytes
    }
}
