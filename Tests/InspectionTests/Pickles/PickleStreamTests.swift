import Models
import Testing

@testable import Inspection

@Suite("Pickles")
struct PickleStreamTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let what: String
        let bytes: [UInt8]
        let verdict: Finding.Verdict
        var reasons: [String]?

        init(_ what: String, _ text: String, _ verdict: Finding.Verdict, _ reasons: [String]? = nil) {
            self.init(what, text.unicodeScalars.map { UInt8($0.value) }, verdict, reasons)
        }

        init(_ what: String, _ bytes: [UInt8], _ verdict: Finding.Verdict, _ reasons: [String]? = nil) {
            (self.what, self.bytes, self.verdict, self.reasons) = (what, bytes, verdict, reasons)
        }

        var testDescription: String { what }
    }

    static let runs = "which can run code or reach the system"
    static let harmless = [
        Row("a number of protocol 0", "I5\n.", .safe),
        Row("a list of protocol 2", "\u{80}\u{2}]q\0(K\u{1}K\u{2}e.", .safe),
        Row("a set", "c__builtin__\nset\n((lI1\natR.", .safe),
        Row(
            "bytes as protocol 2 writes them", "\u{80}\u{2}c_codecs\nencode\nX\u{1}\0\0\0aX\u{6}\0\0\0latin1\u{86}R.",
            .safe),
        Row("an ordered dictionary", "ccollections\nOrderedDict\n)R(X\u{1}\0\0\0aK\u{1}u.", .safe),
        Row("an estimator", Samples.scaler, .safe),
        Row("an array", Samples.array5, .safe),
        Row("a mark that is popped", "(0N.", .safe),
        Row("several", "I1\n.I2\n.I3\n.", .safe),
    ]

    static let hostile = [
        Row("an import by name", "cos\nsystem\n(S'id'\ntR.", .dangerous, ["it imports os.system, \(runs)"]),
        Row("an import whose result is popped", "cos\nsystem\n0N.", .dangerous, ["it imports os.system, \(runs)"]),
        Row("an import popped with a mark", "(cos\nsystem\n1N.", .dangerous),
        Row("by INST", "(S'id'\nios\nsystem\n.", .dangerous),
        Row("by OBJ", "(cos\nsystem\nS'id'\no.", .dangerous),
        Row("by protocol 4", Samples.evil4, .dangerous, ["it imports posix.system, \(runs)"]),
        Row(
            "names from the memo", "\u{80}\u{4}\u{8C}\u{2}os\u{94}\u{8C}\u{6}system\u{94}00h\0h\u{1}\u{93}.", .dangerous
        ),
        Row(
            "names from a memo in which a number was taken twice",
            "\u{8C}\u{2}osp0\np0\n\u{8C}\u{6}system\u{94}00h\0h\u{1}\u{93}.", .dangerous,
            ["it imports os.system, \(runs)"]),
        Row("names in escapes", "Vo\\u0073\nVsystem\n\u{93}.", .dangerous, ["it imports os.system, \(runs)"]),
        Row(
            "names in other escapes", "S'\\x6f\\163'\nS\"system\"\n\u{93}.", .dangerous,
            ["it imports os.system, \(runs)"]),
        Row(
            "a name that is computed", "cbuiltins\nstr\n)RS'system'\n\u{93}.", .dangerous,
            ["it imports something whose name it hides"]),
        Row("a way out of something harmless", "ctorch._utils\n_rebuild_tensor_v2.__globals__\n.", .dangerous),
        Row("through a harmless module", "clogging\nos.system\n.", .dangerous),
        Row(
            "cut off before STOP", "cos\nsystem\n(S'id'\ntR", .dangerous,
            ["it imports os.system, \(runs)", "it ends in the middle of a pickle"]),
        Row("broken after the call", "cos\nsystem\n(S'id'\ntR\u{FF}", .dangerous),
        Row("in a second pickle", "I1\n.cos\nsystem\n.", .dangerous),
        Row("behind a broken stack", "000cos\nsystem\n.", .dangerous),
        Row("at proto 2 by its old name", "\u{80}\u{2}ccommands\ngetoutput\n.", .dangerous),
    ]

    static let untold = [
        Row(
            "an import nobody knows", "cmymodule\nf\n)R.", .unknown,
            ["it imports mymodule.f, which is not known to be harmless"]),
        Row("an attribute of something harmless", "ccollections\nOrderedDict.fromkeys\n.", .unknown),
        Row(
            "a name that is equal only to Unicode",
            "csklearn.preprocessing._discretization\n\u{E2}\u{84}\u{AA}BinsDiscretizer\n.", .unknown),
        Row(
            "an import by number", "\u{80}\u{2}\u{82}\u{1}.", .unknown,
            ["it imports by a number, which only its loader can look up"]),
        Row(
            "a persistent object", "P17\n.", .unknown, ["it refers to objects beside it, which its loader has to find"]),
        Row("a persistent object of protocol 1", "K\u{1}Q.", .unknown),
        Row(
            "a call of a result", "cbuiltins\nset\n)R)R.", .unknown,
            ["it calls something that is no import, but a result"]),
        Row("a change of an import", "cbuiltins\nset\n}b.", .unknown, ["it changes builtins.set itself"]),
        Row(
            "a type of objects that says it is none", Samples.objectFlags, .unknown,
            ["it gives a type of arrays a state that NumPy does not write"]),
        Row("an array of structures", Samples.record, .unknown),
        Row("something behind the last pickle", "I1\n.\u{FF}", .unknown),
        Row("PyTorch made to call a class", "ctorch._tensor\n_rebuild_from_type_v2\n(cbuiltins\nset\nNNNtR.", .unknown),
    ]

    static let broken = [
        Row("nothing", "", .malformed, ["it is no pickle"]),
        Row("no instruction", "\u{FF}", .malformed, ["byte 255 is no instruction of a pickle"]),
        Row("cut off", "\u{80}\u{4}K", .malformed, ["it ends in the middle of a pickle"]),
        Row("an empty stack", "0.", .malformed),
        Row("an import whose module is not on the stack", "Vos\n\u{93}.", .malformed),
        Row("a number of the memo that is not there", "h\u{5}.", .malformed),
        Row("a mark that is not there", "t.", .malformed),
        Row("a protocol that does not exist", "\u{80}\u{9}N.", .malformed),
        Row("a negative length", "T\u{FF}\u{FF}\u{FF}\u{FF}N.", .malformed),
        Row("a length beyond the end", "\u{8E}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{7F}N.", .malformed),
        Row("an unknown import, and then an error", "cmymodule\nf\n", .malformed),
    ]

    @Test("each pickle gets the verdict it deserves", arguments: harmless + hostile + untold + broken)
    func verdicts(row: Row) async throws {
        let finding = try await PickleFile.inspect(SampleFile(row.bytes))
        #expect(finding.verdict == row.verdict, "\(finding.reasons)")
        if let reasons = row.reasons { #expect(finding.reasons == reasons) }
        if row.verdict == .safe { #expect(finding.reasons == []) }
    }

    @Test("it does not matter in what portions a pickle comes", arguments: harmless + hostile + untold + broken)
    func portions(row: Row) {
        var whole = PickleStream(.plain)
        whole.append(row.bytes)
        whole.finish()
        for size in [1, 2, 3, 7] {
            var parts = PickleStream(.plain)
            for start in stride(from: 0, to: row.bytes.count, by: size) {
                parts.append(Array(row.bytes[start..<min(row.bytes.count, start + size)]))
            }
            parts.finish()
            #expect(parts.evidence == whole.evidence, "portions of \(size)")
            #expect(parts.imports == whole.imports)
        }
    }

    @Test("what was imported is listed once, in its order")
    func imports() {
        var stream = PickleStream(.plain)
        stream.append(Array("ca\nb\n0cc\nd\n0ca\nb\n.".utf8))
        stream.finish()
        #expect(stream.imports == [PickleImport("a", "b"), PickleImport("c", "d")])
    }

    // Files of PyTorch and joblib.

    static let torch =
        "\u{80}\u{2}ccollections\nOrderedDict\n)R(X\u{1}\0\0\0wctorch._utils\n_rebuild_tensor_v2\n"
        + "((X\u{7}\0\0\0storagectorch\nFloatStorage\nX\u{1}\0\0\00X\u{3}\0\0\0cpuK\u{6}tQK\0K\u{2}\u{85}K\u{1}\u{85}"
        + "\u{89}ccollections\nOrderedDict\n)RtRu"
    static let magic = "\u{80}\u{2}\u{8A}\nl\u{FC}\u{9C}F\u{F9} j\u{A8}P\u{19}.\u{80}\u{2}M\u{E9}\u{3}.\u{80}\u{2}}."

    static let files = [
        Row("an old file of PyTorch", magic + torch + ".]X\u{1}\0\0\00a.\u{1}\u{2}\u{FF}", .safe),
        Row("the same with an import", magic + torch + "cos\nsystem\n0.]X\u{1}\0\0\00a.\u{1}\u{2}\u{FF}", .dangerous),
        Row("the same cut off", magic + torch + ".", .malformed),
        Row(
            "without the magic number", torch + ".", .unknown,
            ["it refers to objects beside it, which its loader has to find"]),
    ]

    @Test("an old file of PyTorch is five pickles and then storages", arguments: files)
    func oldTorch(row: Row) async throws {
        let finding = try await PickleFile.inspect(SampleFile(row.bytes))
        #expect(finding.verdict == row.verdict, "\(finding.reasons)")
        #expect(finding.format == (row.what == "without the magic number" ? "pickle" : "pytorch"))
    }

    /// The state of an array of one number, whose eight bytes follow.
    static let described = "}(Vshape\n(tVdtype\ncnumpy\ndtype\n(Vf8\ntRu"

    static let joblib = [
        Row("an array between instructions", Samples.joblibArray, .safe),
        Row("what lies behind an array", Samples.joblibEvil, .dangerous, ["it imports posix.system, \(runs)"]),
        Row("an array of objects", Samples.joblibObjects, .safe),
        Row("packed with zlib", Samples.joblibZlib, .safe),
        Row("packed with gzip", Samples.joblibGzip, .safe),
        Row(
            "an old array, without padding",
            "cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\u{81}\(described)b\u{FF}0123456.", .safe),
        Row(
            "a description made with arguments",
            "cjoblib.numpy_pickle\nNumpyArrayWrapper\n(NtR\(described)b\u{FF}0123456.",
            .unknown, ["it cannot be told how many bytes of an array lie between its instructions"]),
        Row("packed twice, the second cut off", Samples.joblibZlib + Samples.joblibZlib.prefix(10), .malformed),
        Row("packed and cut off", Array(Samples.joblibZlib.dropLast(20)), .malformed),
        Row(
            "packed with xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], .unknown,
            ["it is packed with xz, which is not read here"]),
        Row(
            "packed with 7z", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .unknown,
            ["it is packed with 7z, which is not read here"]),
        Row(
            "an array without a description", "cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\u{81}}bN.", .unknown,
            ["it cannot be told how many bytes of an array lie between its instructions"]),
        Row(
            "a description made in another way",
            "ccopyreg\n_reconstructor\n(cjoblib.numpy_pickle\nNumpyArrayWrapper\ncbuiltins\nobject\nNtR}bN.", .unknown),
    ]

    @Test("bytes of arrays between the instructions of joblib are passed over, and no others", arguments: joblib)
    func joblibFiles(row: Row) async throws {
        let finding = try await JoblibFile.inspect(SampleFile(row.bytes))
        #expect(finding.verdict == row.verdict, "\(finding.reasons)")
        #expect(finding.format == "joblib")
        if let reasons = row.reasons { #expect(finding.reasons == reasons) }
    }
}
