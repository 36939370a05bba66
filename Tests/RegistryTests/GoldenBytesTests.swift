import Models
import Storage
import Testing

@testable import Registry

@Suite struct GoldenBytesTests {
    @Test(arguments: GoldenValue.all)
    func aValueHasTheBytesItHasAlwaysHad(_ value: GoldenValue) throws {
        let golden = GoldenBytes.table[value.name]
        let bytes = Hexadecimal.encode(try value.bytes())
        #expect(bytes == golden, "GOLDEN \(value.name)=\(bytes)")
    }

    @Test(arguments: GoldenValue.all)
    func theBytesAreReadAndWrittenBackAsTheyWere(_ value: GoldenValue) throws {
        let golden = try #require(GoldenBytes.table[value.name].flatMap { Hexadecimal.decode(Substring($0)) })
        #expect(try value.roundTrip(golden) == golden)
    }

    @Test(arguments: GoldenValue.all)
    func everyPrefixOfTheBytesIsRefused(_ value: GoldenValue) throws {
        let bytes = try value.bytes()
        for count in bytes.indices {
            #expect(throws: CanonicalError.self) { try value.roundTrip(Array(bytes.prefix(count))) }
        }
        #expect(throws: CanonicalError.trailingBytes(1)) { try value.roundTrip(bytes + [0]) }
    }

    @Test func everyGoldenLineHasItsValue() {
        #expect(Set(GoldenBytes.table.keys) == Set(GoldenValue.all.map(\.name)))
    }

    @Test func theSameLogMakesTheStateItHasAlwaysMade() throws {
        var transaction = try StateTransaction(reader: MemoryStore(), rememberedOutcomes: 50)
        for (position, entry) in try Script.entries(count: 150, seed: 1).enumerated() {
            _ = try StateMachine.apply(entry, index: UInt64(position + 1), term: 1, in: &transaction)
        }
        #expect(transaction.stateHash.description == GoldenBytes.stateHash, "HASH \(transaction.stateHash)")
    }

    @Test(arguments: [
        ("applied", StateKey.applied.bytes, "01"), ("cluster", StateKey.cluster.bytes, "10"),
        ("audit", StateKey.audit(258).bytes, "300000000000000102"),
        ("remembered", StateKey.remembered(1).bytes, "410000000000000001"),
    ])
    func keysWithoutNamesAreAsTheTableSays(name: String, bytes: [UInt8], golden: String) {
        #expect(Hexadecimal.encode(bytes) == golden)
    }

    @Test func keysWithNamesAreAsTheTableSays() throws {
        let (vision, ranker) = (try ProjectName("v-1"), try ModelName("R.0"))
        let (model, best) = (ModelKey(vision, ranker), try AliasName("Be_i"))
        let keys: [(StateKey, String)] = [
            (.principal(try PrincipalName("ann")), "11616e6e"), (.project(vision), "20762d31"),
            (.projectSkeleton(vision), "21766c"), (.model(vision, ranker), "22762d3100522e30"),
            (.modelSkeleton(vision, ranker), "23762d3100726f"),
            (.version(model, 2), "24762d3100522e30000000000000000002"),
            (.alias(model, best), "25762d3100522e300042655f69"),
            (.aliasSkeleton(model, best), "26762d3100522e300062656c"),
            (.aliasCount(model), "27762d3100522e30"),
            (.aliasMove(model, best, 3), "28762d3100522e300042655f69000000000000000003"),
            (.aliasMoveCount(model, best), "29762d3100522e300042655f69"),
            (.content(vision, Digest(of: [])), "2a762d3100" + Digest(of: []).description),
            (.outcome(try .numbered(1)), "4000000000000000000000000000000001"),
            (.explanation(try .numbered(1)), "0200000000000000000000000000000001"),
        ]
        for (key, golden) in keys { #expect(Hexadecimal.encode(key.bytes) == golden) }
    }
}
