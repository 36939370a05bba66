import Models
import Testing

@testable import Inspection

/// Each limit from both sides.
@Suite("Limits of pickles")
struct PickleLimitTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let limit: String
        let lower: @Sendable (inout InspectionLimits) -> Void
        let within: String
        let beyond: String
        let reason: String

        var testDescription: String { limit }
    }

    static let rows = [
        Row(
            limit: "instructions", lower: { $0.opcodes = 3 }, within: "NN.", beyond: "NNN.",
            reason: "it has more than 3 instructions"),
        Row(
            limit: "numbers of the memo", lower: { $0.memoEntries = 4 }, within: "Np0\np1\np2\np900\np0\n.",
            beyond: "Np0\np1\np2\np3\np4\n.",
            reason: "its memo has more than 4 numbers"),
        Row(
            limit: "text in the memo", lower: { $0.memoTextBytes = 20 }, within: "V0123456789abcdefghij\np0\n.",
            beyond: "V0123456789abcdefghijk\np0\n.", reason: "its memo has more than 20 bytes of text"),
        Row(
            limit: "values on the stack", lower: { $0.stackDepth = 3 }, within: "NNN.", beyond: "NNNN.",
            reason: "its stack has more than 3 values"),
        Row(
            limit: "marks", lower: { $0.stackDepth = 3 }, within: "(((N.", beyond: "((((N.",
            reason: "its stack has more than 3 marks"),
        Row(
            limit: "a text that may name an import", lower: { $0.textBytes = 11 },
            within: "Vcollections\nVdeque\n\u{93}.", beyond: "Vcollections.\nVdeque\n\u{93}.",
            reason: "it imports something whose name it hides"),
        Row(
            limit: "a line", lower: { $0.lineBytes = 18 }, within: "ccollections\ndeque\n.",
            beyond: "ccollections\ndeque1\n.", reason: "it imports something with a name of more than 18 bytes"),
        Row(
            limit: "imports", lower: { $0.imports = 1 }, within: "ccollections\ndeque\n.",
            beyond: "ccollections\ndeque\nccollections\nCounter\n.", reason: "it imports more than 1 different things"),
        Row(
            limit: "pickles", lower: { $0.pickles = 3 }, within: "N.N.", beyond: "N.N.N.",
            reason: "it has more than 2 pickles"),
    ]

    @Test("what is beyond a limit is not safe, what is within it is", arguments: rows)
    func limits(row: Row) async throws {
        var limits = InspectionLimits()
        row.lower(&limits)
        let bytes = { (text: String) in SampleFile(text.unicodeScalars.map { UInt8($0.value) }) }
        let within = try await PickleFile.inspect(bytes(row.within), limits: limits)
        #expect(within.verdict == .safe, "\(within.reasons)")
        let beyond = try await PickleFile.inspect(bytes(row.beyond), limits: limits)
        #expect(beyond.reasons.contains(row.reason), "\(beyond.reasons)")
        #expect(beyond.verdict != .safe)
    }

    @Test("no more than the allowed bytes are inflated")
    func inflated() async throws {
        var limits = InspectionLimits()
        let plain = Samples.joblibArray.count
        limits.inflatedBytes = UInt64(plain)
        #expect(try await JoblibFile.inspect(SampleFile(Samples.joblibZlib), limits: limits).verdict == .safe)
        limits.inflatedBytes = UInt64(plain - 1)
        let finding = try await JoblibFile.inspect(SampleFile(Samples.joblibZlib), limits: limits)
        #expect(finding.verdict == .malformed)
        #expect(finding.reasons.first == "it inflates to more bytes than are looked at")
    }

    @Test("a text longer than any kept is passed over, not held")
    func longText() {
        var stream = PickleStream(.plain)
        stream.append([0x8D] + SampleZip.little(1 << 40, 8))
        #expect(stream.passable == 1 << 40)
        stream.pass(1 << 40)
        stream.append(Array(".".utf8))
        stream.finish()
        #expect(stream.evidence.verdict == .safe)
    }

    @Test("work grows with the file, not faster", .timeLimit(.minutes(1)))
    func effort() async throws {
        let files = [
            // A high stack below many marks.
            Array(repeating: "N", count: 900_000).joined() + Array(repeating: "(Nl0", count: 200_000).joined() + ".",
            // Many pickles, each of which takes a high number of its memo.
            Array(repeating: "Nr\u{7F}\u{84}\u{1E}\0.", count: 9_000).joined(),
        ]
        for text in files {
            let finding = try await PickleFile.inspect(SampleFile(text.unicodeScalars.map { UInt8($0.value) }))
            #expect(finding.verdict == .safe, "\(finding.reasons)")
        }
    }

    @Test("a finding gives at most twenty reasons of at most 200 characters")
    func reasons() async throws {
        let many = (0..<50).map { "cmodule\($0)\n\(String(repeating: "x", count: 300))\n" }.joined()
        let finding = try await PickleFile.inspect(SampleFile(Array("\(many).".utf8)))
        #expect(finding.reasons.count == 20)
        #expect(finding.reasons.last == "and more of the kind")
        #expect(finding.reasons.allSatisfy { $0.unicodeScalars.count <= 200 })
    }
}
