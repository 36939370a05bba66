import Models
import Testing

@testable import Inspection

@Suite struct SafetensorsIndexTests {
    private static let text =
        #"{"metadata":{"total_size":123,"more":[1,{"x":2}],"by":"me"},"weight_map":{"#
        + #""a":"model-1.safetensors","b":"sub/model-2.safetensors","c":"model-1.safetensors"}}"#

    private func facts(_ names: [String]) -> Facts {
        var facts = Facts()
        facts.tensors = names.map { Facts.Tensor(name: $0, dtype: "F32", shape: [], bytes: nil) }
        return facts
    }

    @Test func `its shards become companions`() async throws {
        let finding = try await Formats.index([UInt8](Self.text), .standard)
        var facts = Facts()
        facts.companions = ["model-1.safetensors", "sub/model-2.safetensors"]
        facts.attributes = ["total_size": "123", "by": "me"]
        #expect(finding == Finding(format: "safetensors index", verdict: .safe, facts: facts))
    }

    @Test func `shards that hold what the index says have no problems`() async throws {
        let index = try await SafetensorsIndex(MemoryBytes([UInt8](Self.text)))
        let shards = ["model-1.safetensors": facts(["c", "a"]), "sub/model-2.safetensors": facts(["b"])]
        #expect(index.problems(shards: shards) == [])
    }

    @Test func `what does not fit is told`() async throws {
        let index = try await SafetensorsIndex(MemoryBytes([UInt8](Self.text)))
        #expect(
            index.problems(shards: ["model-1.safetensors": facts(["a", "d"]), "other": facts(["x"])]) == [
                "the shard “model-1.safetensors” lacks the tensor “c”",
                "the shard “model-1.safetensors” has the tensor “d”, which the index does not name",
                "the shard “sub/model-2.safetensors” is missing",
            ])
        let many = index.problems(shards: ["model-1.safetensors": facts((0..<100).map { "t\($0)" })])
        #expect(many.count == 20)
        #expect(many.last == "and more")
    }

    @Test func `names of tensors and shards are compared by their bytes`() async throws {
        let index = try await SafetensorsIndex(MemoryBytes([UInt8]("{\"weight_map\":{\"\u{E9}\":\"s\"}}")))
        #expect(index.problems(shards: ["s": facts(["\u{E9}"])]) == [])
        #expect(index.problems(shards: ["s": facts(["e\u{301}"])]).count == 2)
    }

    @Test(arguments: CompanionPathTests.refused)
    func `a shard's name that leads out of the folder is dangerous`(path: String, problem: String) async throws {
        let quoted = path.utf8.map { "\\u00" + String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        let text = #"{"weight_map":{"a":"\#(quoted)","b":"fine"}}"#
        let finding = try await Formats.index([UInt8](text), .standard)
        #expect(finding.verdict == .dangerous)
        #expect(finding.reasons.count == 1)
        #expect(finding.reasons[0].hasSuffix("which \(problem)"))
        #expect(finding.facts.companions == ["fine"])
    }

    @Test(
        arguments: [
            "[]", "{}", #"{"weight_map":[]}"#, #"{"weight_map":{"a":1}}"#, #"{"weight_map":{"a":"x","a":"x"}}"#,
            #"{"weight_map":{}} x"#, #"{"metadata":1,"weight_map":{}}"#, #"{"weight_map":{},"weight_map":{}}"#,
        ])
    func `what is no index is refused`(text: String) async throws {
        #expect(try await refusal(Formats.index, [UInt8](text)) != nil)
    }

    @Test func `each limit holds on both sides`() async throws {
        let bytes = [UInt8](Self.text)
        #expect(try await refusal(Formats.index, bytes, limits { $0.tensors = 3 }) == nil)
        #expect(try await refusal(Formats.index, bytes, limits { $0.tensors = 2 }) == "it names more than 2 tensors")
        #expect(try await refusal(Formats.index, bytes, limits { $0.companions = 2 }) == nil)
        #expect(try await refusal(Formats.index, bytes, limits { $0.companions = 1 }) == "it names more than 1 files")
        let size = UInt64(bytes.count)
        #expect(try await refusal(Formats.index, bytes, limits { $0.textBytes = size }) == nil)
        #expect(try await refusal(Formats.index, bytes, limits { $0.textBytes = size - 1 }) != nil)
    }
}
