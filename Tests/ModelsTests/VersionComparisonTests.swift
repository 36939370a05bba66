import Testing

@testable import Models

@Suite("Versions beside each other")
struct VersionComparisonTests {
    private func version(_ number: UInt64, _ metrics: JSONValue, parameters: UInt64? = nil) throws -> Version {
        Version(
            project: try ProjectName("p"), model: try ModelName("m"), number: number, files: [],
            metadata: .object(["metrics": metrics]), tags: [:], message: "", createdAt: Timestamp(milliseconds: 0),
            createdBy: try PrincipalName("ann"), site: try SiteName("north"),
            inspection: parameters.map { Inspection(files: [], parameters: $0) })
    }

    @Test(
        "Metrics are read from numbers, objects and lists; what is neither is passed over",
        arguments: [
            (.object(["f1": .number(0.5), "b": .integer(2), "x": .string("no")]), ["b 2.0", "f1 0.5"]),
            (.object(["f1": .object(["value": .integer(1), "dataset": .string("d")])]), ["f1 1.0 d"]),
            (.array([.object(["name": .string("f1"), "value": .number(0.25)]), .null, .integer(3)]), ["f1 0.25"]),
            (.array([.object(["name": .string("f1")])]), []), (.null, []), (.string("f1"), []),
        ] as [(JSONValue, [String])])
    func reading(metrics: JSONValue, expected: [String]) {
        let found = Metric.all(in: .object(["metrics": metrics]))
        #expect(found.map { "\($0.name) \($0.value)" + ($0.dataset.map { " \($0)" } ?? "") } == expected)
    }

    @Test(
        "What is better is known from what was said, else from the name",
        arguments: [
            ("f1", nil, true), ("eval_loss", nil, false), ("latency_ms", nil, false), ("zorp", nil, nil),
            ("loss", true, true), ("f1", false, false), ("Macro F1", nil, true), ("recall@10", nil, true),
        ] as [(String, Bool?, Bool?)])
    func directions(name: String, said: Bool?, expected: Bool?) {
        #expect(Metric(name: name, value: 1, higherIsBetter: said).prefersHigher == expected)
    }

    @Test("The best values are marked, of those that are comparable")
    func best() throws {
        let comparison = VersionComparison([
            try version(1, .object(["f1": .number(0.5), "loss": .integer(2), "zorp": .integer(1)]), parameters: 5),
            try version(
                2, .object(["f1": .number(0.75), "loss": .integer(2), "zorp": .integer(2), "once": .integer(1)])),
            try version(
                3,
                .array([
                    .object(["name": .string("f1"), "value": .number(0.9), "dataset": .string("other")])
                ])),
        ])
        let rows = comparison.rows.map { "\($0.name)\($0.dataset.map { "@\($0)" } ?? "") \($0.best)" }
        #expect(
            rows == ["size []", "parameters []", "f1 [1]", "f1@other []", "loss [0, 1]", "once []", "zorp []"])
        #expect(comparison.rows[1].values == [5, nil, nil])
    }
}
