@testable import ModelCards
import Models
import Testing

@Suite struct CardFactsTests {
    private func facts(_ yaml: String, limits: CardLimits = .standard) throws -> CardFacts {
        CardFacts(try card(yaml).frontMatter, limits: limits)
    }

    @Test func `all that a card says is read`() throws {
        let facts = CardFacts(try ModelCard(reading: Array(CardSamples.full.utf8)).frontMatter)
        #expect(facts.license == "other")
        #expect(facts.licenseName == "coqui-public-model-license")
        #expect(facts.licenseLink == "https://coqui.ai/cpml")
        #expect(facts.languages == ["en", "no"])
        #expect(facts.tags == ["audio", "2024"])
        #expect(facts.task == "automatic-speech-recognition")
        #expect(facts.libraryName == "transformers")
        #expect(facts.datasets == ["common_voice"])
        #expect(facts.baseModels == ["openai/whisper-small"])
        #expect(facts.baseModelRelation == .finetune)
        #expect(facts.metrics == ["wer"])
        #expect(facts.emissionsKilograms == 1.2345)
        #expect(facts.notes.isEmpty)
        let word = CardResult(
            task: "automatic-speech-recognition", dataset: "Common Voice 11.0", configuration: "nb-NO", split: "test",
            metric: "Test WER", metricType: "wer", value: 20.9)
        let character = CardResult(
            task: "automatic-speech-recognition", dataset: "Common Voice 11.0", configuration: "nb-NO", split: "test",
            metric: "cer", metricType: "cer", value: 7)
        #expect(facts.results == [word, character])
    }

    @Test func `what is absent is nil or empty, and no note`() throws {
        let facts = CardFacts([:])
        #expect(facts.license == nil && facts.task == nil && facts.emissionsKilograms == nil)
        #expect(facts.tags.isEmpty && facts.results.isEmpty && facts.notes.isEmpty)
        #expect(try self.facts("license:\ntags: []\nlanguage: ''\nmodel-index:\nco2_eq_emissions: {}") == facts)
    }

    @Test(arguments: [("500", 0.5), ("'2e3'", 2), ("{emissions: 1}", 0.001), ("0", 0)])
    func `emissions are grams`(yaml: String, kilograms: Double) throws {
        #expect(try facts("co2_eq_emissions: \(yaml)").emissionsKilograms == kilograms)
    }

    @Test(
        arguments: [
            ("license: {a: b}", "license", "This is an object."),
            ("license: [mit, gpl]", "license", "Only the first is used."),
            ("license_name: [a]", "license_name", "This is a list. Write a text."),
            ("tags: {a: b}", "tags", "Write a text or a list of texts."),
            ("tags: [a, [b]]", "tags[1]", "This is a list."),
            ("base_model_relation: copy", "base_model_relation", "none of adapter, finetune, merge, quantized"),
            ("co2_eq_emissions: 4 kg", "co2_eq_emissions", "This is a text. Write a number."),
            ("co2_eq_emissions: -1", "co2_eq_emissions", "not negative"),
            ("co2_eq_emissions: {emissions: [1]}", "co2_eq_emissions.emissions", "This is a list."),
            ("model-index: x", "model-index", "Write a list of objects."),
            ("model-index: [x]", "model-index[0]", "Write keys and values."),
            ("model-index: [{results: {}}]", "model-index[0].results", "This is an object."),
            ("model-index: [{results: [{task: a}]}]", "model-index[0].results[0].task", "This is a text."),
            (
                "model-index: [{results: [{metrics: [{value: 1}]}]}]", "model-index[0].results[0].metrics[0]",
                "has no name"
            ),
            (
                "model-index: [{results: [{metrics: [{type: a}]}]}]", "model-index[0].results[0].metrics[0].value",
                "has no value"
            ),
            (
                "model-index: [{results: [{metrics: [{type: a, value: {b: 1}}]}]}]",
                "model-index[0].results[0].metrics[0].value", "This is an object."
            ),
            ("license: \(String(repeating: "x", count: 1_025))", "license", "more than 1024 bytes"),
        ])
    func `another shape is one note and no error`(yaml: String, path: String, words: String) throws {
        let notes = try facts(yaml).notes
        #expect(notes.map(\.path) == [path])
        #expect(notes.first?.sentence.contains(words) == true, "\(notes)")
    }

    @Test func `the rest is read beside what is wrong`() throws {
        let facts = try facts(
            """
            license: [mit, gpl]
            tags: [a, [b], c, null]
            model-index:
            - results:
              - metrics: [{type: a}, {type: b, value: 2}, 7]
              - 3
            """)
        #expect(facts.license == "mit")
        #expect(facts.tags == ["a", "c"])
        #expect(facts.results.map(\.metric) == ["b"])
        #expect(facts.notes.count == 5)
    }

    @Test func `lists, results and notes are bounded`() throws {
        let small = limits {
            $0.factItems = 2
            $0.results = 3
            $0.notes = 4
        }
        let two = "metrics: [{type: a, value: 1}, {type: b, value: 2}]"
        let facts = try facts(
            "tags: [a, b, c]\nmodel-index: [{results: [{\(two)}, {\(two)}]}]\nlanguage: [[], []]\ndatasets: [{}, {}]",
            limits: small)
        #expect(facts.tags == ["a", "b"])
        #expect(facts.results.count == 3)
        #expect(facts.notes.count == 4)
    }
}
