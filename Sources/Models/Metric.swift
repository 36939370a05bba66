/// A measured value of a version.
public struct Metric: Hashable, Sendable, Codable {
    /// What was measured: `f1`, `latency_ms`…
    public let name: String
    /// The value: finite.
    public let value: Double
    /// Its unit.
    public let unit: String?
    /// The data that it was measured on.
    public let dataset: String?
    /// The part of that data.
    public let split: String?
    /// Whether more is better; nil where nobody said.
    public let higherIsBetter: Bool?
    /// Between which values it lies, and with what confidence that was found is for its source to say.
    public let confidenceInterval: [Double]?

    enum CodingKeys: String, CodingKey {
        case name, value, unit, dataset, split
        case higherIsBetter = "higher_is_better"
        case confidenceInterval = "confidence_interval"
    }

    /// A measured value.
    public init(
        name: String, value: Double, unit: String? = nil, dataset: String? = nil, split: String? = nil,
        higherIsBetter: Bool? = nil, confidenceInterval: [Double]? = nil
    ) {
        self.name = name
        self.value = value
        self.unit = unit
        self.dataset = dataset
        self.split = split
        self.higherIsBetter = higherIsBetter
        self.confidenceInterval = confidenceInterval
    }

    /// The metrics that `metadata` tells of, in the order of their names: its member `metrics` is an object of numbers by
    /// name, or of objects with `value`, or a list of objects with `name` and `value`. What is neither is passed over.
    public static func all(in metadata: JSONValue) -> [Metric] {
        guard case .object(let members) = metadata else { return [] }
        switch members["metrics"] {
        case .object(let metrics):
            return metrics.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                .compactMap { Metric(named: $0.key, $0.value) }
        case .array(let items):
            return items.compactMap { item in
                guard case .object(let fields) = item, case .string(let name) = fields["name"] else { return nil }
                return Metric(named: name, item)
            }
        default: return []
        }
    }

    private init?(named name: String, _ value: JSONValue) {
        if let number = value.number {
            self.init(name: name, value: number)
            return
        }
        guard case .object(let fields) = value, let number = fields["value"]?.number else { return nil }
        var interval: [Double]?
        if case .array(let ends) = fields["confidence_interval"], ends.count == 2 {
            interval = ends.compactMap(\.number)
        }
        var higher: Bool?
        if case .bool(let told) = fields["higher_is_better"] { higher = told }
        self.init(
            name: name, value: number, unit: fields["unit"]?.text, dataset: fields["dataset"]?.text,
            split: fields["split"]?.text, higherIsBetter: higher,
            confidenceInterval: interval?.count == 2 ? interval : nil)
    }

    /// Whether more is better, as was said or as the name's usual meaning has it; nil for names without one.
    public var prefersHigher: Bool? {
        if let higherIsBetter { return higherIsBetter }
        let words = Set(name.lowercased().split { !$0.isLetter && !$0.isNumber }.map { String($0) })
        if !words.isDisjoint(with: Self.lowerIsBetter) { return false }
        return words.isDisjoint(with: Self.moreIsBetter) ? nil : true
    }

    private static let lowerIsBetter: Set<String> = [
        "cer", "cost", "eer", "error", "fid", "fpr", "latency", "loss", "mae", "mape", "memory", "mse", "perplexity",
        "ppl", "rmse", "wer",
    ]
    private static let moreIsBetter: Set<String> = [
        "accuracy", "acc", "auc", "auroc", "bleu", "chrf", "f1", "iou", "map", "meteor", "mrr", "ndcg", "precision",
        "psnr", "r2", "recall", "rouge", "rouge1", "rouge2", "rougel", "ssim", "throughput",
    ]
}

extension JSONValue {
    /// A number of either kind.
    package var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// A text.
    package var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }
}
