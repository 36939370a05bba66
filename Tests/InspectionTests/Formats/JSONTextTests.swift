import Models
import Testing

@testable import Inspection

@Suite struct JSONTextTests {
    @Test func `a configuration tells what its model is`() async throws {
        let text = #"""
            {"model_type": "llama", "architectures": ["LlamaForCausalLM", "X"], "torch_dtype": "bfloat16",
             "hidden_size": 4096, "tie_word_embeddings": false, "rope_theta": 1.0, "vocab_size": null,
             "text_config": {"model_type": "inner", "hidden_size": 1}, "time_step_limit": [0.0, Infinity]}
            """#
        let finding = try await Formats.json([UInt8](text), .standard)
        #expect(finding.format == "json")
        #expect(finding.verdict == .safe)
        #expect(
            finding.facts.attributes == [
                "model_type": "llama", "architectures": "LlamaForCausalLM, X", "torch_dtype": "bfloat16",
                "hidden_size": "4096", "tie_word_embeddings": "false",
            ])
    }

    @Test(
        arguments: [
            (#"{"auto_map":{"AutoModel":"modeling.X"}}"#, "auto_map"), (#"{"auto_map":["a.B",null]}"#, "auto_map"),
            (#"{"x":[{"auto_map":"a.B"}]}"#, "auto_map"),
            (#"{"custom_pipelines":{"p":{"impl":"p.P"}}}"#, "custom_pipelines"),
            (#"{"trust_remote_code":true}"#, "trust_remote_code"),
        ])
    func `a configuration that asks for code is a doubt`(text: String, name: String) async throws {
        let finding = try await Formats.json([UInt8](text), .standard)
        #expect(finding.verdict == .unknown)
        #expect(finding.reasons == ["“\(name)”: loading with trust_remote_code runs code of the repository"])
    }

    @Test(
        arguments: [
            #"{"vocab":{"auto_map":7,"custom_pipelines":8,"trust_remote_code":9,"chat_template":10}}"#,
            #"{"trust_remote_code":false,"auto_map":null}"#, "[]", "1", #"["auto_map"]"#,
            #"{"chat_template":"{{ messages }}","other":"{{ ''.__class__ }}"}"#,
            #"{"chat_template":[{"name":"a","template":"x"}],"other":{"template":"__class__"}}"#,
        ])
    func `what asks for nothing is safe`(text: String) async throws {
        #expect(try await Formats.json([UInt8](text), .standard).verdict == .safe)
    }

    @Test(
        arguments: [
            #"{"chat_template":"{{ ''.__class__ }}"}"#,
            #"{"chat_template":[{"name":"a","template":"{{ ''.__class__ }}"}]}"#,
            #"{"a":{"chat_template":{"default":["{{ ''.__class__ }}"]}}}"#,
            #"{"chat_template":"{{ ''['\\x5f\\x5fclass__'] }}"}"#,
        ])
    func `a chat template that leaves Jinja is dangerous`(text: String) async throws {
        let finding = try await Formats.json([UInt8](text), .standard)
        #expect(finding.verdict == .dangerous)
        #expect(finding.reasons == ["the chat template uses “__class__”, by which Jinja's sandbox is left"])
    }

    @Test(arguments: ["", "{", #"{"a":1,"a":1}"#, "{} {}"]) func `what is not JSON is refused`(text: String)
        async throws
    {
        #expect(try await refusal(Formats.json, [UInt8](text)) != nil)
    }
}
