import Models
import Testing

@testable import Inspection

@Suite struct NumPyTests {
    private typealias Sample = NumPySample

    @Test(arguments: [1, 2, 3] as [UInt8]) func `an array of numbers is safe`(version: UInt8) async throws {
        let bytes = Sample.array("'<f4'", "(2, 3)", data: 24, version: version)
        let finding = try await Formats.numpy(bytes, .standard)
        var facts = Facts()
        facts.attributes = ["fortran_order": "false"]
        let size = UInt64(bytes.count)
        facts.tensors = [Facts.Tensor(name: "array", dtype: "<f4", shape: [2, 3], bytes: size - 24..<size)]
        #expect(finding == Finding(format: "numpy", verdict: .safe, facts: facts))
    }

    static let sizes: [(descr: String, shape: String, data: Int)] = [
        ("'|b1'", "(3,)", 3), ("'>i8'", "(2,)", 16), ("'<c16'", "()", 16), ("'<U3'", "(2,)", 24), ("'|S5'", "(2,)", 10),
        ("'|V3'", "(2,)", 6), ("'|S0'", "(9,)", 0), ("'<M8[ns]'", "(2,)", 16), ("'<m8[25s]'", "(1,)", 8),
        ("'<f2'", "(0, 7)", 0), ("'<f16'", "(1,)", 16), ("[('a', '<f4'), ('b', '|u1', (2, 3))]", "(2,)", 20),
        ("[(('title', 'a'), '<i2'), ('', '|V6')]", "(1,)", 8), ("[('a', [('x', '<f8'), ('y', '<f8')])]", "(3,)", 48),
        ("[('a', '<f4', 3)]", "(1,)", 12), ("[('a', ('<f4', (2, 2)))]", "(2,)", 32),
        (#"[('\'\u00e4"', '<f4')]"#, "(1,)", 4),
        ("[]", "(5,)", 0), ("\"<f4\"", "(2L,)", 8),
    ]

    @Test(arguments: sizes)
    func `each type has its size, and no other`(descr: String, shape: String, data: Int) async throws {
        #expect(try await Formats.numpy(Sample.array(descr, shape, data: data), .standard).verdict == .safe)
        #expect(try await refusal(Formats.numpy, Sample.array(descr, shape, data: data + 1)) != nil)
        if data > 0 { #expect(try await refusal(Formats.numpy, Sample.array(descr, shape, data: data - 1)) != nil) }
    }

    @Test(
        arguments: [
            "'|O'", "'O'", "'|O8'", "[('a', '<f4'), ('b', '|O')]", "[('a', [('x', '|O', (2,))])]",
            "[('a', ('|O', (2,)))]",
        ])
    func `objects are dangerous wherever they are`(descr: String) async throws {
        let finding = try await Formats.numpy(Sample.array(descr, "(1,)", data: 30), .standard)
        #expect(finding.verdict == .dangerous)
        #expect(finding.reasons == ["it holds Python objects, as a pickle: loading it (allow_pickle) can run any code"])
        #expect(finding.facts.tensors.map(\.bytes) == [nil])
    }

    static let refused: [[UInt8]] = [
        [], [0x93], [UInt8]("NUMPYx"), Sample.file("", data: 0), Sample.file("[]", data: 0), Sample.file("{}", data: 0),
        Sample.array("'<f4'", "(2)", data: 8), Sample.array("'<f4'", "[2]", data: 8),
        Sample.array("'<f4'", "(-1,)", data: 8),
        Sample.array("'<f4'", "('2',)", data: 8), Sample.array("'<f4'", "(True,)", data: 4),
        Sample.array("'<f5'", "(1,)", data: 5), Sample.array("'<x4'", "(1,)", data: 4),
        Sample.array("''", "(1,)", data: 4),
        Sample.array("'<f'", "(1,)", data: 4), Sample.array("'<f4x'", "(1,)", data: 4),
        Sample.array("'<f4[ns]'", "(1,)", data: 4),
        Sample.array("4", "(1,)", data: 4), Sample.array("('<f4',)", "(1,)", data: 4),
        Sample.array("('<f4', (2,))", "(1,)", data: 8),
        Sample.array("['<f4']", "(1,)", data: 4),
        Sample.array("[('a',)]", "(1,)", data: 4), Sample.array("[(1, '<f4')]", "(1,)", data: 4),
        Sample.array("[('a', '<f4', (-1,))]", "(1,)", data: 4),
        Sample.array("'<f4'", "(4294967296, 4294967296)", data: 0),
        Sample.array("'|V2147483648'", "(0,)", data: 0),
        Sample.array("[('a', '|V2000000000', (9000000000, 9000000000))]", "(0,)", data: 0),
        Sample.file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}", data: 4),
        Sample.file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'shape': (1,)}", data: 4),
        Sample.file("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", data: 4),
        Sample.file("{'descr': '<f4', 'fortran_order': False}", data: 4),
        Sample.file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", data: 4),
        Sample.file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,) 'x': 1}", data: 4),
        Sample.file("{'descr': '<f4' + '', 'fortran_order': False, 'shape': (1,)}", data: 4),
        Sample.file("{'descr': __import__('os'), 'fortran_order': False, 'shape': (1,)}", data: 4),
        Sample.array("'<f4'", "(9223372036854775808,)", data: 4), Sample.array("'<f4", "(1,)", data: 4),
        Sample.array("'<f4'", "(1,,)", data: 4), Sample.array("'<f4'", "(,)", data: 4),
        Sample.array("'<f\\4'", "(1,)", data: 4),
        Sample.array("'<f4'", "(1,)", data: 4, version: 4), Sample.array("'<f4'", "(1,)", data: 4, version: 0),
    ]

    @Test(arguments: refused) func `what is no array is refused`(bytes: [UInt8]) async throws {
        #expect(try await refusal(Formats.numpy, bytes) != nil)
    }

    @Test func `each cut of a file is refused`() async throws {
        for count in Sample.floats.indices {
            #expect(try await refusal(Formats.numpy, Array(Sample.floats[..<count])) != nil)
        }
    }

    @Test func `each limit holds on both sides`() async throws {
        let header = UInt64(Sample.floats.count - 24 - 10)
        #expect(try await refusal(Formats.numpy, Sample.floats, limits { $0.arrayHeaderBytes = header }) == nil)
        #expect(try await refusal(Formats.numpy, Sample.floats, limits { $0.arrayHeaderBytes = header - 1 }) != nil)
        #expect(try await refusal(Formats.numpy, Sample.floats, limits { $0.dimensions = 2 }) == nil)
        #expect(try await refusal(Formats.numpy, Sample.floats, limits { $0.dimensions = 1 }) != nil)
        // A list, a tuple in it, and a type in that: three for a level, and the first begins at 1.
        func nested(_ levels: Int) -> [UInt8] {
            var descr = "'<f4'"
            for _ in 0..<levels { descr = "[('a', \(descr))]" }
            return Sample.array(descr, "(1,)", data: 4)
        }
        #expect(try await refusal(Formats.numpy, nested(15)) == nil)
        #expect(try await refusal(Formats.numpy, nested(16)) == "its header is nested deeper than 32")
    }
}
