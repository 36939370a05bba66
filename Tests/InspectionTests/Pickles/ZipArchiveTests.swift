import Models
import Testing

@testable import Inspection

@Suite("Zips")
struct ZipArchiveTests {
    typealias Member = SampleZip.Member

    static let evil = Array("cos\nsystem\n(S'id'\ntR.".utf8)
    static let state = PickleStreamTests.torch.unicodeScalars.map { UInt8($0.value) } + Array(".".utf8)
    static let calls = "archive/data.pkl: it imports os.system, which can run code or reach the system"

    struct Row: CustomTestStringConvertible, Sendable {
        let what: String
        let bytes: [UInt8]
        let verdict: Finding.Verdict
        var reasons: [String]?

        init(_ what: String, _ zip: SampleZip, _ verdict: Finding.Verdict, _ reasons: [String]? = nil) {
            (self.what, bytes, self.verdict, self.reasons) = (what, zip.bytes, verdict, reasons)
        }

        var testDescription: String { what }
    }

    /// A checkpoint with this pickle, changed by `change`.
    static func checkpoint(
        _ pickle: [UInt8] = state, more: [Member] = [], _ change: (inout SampleZip) -> Void = { _ in }
    ) -> SampleZip {
        var zip = SampleZip(
            [
                Member("archive/data.pkl", pickle), Member("archive/data/0", [0x80, 2, 0xFF]),
                Member("archive/version", [0x33]),
            ] + more)
        change(&zip)
        return zip
    }

    static let torch = [
        Row("a checkpoint", checkpoint(), .safe),
        Row("with the records for large numbers", checkpoint { $0.isLarge = true }, .safe),
        Row("deflated", checkpoint { $0.members[0] = .deflated("archive/data.pkl", state) }, .safe),
        Row("with an import", checkpoint(evil), .dangerous, [calls]),
        Row(
            "with an import, deflated", checkpoint { $0.members[0] = .deflated("archive/data.pkl", evil) }, .dangerous,
            [calls]),
        Row("a pickle of another name", checkpoint(more: [Member("archive/extra.bin", Samples.evil4)]), .dangerous),
        Row(
            "a pickle of protocol 0 of another name", checkpoint(more: [Member("archive/notes.txt", evil)]), .dangerous),
        Row(
            "a pickle that is called as a storage is not", checkpoint(more: [Member("archive/data/0.pkl", evil)]),
            .dangerous),
        Row("a storage that begins as a pickle", checkpoint(more: [Member("archive/data/1", evil)]), .safe),
        Row(
            "TorchScript", checkpoint(more: [Member("archive/code/__torch__.py", [])]), .unknown,
            ["it holds TorchScript, a program that PyTorch runs; it is not read here"]),
        Row(
            "TorchScript by its constants", checkpoint(more: [Member("archive/constants.pkl", [0x80, 2, 0x29, 0x2E])]),
            .unknown),
        Row(
            "an archive in it", checkpoint(more: [Member("archive/x", [0x50, 0x4B, 3, 4])]), .unknown,
            ["archive/x: it is packed with zip, and archives in archives are not opened"]),
    ]

    // What makes one reader see another archive than the next.
    static let differing = [
        Row(
            "an encrypted member",
            checkpoint {
                $0.members[0].flags = 1; $0.members[0].headerFlags = 1
            }, .unknown,
            ["archive/data.pkl is marked as encrypted or patched"]),
        Row("an encrypted member that is dangerous", checkpoint(evil) { $0.members[0].flags = 1 }, .dangerous),
        Row(
            "another name in the header", checkpoint { $0.members[0].headerName = Array("archive/data.txt".utf8) },
            .malformed,
            ["archive/data.pkl has another name in its header"]),
        Row("another name of something dangerous", checkpoint(evil) { $0.members[0].headerName = [0x78] }, .dangerous),
        Row(
            "another method in the header", checkpoint { $0.members[0].headerMethod = 8 }, .malformed,
            ["archive/data.pkl is packed otherwise by its header"]),
        Row("other flags in the header", checkpoint { $0.members[0].headerFlags = 1 }, .malformed),
        Row(
            "other sizes in the header", checkpoint { $0.members[0].headerSize = 3 }, .malformed,
            ["archive/data.pkl has other sizes or another checksum in its header"]),
        Row(
            "sizes behind the bytes",
            checkpoint {
                $0.members[0].flags = 8; $0.members[0].headerFlags = 8; $0.members[0].headerSize = 0
            }, .safe),
        Row(
            "a method that is not read",
            checkpoint {
                $0.members[0].method = 14; $0.members[0].headerMethod = 14
            }, .unknown,
            ["archive/data.pkl is packed by method 14, not read here"]),
        Row(
            "the same name twice", checkpoint(more: [Member("archive/DATA.pkl", state)]), .malformed,
            ["archive/DATA.pkl occurs twice"]),
        Row("the same name twice, one dangerous", checkpoint(more: [Member("archive/data.pkl", evil)]), .dangerous),
        Row(
            "fewer members than listed", checkpoint { $0.count = 1 }, .malformed,
            ["its directory says that it has 1 members, and lists 3"]),
        Row("bytes before it", checkpoint { $0.before = [0x80, 4, 0x4E, 0x2E] }, .malformed),
        Row("bytes before it, and something dangerous", checkpoint(evil) { $0.before = [1, 2, 3] }, .dangerous),
        Row(
            "bytes behind it", checkpoint { $0.after = [0] }, .malformed,
            ["its end does not lie at the end of the file"]),
        Row(
            "overlapping members",
            checkpoint {
                $0.members[2].place = 0; $0.members[2].name = $0.members[0].name
            }, .malformed),
        Row("a member without a header", checkpoint { $0.members[1].place = 1 }, .malformed),
        Row("two sizes without packing", checkpoint { $0.members[0].plainSize += 1 }, .malformed),
        Row(
            "damaged packing",
            checkpoint {
                $0.members[0].method = 8; $0.members[0].headerMethod = 8
            }, .malformed),
    ]

