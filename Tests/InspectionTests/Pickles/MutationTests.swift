import Models
import Testing

@testable import Inspection

/// Every valid file, changed some thousand times: nothing traps, and what is read is bounded.
@Suite("Mutations")
struct MutationTests {
    static let tar: [UInt8] = {
        var tar = SampleTar()
        tar.extend([("path", "b.pkl"), ("size", "2")])
        tar.add("a.pkl", Array("N.".utf8))
        tar.add("l", kind: "2", link: "a")
        return tar.closed
    }()

    enum Reader: CaseIterable { case pickle, joblib, zip, torch, numpy, keras, tar, hdf5 }

    static let samples: [(Reader, [[UInt8]])] = [
        (.pickle, [Samples.array5, Samples.scaler, Samples.record] + PickleStreamTests.files.map(\.bytes)),
        (.joblib, [Samples.joblibArray, Samples.joblibObjects, Samples.joblibZlib, Samples.joblibGzip]),
        (.zip, [SampleZip([.deflated("a.pkl", Samples.array5), .init("b", [1])]).bytes]),
        (.torch, [ZipArchiveTests.checkpoint().bytes, ZipArchiveTests.checkpoint { $0.isLarge = true }.bytes]),
        (.numpy, [SampleZip([.init("a.npy", Samples.npy), .deflated("b.npy", Samples.npy)]).bytes]),
        (
            .keras,
            [KerasArchiveTests.model(#"{"module": "keras.layers", "class_name": "Dense", "config": {"a": [1]}}"#)]
        ),
        (.tar, [tar]),
        (.hdf5, [KerasArchiveTests.magic + Array(#""class_name": "Dense""#.utf8)]),
    ]

    @Test("a changed file is read to a finding", arguments: samples)
    func mutations(reader: Reader, files: [[UInt8]]) async throws {
        var limits = InspectionLimits()
        limits.chunkBytes = 64
        limits.headBytes = 256
        limits.inflatedBytes = 100_000
        limits.memoEntries = 10_000
        limits.stackDepth = 10_000
        var dice = Dice(seed: 20_261_126)
        for file in files {
            for _ in 0..<3_000 {
                let bytes = dice.mutate(file)
                let source = SampleFile(bytes)
                let finding = try await inspect(reader, source, limits)
                #expect(finding.verdict == .safe ? finding.reasons.isEmpty : !finding.reasons.isEmpty)
                #expect(finding.reasons.count <= 20)
                #expect(source.readBytes <= 4 * bytes.count + 1_000_000)
            }
        }
    }

    private func inspect(
        _ reader: Reader, _ source: SampleFile, _ limits: InspectionLimits
    ) async throws -> Finding {
        switch reader {
        case .pickle: try await PickleFile.inspect(source, limits: limits)
        case .joblib: try await JoblibFile.inspect(source, limits: limits)
        case .zip: try await ZipArchive.inspect(source, limits: limits)
        case .torch: try await TorchArchive.inspect(source, limits: limits)
        case .numpy: try await NumPyArchive.inspect(source, limits: limits)
        case .keras: try await KerasArchive.inspect(source, limits: limits)
        case .tar: try await TarArchive.inspect(source, limits: limits)
        case .hdf5: try await HDF5File.inspect(source, limits: limits)
        }
    }

    @Test("instructions by chance are followed to an end")
    func chance() {
        let opcodes = (0...255).compactMap { PickleOpcode(rawValue: $0)?.rawValue }
        var dice = Dice(seed: 7)
        for _ in 0..<5_000 {
            var stream = PickleStream(dice.below(2) == 0 ? .joblib : .torch)
            stream.append(
                (0..<200).map { _ in
                    dice.below(8) == 0 ? UInt8(truncatingIfNeeded: dice.below(12)) : opcodes[dice.below(opcodes.count)]
                })
            stream.finish()
            #expect(stream.isDone)
        }
    }

    @Test("texts by chance are scanned to an end")
    func texts() {
        var dice = Dice(seed: 9)
        let words = [
            "password", "\"", "=", "sk-", "ghp_", "-----BEGIN ", "AKIA", "\n", "eyJ", ".", "aB3dE5gH7jK9mN1p", "'", "_",
        ]
        for _ in 0..<2_000 {
            var scan = SecretScan()
            for _ in 0..<20 { scan.append(Array(words[dice.below(words.count)].utf8)) }
            #expect(scan.finish().allSatisfy { $0.line >= 1 && $0.line <= 21 })
        }
    }
}
