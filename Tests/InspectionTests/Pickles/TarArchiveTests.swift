import Models
import Testing

@testable import Inspection

@Suite("Tars")
struct TarArchiveTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let what: String
        let bytes: [UInt8]
        let verdict: Finding.Verdict
        let reasons: [String]

        init(_ what: String, _ verdict: Finding.Verdict, _ reasons: [String], _ fill: (inout SampleTar) -> Void) {
            var tar = SampleTar()
            fill(&tar)
            (self.what, bytes, self.verdict, self.reasons) = (what, tar.closed, verdict, reasons)
        }

        var testDescription: String { what }
    }

    static let pickle = Array("N.".utf8)
    static let outside = "l links to what lies outside the archive"

    static let rows = [
        Row("a pickle", .safe, []) { $0.add("a.pkl", pickle) },
        Row("a directory named twice", .safe, []) {
            $0.add("./", kind: "5")
            $0.add("./", kind: "5")
            $0.add("./a.pkl", pickle)
        },
        Row("a pickle with an import", .dangerous, ["a: it imports os.system, which can run code or reach the system"])
        {
            $0.add("a", Array("cos\nsystem\n.".utf8))
        },
        Row("a text", .unknown, ["1 of its members are not read here"]) { $0.add("a.txt", [0x41]) },
        Row("a name that leads upwards", .dangerous, ["../a.pkl: its name leads upwards"]) {
            $0.add("../a.pkl", pickle)
        },
        Row("an absolute name", .dangerous, ["/a.pkl: its name is absolute"]) { $0.add("/a.pkl", pickle) },
        Row("such a name in an extended header", .dangerous, ["../b.pkl: its name leads upwards"]) {
            $0.extend([("path", "../b.pkl")])
            $0.add("a.pkl", pickle)
        },
        Row("such a name for all members", .dangerous, ["../b.pkl: its name leads upwards"]) {
            $0.extend([("path", "../b.pkl")], kind: "g")
            $0.add("a.pkl", pickle)
        },
        Row("such a name as GNU writes long ones", .dangerous, ["../b.pkl: its name leads upwards"]) {
            $0.add("././@LongLink", Array("../b.pkl\0".utf8), kind: "L")
            $0.add("a.pkl", pickle)
        },
        Row("an extended name holds for one member", .safe, []) {
            $0.extend([("path", "b.pkl")])
            $0.add("a.pkl", pickle)
            $0.add("a.pkl", pickle)
        },
        Row("a link upwards", .dangerous, [outside]) { $0.add("l", kind: "2", link: "../x") },
        Row("a link upwards in a directory", .safe, []) { $0.add("d/l", kind: "2", link: "../x") },
        Row("a link too far upwards", .dangerous, ["d/l links to what lies outside the archive"]) {
            $0.add("d/l", kind: "2", link: "../../x")
        },
        Row("an absolute link", .dangerous, [outside]) { $0.add("l", kind: "2", link: "/etc/passwd") },
        Row("an absolute hard link", .dangerous, [outside]) { $0.add("l", kind: "1", link: "/etc/passwd") },
        Row("a hard link upwards from a directory", .dangerous, ["d/l links to what lies outside the archive"]) {
            $0.add("d/l", kind: "1", link: "../x")
        },
        Row("an extended link", .dangerous, [outside]) {
            $0.extend([("linkpath", "/etc")])
            $0.add("l", kind: "2", link: "x")
        },
        Row("a long link of GNU", .dangerous, [outside]) {
            $0.add("././@LongLink", Array("/etc\0".utf8), kind: "K")
            $0.add("l", kind: "2", link: "x")
        },
        Row("what is written through a link", .dangerous, ["l/a.pkl is written through a link"]) {
            $0.add("l", kind: "2", link: "d")
            $0.add("l/a.pkl", pickle)
        },
        Row("a device", .dangerous, ["d is a device or a pipe"]) { $0.add("d", kind: "3") },
        Row("a pipe", .dangerous, ["d is a device or a pipe"]) { $0.add("d", kind: "6") },
        Row("the same name twice", .malformed, ["./a.pkl occurs twice"]) {
            $0.add("a.pkl", pickle)
            $0.add("./a.pkl", pickle)
        },
        Row("two sizes", .malformed, ["a member has two sizes"]) {
            $0.extend([("size", "2")])
            $0.add("a.pkl", pickle, size: 0)
        },
        Row("a link with a size", .malformed, ["a member without contents has a size"]) {
            $0.add("d/l", kind: "2", link: "x", size: 512)
        },
        Row("a damaged header", .malformed, ["the header at byte 1024 is damaged"]) {
            $0.add("a.pkl", pickle)
            $0.add("b.pkl", pickle, isDamaged: true)
        },
        Row("a damaged extended header", .malformed, ["an extended header is damaged"]) {
            $0.add("x", Array("99 path=a\n".utf8), kind: "x")
            $0.add("a.pkl", pickle)
        },
        Row("a member beyond the end", .malformed, ["a member ends behind the end of the file"]) {
            $0.add("a.pkl", pickle, size: 1 << 30)
        },
        Row("a sparse member", .unknown, ["a is sparse, which is not read here"]) { $0.add("a", kind: "S") },
        Row("a sparse member of pax", .unknown, ["a.pkl is sparse, which is not read here"]) {
            $0.extend([("GNU.sparse.major", "1")])
            $0.add("a.pkl", pickle)
        },
    ]

    @Test("each tar gets the verdict it deserves", arguments: rows)
    func verdicts(row: Row) async throws {
        let finding = try await TarArchive.inspect(SampleFile(row.bytes))
        #expect(finding == Finding(format: "tar", verdict: row.verdict, reasons: row.reasons))
    }

    @Test(
        "what is none is no tar",
        arguments: [
            ([], "it is too short for a tar"), ([UInt8](repeating: 0, count: 1_024), "it has no members"),
            ([UInt8](repeating: 1, count: 512), "it does not begin with a header of a tar"),
        ])
    func none(bytes: [UInt8], reason: String) async throws {
        let finding = try await TarArchive.inspect(SampleFile(bytes))
        #expect(finding == Finding(format: "tar", verdict: .malformed, reasons: [reason]))
    }

    @Test("only headers are read to list the members")
    func members() async throws {
        var tar = SampleTar()
        tar.add("a", [UInt8](repeating: 7, count: 1_000))
        tar.add("b", [1])
        let archive = try await TarArchive.open(SampleFile(tar.closed))
        #expect(archive.members.map(\.name) == ["a", "b"])
        #expect(archive.members.map(\.bytes) == [512..<1_512, 2_048..<2_049])
    }

    static let limits: [(String, @Sendable (inout InspectionLimits, Int) -> Void, Int, String)] = [
        ("headers", { $0.members = $1 }, 2, "it has more than 1 headers"),
        ("an extended header", { $0.extendedHeaderBytes = UInt64($1) }, 9, "an extended header has more than 8 bytes"),
        ("names", { $0.archiveNameBytes = $1 }, 1, "its names have more than 0 bytes"),
        ("a name", { $0.nameBytes = $1 }, 1, "it has a name of more than 0 bytes"),
    ]

    @Test("what is beyond a limit is not safe, what is within it is", arguments: limits)
    func bounds(
        limit: String, lower: @Sendable (inout InspectionLimits, Int) -> Void, bound: Int, reason: String
    ) async throws {
        var tar = SampleTar()
        tar.extend([("path", "a")])
        tar.add("a.pkl", Array("cbuiltins\nset\n.".utf8))
        var limits = InspectionLimits()
        lower(&limits, bound)
        let within = try await TarArchive.inspect(SampleFile(tar.closed), limits: limits)
        #expect(within.verdict == .safe, "\(within.reasons)")
        lower(&limits, bound - 1)
        #expect(try await TarArchive.inspect(SampleFile(tar.closed), limits: limits).reasons == [reason])
    }
}
