package import Models

/// What a card says of its model, by Hugging Face's words. What is absent is nil or empty; what has another shape than
/// Hugging Face's is left out, and a note says so.
package struct CardFacts: Hashable, Sendable {
    /// `license`: an identifier such as `apache-2.0`, or `other`.
    package private(set) var license: String?
    /// `license_name`: what a license that is `other` is called.
    package private(set) var licenseName: String?
    /// `license_link`: where its text is; an address, or a file of the version.
    package private(set) var licenseLink: String?
    /// `language`.
    package private(set) var languages: [String] = []
    /// `tags`.
    package private(set) var tags: [String] = []
    /// `pipeline_tag`: what the model is for.
    package private(set) var task: String?
    /// `library_name`.
    package private(set) var libraryName: String?
    /// `datasets`: what it was trained on.
    package private(set) var datasets: [String] = []
    /// `base_model`: what it was made from.
    package private(set) var baseModels: [String] = []
    /// `base_model_relation`: how it was made from that.
    package private(set) var baseModelRelation: ModelRelation?
    /// `metrics`: what it is measured by.
    package private(set) var metrics: [String] = []
    /// `model-index`: what was measured.
    package private(set) var results: [CardResult] = []
    /// `co2_eq_emissions`, there in grams: kilograms.
    package private(set) var emissionsKilograms: Double?
    /// What was left out, and why.
    package private(set) var notes: [CardNote] = []

    /// Reads a card's front matter.
    package init(_ frontMatter: [String: JSONValue], limits: CardLimits = .standard) {
        var reader = FactReader(limits: limits)
        license = reader.firstText(at: "license", frontMatter["license"])
        licenseName = reader.text(at: "license_name", frontMatter["license_name"])
        licenseLink = reader.text(at: "license_link", frontMatter["license_link"])
        languages = reader.texts(at: "language", frontMatter["language"])
        tags = reader.texts(at: "tags", frontMatter["tags"])
        task = reader.text(at: "pipeline_tag", frontMatter["pipeline_tag"])
        libraryName = reader.text(at: "library_name", frontMatter["library_name"])
        datasets = reader.texts(at: "datasets", frontMatter["datasets"])
        baseModels = reader.texts(at: "base_model", frontMatter["base_model"])
        baseModelRelation = reader.relation(at: "base_model_relation", frontMatter["base_model_relation"])
        metrics = reader.texts(at: "metrics", frontMatter["metrics"])
        results = reader.results(at: "model-index", frontMatter["model-index"])
        emissionsKilograms = reader.kilograms(at: "co2_eq_emissions", frontMatter["co2_eq_emissions"])
        notes = reader.notes
    }
}

/// How a model was made from its base models.
package enum ModelRelation: String, Hashable, Sendable, CaseIterable {
    /// Weights to use together with the base model's.
    case adapter
    /// The base model, trained further.
    case finetune
    /// Several base models in one.
    case merge
    /// The base model with smaller numbers.
    case quantized
}

/// One measured value of `model-index`.
package struct CardResult: Hashable, Sendable {
    /// The task's identifier, or else its name.
    package var task: String?
    /// The data's name, or else its identifier.
    package var dataset: String?
    /// The configuration of the data.
    package var configuration: String?
    /// The part of the data.
    package var split: String?
    /// The metric's name, or else its identifier.
    package var metric: String
    /// The metric's identifier.
    package var metricType: String?
    /// The value: finite.
    package var value: Double
}

/// Something in a card's front matter that was left out.
package struct CardNote: Hashable, Sendable {
    /// Where it is: `model-index[0].results[2].metrics[0].value`.
    package let path: String
    /// Why, and what belongs there.
    package let sentence: String
}