    @Test("each checkpoint gets the verdict it deserves", arguments: torch + differing)
    func checkpoints(row: Row) async throws {
        for finding in [
            try await TorchArchive.inspect(SampleFile(row.bytes)), try await ZipArchive.inspect(SampleFile(row.bytes)),
        ] {
            #expect(finding.verdict == row.verdict, "\(finding.reasons)")
            #expect(finding.format == "pytorch")
            if let reasons = row.reasons { #expect(finding.reasons == reasons) }
        }
    }

    @Test(
        "a name by which unpacking writes elsewhere is dangerous",
        arguments: [
            ("../x", "its name leads upwards"), ("a/../../x", "its name leads upwards"),
            ("/etc/x", "its name is absolute"),
            ("C:x", "its name begins with a drive letter"),
            ("\\\\host\\x", "its name has a backslash, which separates on Windows"),
            ("a\\..\\x", "its name has a backslash, which separates on Windows"),
            ("a\0b", "its name has a NUL, behind which some programs do not read"), ("", "it has no name"),
        ])
    func escapes(name: String, reason: String) async throws {
        let zip = Self.checkpoint(more: [Member(name, [])])
        let finding = try await ZipArchive.inspect(SampleFile(zip.bytes))
        #expect(finding.verdict == .dangerous)
        #expect(finding.reasons.count == 1 && finding.reasons.first?.hasSuffix(reason) == true, "\(finding.reasons)")
    }

    @Test("names that only look alike are harmless", arguments: ["a..b/x", "..a", "a/.b", "ab:c", "dir/"])
    func harmlessNames(name: String) async throws {
        let zip = Self.checkpoint(more: [Member(name, [])])
        #expect(try await ZipArchive.inspect(SampleFile(zip.bytes)).verdict == .safe)
    }

    @Test("a name that is no UTF-8, written in too many bytes, is dangerous")
    func overlongName() async throws {
        var member = Member("", [])
        member.name = [0xC0, 0xAE, 0xC0, 0xAE, 0x2F, 0x78]
        let finding = try await ZipArchive.inspect(SampleFile(Self.checkpoint(more: [member]).bytes))
        #expect(finding.verdict == .dangerous)
    }

    static let others: [(String, SampleZip, String, Finding.Verdict)] = [
        ("arrays", SampleZip([Member("a.npy", Samples.npy)]), "numpy", .safe),
        ("arrays, deflated", SampleZip([.deflated("a.npy", Samples.npy)]), "numpy", .safe),
        (
            "an array of objects", SampleZip([Member("a.npy", Samples.npy), Member("b.npy", Samples.npyObjects)]),
            "numpy", .dangerous
        ),
        ("a pickle called an array", SampleZip([Member("a.npy", Samples.evil4)]), "numpy", .dangerous),
        ("no array", SampleZip([Member("a.npy", [1])]), "numpy", .unknown),
        ("texts", SampleZip([Member("a.txt", [0x41])]), "zip", .unknown),
        ("a harmless pickle", SampleZip([Member("a.pkl", Samples.array5)]), "zip", .safe),
    ]

    @Test("a zip is read as what is in it", arguments: others)
    func otherZips(what: String, zip: SampleZip, format: String, verdict: Finding.Verdict) async throws {
        let finding = try await ZipArchive.inspect(SampleFile(zip.bytes))
        #expect(finding.format == format)
        #expect(finding.verdict == verdict, "\(finding.reasons)")
    }

    @Test("what has no directory is no zip", arguments: [[], [0x50, 0x4B, 3, 4], [UInt8](repeating: 0, count: 100)])
    func noDirectory(bytes: [UInt8]) async throws {
        #expect(
            try await TorchArchive.inspect(SampleFile(bytes))
                == Finding(format: "pytorch", verdict: .malformed, reasons: ["it has no directory at its end"]))
    }

