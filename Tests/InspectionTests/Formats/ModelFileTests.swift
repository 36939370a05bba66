import Models
import Testing

@testable import Inspection

@Suite struct ModelFileTests {
    private func inspect(_ name: String, _ bytes: [UInt8]) async throws -> Finding {
        try await ModelFile.inspect(MemoryBytes(bytes), named: name)
    }

    static let rows: [(name: String, bytes: [UInt8], format: String, verdict: Finding.Verdict)] = [
        ("a.safetensors", SafetensorsSample.model, "safetensors", .safe), ("a.gguf", GGUFSample().bytes, "gguf", .safe),
        ("a.onnx", ONNXSample.plain, "onnx", .safe), ("a.npy", NumPySample.floats, "numpy", .safe),
        ("config.json", [UInt8]("{}"), "json", .safe), ("README.md", [UInt8]("hello"), "text", .safe),
        ("m.safetensors.index.json", [UInt8](#"{"weight_map":{}}"#), "safetensors index", .safe),
        ("config.json", [UInt8]("{"), "json", .malformed), ("a.safetensors", GGUFSample().bytes, "gguf", .malformed),
        ("a.safetensors", [UInt8]("hello"), "text", .malformed), ("a.gguf", [0], "unknown", .malformed),
        ("a.gguf", SafetensorsSample.model, "safetensors", .unknown),
        ("modeling.py", [UInt8]("import os"), "text", .unknown),
        ("chat_template.jinja", [UInt8]("{{ x }}"), "text", .safe),
        ("chat_template.jinja", [UInt8]("{{ x.__class__ }}"), "text", .dangerous),
        ("a.h5", [0x89] + [UInt8]("HDF"), "hdf5", .malformed),
        ("a.7z", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7z", .unknown),
        ("a.pkl", [0x80, 4, 0x2E], "pickle", .malformed),
        ("a.dat", [0, 1], "unknown", .unknown),
        ("a.safetensors", Array(SafetensorsSample.model.dropLast()), "safetensors", .malformed),
        ("a.txt", NumPySample.array("'|O'", "(1,)", data: 4), "numpy", .dangerous),
    ]

    @Test(arguments: rows)
    func `a file is read as what it is`(
        name: String, bytes: [UInt8], format: String, verdict: Finding.Verdict
    ) async throws {
        let finding = try await inspect(name, bytes)
        #expect(finding.format == format)
        #expect(finding.verdict == verdict)
        #expect(finding.reasons.isEmpty == (verdict == .safe))
    }

    /// A pickle that imports what `name` says.
    private static func pickle(importing name: String) -> [UInt8] { [0x80, 2] + [UInt8]("c\(name)\n.") }

    @Test(
        arguments: [
            ([0x80, 4, 0x4E, 0x2E], .malformed), (pickle(importing: "some\nthing"), .malformed),
            (pickle(importing: "os\nsystem"), .dangerous),
        ] as [([UInt8], Finding.Verdict)])
    func `a pickle called safetensors is told as what it is, and never safe`(
        bytes: [UInt8], verdict: Finding.Verdict
    ) async throws {
        let finding = try await inspect("a.safetensors", bytes)
        #expect(finding.format == "pickle")
        #expect(finding.verdict == verdict)
        #expect(finding.reasons.first == "its name says safetensors, but it is pickle")
    }

    @Test(
        arguments: [
            ("a.pkl", [0x80, 4, 0x2E], "pickle", .malformed), ("a.bin", [0x80, 4, 0x4E, 0x2E], "pickle", .safe),
            ("a", [0x80, 4, 0x2E], "pickle", .unknown), ("a.gguf", [0x80, 4, 0x2E], "pickle", .malformed),
            ("a.bin", [1, 2, 3], "pickle", .unknown), ("a.pkl", [1, 2, 3], "pickle", .malformed),
            ("a.pkl", pickle(importing: "os\nsystem"), "pickle", .dangerous),
            ("a.joblib", pickle(importing: "os\nsystem"), "joblib", .dangerous),
        ] as [(String, [UInt8], String, Finding.Verdict)])
    func `pickles are read by what they import, and anything may be called bin`(
        name: String, bytes: [UInt8], format: String, verdict: Finding.Verdict
    ) async throws {
        let finding = try await inspect(name, bytes)
        #expect(finding.format == format)
        #expect(finding.verdict == verdict)
    }

    @Test func `storage that is away is an error`() async {
        await #expect(throws: InspectionError.unreadable("away")) {
            try await ModelFile.inspect(AbsentBytes(), named: "a.safetensors")
        }
    }

    @Test func `a template's length is limited on both sides`() async throws {
        let small = limits { $0.templateBytes = 7 }
        for (text, verdict) in [("1234567", Finding.Verdict.safe), ("12345678", .unknown)] {
            let bytes = MemoryBytes([UInt8](text))
            #expect(try await ModelFile.inspect(bytes, named: "a.jinja", limits: small).verdict == verdict)
        }
    }

    @Test func `weights that are no pickle are not taken for a dangerous one`() async throws {
        var generator = SplitMix(state: 20_261_127)
        var found: [Finding.Verdict: Int] = [:]
        var reasons: [String: Int] = [:]
        for _ in 0..<20_000 {
            let bytes = (0..<600).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let finding = try await ModelFile.inspect(MemoryBytes(bytes), named: "weights.bin")
            found[finding.verdict, default: 0] += 1
            if finding.verdict != .unknown {
                for reason in finding.reasons { reasons[String(reason.prefix(60)), default: 0] += 1 }
            }
        }
        #expect(found == [.unknown: 20_000], "\(found) \(reasons)")
    }
}
