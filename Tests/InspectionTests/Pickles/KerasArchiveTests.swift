import Models
import Testing

@testable import Inspection

@Suite("Models of Keras")
struct KerasArchiveTests {
    static let weights = "its weights are HDF5, which is not read here"

    static func model(_ configuration: String) -> [UInt8] {
        SampleZip([
            .deflated("config.json", Array(configuration.utf8)), SampleZip.Member("metadata.json", Array("{}".utf8)),
            SampleZip.Member("model.weights.h5", [0x89, 0x48, 0x44, 0x46]),
        ]).bytes
    }

    static let rows: [(String, Finding.Verdict)] = [
        (#"{"module": "keras", "class_name": "X"}"#, .unknown),
        (#"{"module": "keras.layers", "class_name": "Dense", "config": {"activation": "relu"}}"#, .unknown),
        (#"{"module": "builtins", "class_name": "function", "config": "relu"}"#, .unknown),
        (#"{"class_name": "Package>Mine", "registered_name": "Package>Mine"}"#, .unknown),
        (#"{"module": "keras.layers", "class_name": "Lambda", "config": {}}"#, .dangerous),
        (#"{"class_name": "Lambda"}"#, .dangerous),
        (#"{"class_name":"Lambd\u0061"}"#, .dangerous),
        (#"{"class_name": "__lambda__", "config": {"value": "4wEAAA=="}}"#, .dangerous),
        (#"{"config": {"__lambda__": 1}}"#, .dangerous),
        (#"{"module": "os", "class_name": "system", "config": "id"}"#, .dangerous),
        (#"{"config": {"a": [{"module": "subprocess", "class_name": "Popen"}]}}"#, .dangerous),
        (#"{"module": "keras.layers", "class_name": "Dense", "module": "os"}"#, .dangerous),
        (#"{"module": "builtins", "class_name": "function", "config": "eval"}"#, .dangerous),
        (#"{"module": "keras.utils", "class_name": "function", "config": "get_file"}"#, .unknown),
        (#"{"module": "keras.layers", "class_name": "TorchModuleWrapper"}"#, .dangerous),
        (#"{"a": "class_name", "b": "Lambda"}"#, .unknown),
        (#"{"a": [1}"#, .malformed),
        (#"{"a": {"#, .malformed),
        (#"{"a": "b"#, .malformed),
        (#"}"#, .malformed),
        (#"{"a": "\ud8"}"#, .malformed),
    ]

    @Test("a configuration is judged by the classes that it names", arguments: rows)
    func configurations(configuration: String, verdict: Finding.Verdict) async throws {
        for finding in [
            try await KerasArchive.inspect(SampleFile(Self.model(configuration))),
            try await ZipArchive.inspect(SampleFile(Self.model(configuration))),
        ] {
            #expect(finding.verdict == verdict, "\(finding.reasons)")
            #expect(finding.format == "keras")
            #expect(finding.reasons.last == Self.weights)
        }
    }

    @Test("of a plain model only the weights are unknown")
    func plainModel() async throws {
        let configuration = #"{"module":"keras","class_name":"X","config":[{"module":"keras.src.models.functional"}]}"#
        let plain = configuration.replacing(#""keras""#, with: #""keras.layers""#)
        #expect(try await KerasArchive.inspect(SampleFile(Self.model(plain))).reasons == [Self.weights])
        #expect(try await KerasArchive.inspect(SampleFile(Self.model(configuration))).reasons.count == 2)
    }

    @Test("a model of Keras that is also a checkpoint of PyTorch is judged as both")
    func twoKinds() async throws {
        let layer = #"{"class_name": "Lambda"}"#
        for (configuration, verdict) in [(layer, Finding.Verdict.dangerous), ("{}", .unknown)] {
            let zip = ZipArchiveTests.checkpoint(more: [.init("config.json", Array(configuration.utf8))]) {
                $0.members.remove(at: 1)
            }
            let finding = try await ZipArchive.inspect(SampleFile(zip.bytes))
            #expect(finding.format == "zip")
            #expect(finding.verdict == verdict)
            #expect(finding.reasons.contains("it can be read as files of several kinds"))
        }
    }

    @Test("a configuration in UTF-16 is not taken for a plain one")
    func wideConfiguration() {
        let wide = #"{"class_name": "Dense"}"#.utf8.flatMap { [$0, UInt8(0)] }
        #expect(KerasConfiguration.evidence(of: wide, limits: .standard).verdict == .unknown)
    }

    @Test("a configuration nested or long beyond the limits is malformed, within them it is not")
    func limits() async throws {
        let file = SampleFile(Self.model("[[[[]]]]"))
        var limits = InspectionLimits()
        for (depth, bytes, verdict) in [(4, 8, Finding.Verdict.unknown), (3, 8, .malformed), (4, 7, .malformed)] {
            limits.configurationDepth = depth
            limits.configurationBytes = bytes
            #expect(try await KerasArchive.inspect(file, limits: limits).verdict == verdict)
        }
    }

    @Test("a model without a configuration is malformed")
    func noConfiguration() async throws {
        let zip = SampleZip([SampleZip.Member("metadata.json", [])])
        #expect(try await KerasArchive.inspect(SampleFile(zip.bytes)).reasons.first == "it has no config.json")
    }

    static let magic: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

    @Test(
        "a layer that runs code is found in HDF5",
        arguments: [
            (#"{"class_name": "Lambda", "config""#, Finding.Verdict.dangerous), (#""class_name":"Lambda""#, .dangerous),
            (#""class_name" : "TFSMLayer""#, .dangerous), (#""class_name": "LambdaCallback""#, .unknown),
            (#""name": "Lambda""#, .unknown), ("", .unknown),
        ])
    func hdf5(text: String, verdict: Finding.Verdict) async throws {
        var limits = InspectionLimits()
        limits.chunkBytes = 16
        for padding in 0..<20 {
            let bytes = Self.magic + [UInt8](repeating: 0, count: padding) + Array(text.utf8)
            #expect(try await HDF5File.inspect(SampleFile(bytes), limits: limits).verdict == verdict)
        }
    }

    @Test("HDF5 is searched from both of its ends, as far as the limit says")
    func searched() async throws {
        var limits = InspectionLimits()
        let layer = Array(#""class_name": "Lambda""#.utf8)
        let (zeros, count) = ([UInt8](repeating: 0, count: 1_000), UInt64(layer.count))
        let begins = SampleFile(Self.magic + layer + zeros)
        let ends = SampleFile(Self.magic + zeros + layer)
        for (file, bound) in [(begins, count + 8), (ends, count)] {
            limits.searchedBytes = bound
            #expect(try await HDF5File.inspect(file, limits: limits).verdict == .dangerous)
            limits.searchedBytes = bound - 1
            #expect(try await HDF5File.inspect(file, limits: limits).verdict == .unknown)
        }
    }

    @Test("what does not begin as HDF5 is malformed")
    func noHDF5() async throws {
        #expect(try await HDF5File.inspect(SampleFile([1])).verdict == .malformed)
    }
}