    @Test("a member that is not packed is a file of its own")
    func storedMember() async throws {
        let zip = SampleZip([Member("a", [1, 2, 3, 4]), .deflated("b", [5, 6])])
        let archive = try await ZipArchive.open(SampleFile(zip.bytes))
        let stored = try #require(archive.stored(archive.members[0]))
        #expect(stored.size == 4)
        #expect(try await stored.read(1..<3) == [2, 3])
        await #expect(throws: InspectionError.unreadable("bytes 1..<5 of 4 were asked for")) {
            try await stored.read(1..<5)
        }
        #expect(archive.stored(archive.members[1]) == nil)
        var stream = try #require(archive.stream(of: archive.members[1]))
        #expect(try await stream.next() == [5, 6])
        #expect(try await stream.next() == nil)
    }

    @Test("members that share bytes are noticed")
    func overlap() async throws {
        let inner = Member("b", [7])
        let outer = Member("a", [0] + SampleZip([inner]).bytes.prefix(32))
        for (place, reasons) in [(32, ["its members overlap"]), (nil, [])] {
            var shifted = inner
            shifted.place = place
            let archive = try await ZipArchive.open(SampleFile(SampleZip([outer, shifted]).bytes))
            #expect(archive.evidence.finding(format: "zip").reasons == reasons)
        }
    }

    // Limits from both sides.

    static let limits: [(String, @Sendable (inout InspectionLimits, Int) -> Void, Int, String)] = [
        ("members", { $0.members = $1 }, 3, "it has more than 2 members"),
        (
            "bytes of the directory", { $0.directoryBytes = UInt64($1) }, 3 * 46 + 16 + 14 + 15,
            "its directory is larger than 182 bytes"
        ),
        ("bytes of a name", { $0.nameBytes = $1 }, 16, "it has a name of more than 15 bytes"),
    ]

    @Test("what is beyond a limit is not safe, what is within it is", arguments: limits)
    func bounds(
        limit: String, lower: @Sendable (inout InspectionLimits, Int) -> Void, bound: Int, reason: String
    ) async throws {
        let file = SampleFile(Self.checkpoint().bytes)
        var limits = InspectionLimits()
        lower(&limits, bound)
        #expect(try await TorchArchive.inspect(file, limits: limits).verdict == .safe)
        lower(&limits, bound - 1)
        let finding = try await TorchArchive.inspect(file, limits: limits)
        #expect(finding.verdict != .safe)
        #expect(finding.reasons.contains(reason), "\(finding.reasons)")
    }

    @Test("what unpacks to much more than it is, is not safe")
    func expansion() async throws {
        var zeros = Member("archive/x.npy", Samples.zeros)
        (zeros.method, zeros.plainSize) = (8, 100_000)
        let file = SampleFile(Self.checkpoint(more: [zeros]).bytes)
        var limits = InspectionLimits()
        limits.harmlessBytes = 100_500
        limits.expansion = 50
        #expect(try await TorchArchive.inspect(file, limits: limits).verdict == .safe)
        limits.harmlessBytes = 100_000
        #expect(try await TorchArchive.inspect(file, limits: limits).reasons.count == 1)
        limits.expansion = 100_000
        #expect(try await TorchArchive.inspect(file, limits: limits).verdict == .safe)
    }

    @Test("the members together inflate to no more than allowed")
    func budget() async throws {
        let two = SampleZip([.deflated("a.pkl", Samples.array5), .deflated("b.pkl", Samples.array5)])
        var limits = InspectionLimits()
        limits.inflatedBytes = UInt64(2 * Samples.array5.count)
        #expect(try await ZipArchive.inspect(SampleFile(two.bytes), limits: limits).verdict == .safe)
        limits.inflatedBytes -= 1
        let finding = try await ZipArchive.inspect(SampleFile(two.bytes), limits: limits)
        #expect(finding.verdict == .malformed)
        #expect(finding.reasons.first == "b.pkl: it inflates to more bytes than are looked at")
    }
}
