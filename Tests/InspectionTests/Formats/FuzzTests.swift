import Models
import Testing

@testable import Inspection

/// Every reader, fed with damaged files. A trap ends the run; a read beyond the file, or too many of them, fails it.
@Suite struct FuzzTests {
    static let samples: [(name: String, bytes: [UInt8])] = [
        ("a.safetensors", SafetensorsSample.model), ("a.gguf", GGUFSample().bytes), ("a.onnx", ONNXSample.plain),
        (
            "b.onnx",
            ONNXSample.model(
                ONNXSample.graph(initializers: [ONNXSample.outside("a", [("location", "b"), ("offset", "1")])]))
        ),
        ("a.npy", NumPySample.array("[('a', '<f4'), ('b', '|u1', (2, 3))]", "(2,)", data: 20)),
        (
            "config.json",
            [UInt8](#"{"a":[1,-2.5e3,"\u00e9\n"],"auto_map":{"x":null},"chat_template":"{{ x|attr('y') }}"}"#)
        ),
        ("m.safetensors.index.json", [UInt8](#"{"metadata":{"t":1},"weight_map":{"a":"x","b":"y/z"}}"#)),
        ("c.jinja", [UInt8](#"{{ ''['\x5f\137\u005f\N{X}'] | attr('a') }}{% include x %}"#)),
    ]

    /// Numbers at which arithmetic breaks.
    private static let edges: [UInt64] = [
        0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 1 << 62, 1 << 63, .max,
    ]

    private static func mutate(_ bytes: [UInt8], _ generator: inout SplitMix) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: bytes.indices, using: &generator)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 2: bytes.removeLast(bytes.count - place)
            case 3: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
            case 4: bytes.remove(at: place)
            case 5:
                let edge = [UInt8](little: edges.randomElement(using: &generator) ?? 0)
                for (offset, byte) in edge.enumerated() where place + offset < bytes.count {
                    bytes[place + offset] = byte
                }
            case 6:
                let end = min(bytes.count, place + Int.random(in: 1...16, using: &generator))
                bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: bytes.indices, using: &generator))
            default: bytes.append(UInt8.random(in: 0...255, using: &generator))
            }
        }
        return bytes
    }

    @Test(arguments: samples)
    func `damaged files give a finding, with bounded work`(name: String, bytes: [UInt8]) async throws {
        var generator = SplitMix(state: UInt64(bytes.count))
        var verdicts: [Finding.Verdict: Int] = [:]
        for round in 0..<4_000 {
            let source = CountingBytes(Self.mutate(bytes, &generator))
            let finding = try await ModelFile.inspect(source, named: name)
            verdicts[finding.verdict, default: 0] += 1
            #expect(source.reads <= 32, "round \(round)")
            #expect(finding.reasons.count <= 20 && finding.facts.attributes.count <= 50, "round \(round)")
            #expect(finding.reasons.allSatisfy { $0.unicodeScalars.count <= 200 }, "round \(round)")
            #expect(finding.reasons.isEmpty == (finding.verdict == .safe), "round \(round)")
            for range in finding.facts.tensors.compactMap(\.bytes) { #expect(range.upperBound <= source.size) }
        }
        #expect(verdicts.count > 1, "\(verdicts): the damage changes nothing")
    }

    @Test(arguments: samples)
    func `damaged files with another name give a finding`(name: String, bytes: [UInt8]) async throws {
        var generator = SplitMix(state: 99)
        for other in ["a", "a.safetensors", "a.onnx", "a.npy", "a.json", "a.pkl", "a.py"] {
            for _ in 0..<200 {
                let source = CountingBytes(Self.mutate(bytes, &generator))
                _ = try await ModelFile.inspect(source, named: other)
                #expect(source.reads <= 32)
            }
        }
    }

    /// Readers that are called on what is not theirs: an archive's member need not be what its name says.
    @Test func `every reader bears every sample`() async throws {
        let readers = [Formats.safetensors, Formats.index, Formats.gguf, Formats.onnx, Formats.numpy, Formats.json]
        var generator = SplitMix(state: 4)
        for (reader, sample) in readers.flatMap({ reader in Self.samples.map { (reader, $0) } }) {
            for _ in 0..<300 { _ = try await refusal(reader, Self.mutate(sample.bytes, &generator)) }
        }
    }
}
