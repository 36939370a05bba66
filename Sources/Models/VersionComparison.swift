/// Versions beside each other: metrics, size and parameters, with the best value of each where it is known what is better.
public struct VersionComparison: Hashable, Sendable, Codable {
    /// One thing that was measured.
    public struct Row: Hashable, Sendable, Codable {
        /// What was measured; `size` and `parameters` are of the files.
        public let name: String
        /// Its unit.
        public let unit: String?
        /// The data that it was measured on.
        public let dataset: String?
        /// The part of that data.
        public let split: String?
        /// Whether more is better; nil where that is not known.
        public let higherIsBetter: Bool?
        /// A value for each version, in their order; nil where it was not measured.
        public let values: [Double?]
        /// The positions of the best values; empty where it is not known what is better, or where one version alone has
        /// one.
        public let best: [Int]

        enum CodingKeys: String, CodingKey {
            case name, unit, dataset, split, values, best
            case higherIsBetter = "higher_is_better"
        }
    }

    /// The versions, as they were asked for.
    public let versions: [VersionDifference.Side]
    /// Size and parameters, then the metrics by name, data and split.
    public let rows: [Row]

    /// Compares versions.
    package init(_ versions: [Version]) {
        self.versions = versions.map { VersionDifference.Side($0) }
        var rows = [Row(Measure(name: "size", unit: "B"), versions.map { Double($0.size) }, isHigherBetter: nil)]
        let parameters = versions.map { $0.inspection?.parameters.map { Double($0) } }
        if parameters.contains(where: { $0 != nil }) {
            rows.append(Row(Measure(name: "parameters"), parameters, isHigherBetter: nil))
        }
        let metrics = versions.map { Metric.all(in: $0.metadata) }
        let measures = Set(metrics.joined().map { Measure($0) }).sorted()
        for measure in measures {
            let found = metrics.map { of in of.last { Measure($0) == measure } }
            let preference =
                found.compactMap { $0?.higherIsBetter }.last ?? found.compactMap { $0?.prefersHigher }.first
            rows.append(Row(measure, found.map { $0?.value }, isHigherBetter: preference))
        }
        self.rows = rows
    }
}

/// What makes values comparable.
private struct Measure: Hashable, Comparable {
    let name: String
    let unit: String?
    let dataset: String?
    let split: String?

    init(name: String, unit: String? = nil) {
        self.name = name
        self.unit = unit
        dataset = nil
        split = nil
    }

    init(_ metric: Metric) {
        name = metric.name
        unit = metric.unit
        dataset = metric.dataset
        split = metric.split
    }

    private var order: [String] { [name, dataset ?? "", split ?? "", unit ?? ""] }

    static func < (left: Measure, right: Measure) -> Bool { left.order.lexicographicallyPrecedes(right.order) }
}

extension VersionComparison.Row {
    fileprivate init(_ measure: Measure, _ values: [Double?], isHigherBetter: Bool?) {
        name = measure.name
        unit = measure.unit
        dataset = measure.dataset
        split = measure.split
        higherIsBetter = isHigherBetter
        self.values = values
        let known = values.compactMap { $0 }
        guard let isHigherBetter, known.count > 1, let top = isHigherBetter ? known.max() : known.min() else {
            best = []
            return
        }
        best = values.indices.filter { values[$0] == top }
    }
}
