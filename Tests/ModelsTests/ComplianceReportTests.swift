import Testing

@testable import Models

@Suite("What is known for a technical documentation")
struct ComplianceReportTests {
    private func report(_ metadata: [String: JSONValue], files: [String] = []) throws -> ComplianceReport {
        let version = Version(
            project: try ProjectName("p"), model: try ModelName("m"), number: 2,
            files: try files.map {
                FileEntry(path: try FilePath($0), size: 0, sha256: Digest(of: []), pages: [])
            }, metadata: .object(metadata), tags: [:], message: "", createdAt: Timestamp(milliseconds: 0),
            createdBy: try PrincipalName("ann"), site: try SiteName("north"))
        let graph = LineageGraph(
            nodes: [
                .init(LineageThing(project: version.project, model: version.model, number: 2), recall: nil),
                .init(LineageThing(.dataset, name: "squad"), recall: nil),
            ], edges: [], truncated: false)
        return ComplianceReport(version, .init(lineage: graph))
    }

    @Test("What nobody told is named by where it would be told")
    func missing() throws {
        let empty = try report([:])
        #expect(empty.sections.map(\.number) == Array(1...9))
        #expect(empty.missing.contains("metadata.intended_use"))
        #expect(empty.missing.contains("README.md"))
        #expect(!empty.missing.contains("lineage.datasets"))
        let told = try report(
            [
                "intended_use": .string("ranks"), "risks": .array([.string("bias"), .string("drift")]),
                "metrics": .object(["f1": .number(0.5)]),
            ], files: ["README.md"])
        #expect(
            Set(empty.missing).subtracting(told.missing) == [
                "metadata.intended_use", "metadata.risks", "metadata.metrics", "README.md",
            ])
        #expect(told.sections[4].items.first?.values == ["bias", "drift"])
    }

    @Test(
        "Values of any shape are put into words",
        arguments: [
            (.string("x"), ["x"]), (.integer(3), ["3"]), (.bool(true), ["yes"]), (.null, []), (.string(""), []),
            (.array([.string("a"), .integer(1)]), ["a", "1"]),
            (.object(["b": .integer(2), "a": .string("x")]), ["a: x", "b: 2"]),
        ] as [(JSONValue, [String])])
    func values(value: JSONValue, expected: [String]) throws {
        #expect(try report(["hardware": value]).sections[0].items.first { $0.name == "hardware" }?.values == expected)
    }
}
