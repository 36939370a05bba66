import Testing

@testable import Models

@Suite("Two versions are compared")
struct VersionDifferenceTests {
    private func version(
        _ number: UInt64, _ files: [String: String], metadata: JSONValue = .object([:]), tags: [String: String] = [:],
        parameters: UInt64? = nil
    ) throws -> Version {
        Version(
            project: try ProjectName("p"), model: try ModelName("m"), number: number,
            files: try files.map { path, content in
                FileEntry(
                    path: try FilePath(path), size: UInt64(content.utf8.count),
                    sha256: Digest(of: Array(content.utf8)), pages: [])
            }, metadata: metadata, tags: tags, message: "", createdAt: Timestamp(milliseconds: 0),
            createdBy: try PrincipalName("ann"), site: try SiteName("north"),
            inspection: parameters.map { Inspection(files: [], parameters: $0, elements: ["F32": $0]) })
    }

    @Test("Files are added, removed, changed or renamed")
    func files() throws {
        let difference = VersionDifference(
            from: try version(1, ["same": "1", "gone": "2", "edited": "3", "old/name": "4"]),
            to: try version(2, ["same": "1", "fresh": "22", "edited": "33", "new/name": "4"]))
        #expect(
            difference.files.map { "\($0.path) \($0.change.rawValue) \($0.fromSize ?? 0) \($0.toSize ?? 0)" } == [
                "edited changed 1 2", "fresh added 0 2", "gone removed 1 0", "new/name renamed 1 1",
            ])
        #expect(difference.files.last?.fromPath?.text == "old/name")
        #expect((difference.changedFiles, difference.unchangedFiles) == (4, 1))
    }

    @Test("Values are compared by their place")
    func values() throws {
        let difference = VersionDifference(
            from: try version(
                1, [:],
                metadata: .object([
                    "same": .bool(true), "metrics": .object(["f1": .number(0.5), "gone": .integer(1)]),
                    "list": .array([.integer(1), .integer(2)]), "empty": .object([:]),
                ]), tags: ["team": "a"], parameters: 5),
            to: try version(
                2, [:],
                metadata: .object([
                    "same": .bool(true), "metrics": .object(["f1": .number(0.75), "new": .null]),
                    "list": .array([.integer(1)]), "empty": .array([]),
                ]), tags: ["team": "b"], parameters: 6))
        #expect(
            difference.values.map(\.path) == [
                "inspection.elements.F32", "inspection.parameters", "metadata.empty", "metadata.list[1]",
                "metadata.metrics.f1", "metadata.metrics.gone", "metadata.metrics.new", "tags.team",
            ])
        let change = try #require(difference.values.first { $0.path == "metadata.metrics.f1" })
        #expect((change.from, change.to) == (.number(0.5), .number(0.75)))
        let fresh = try #require(difference.values.first { $0.path == "metadata.metrics.new" })
        #expect((fresh.from, fresh.to) == (nil, .null))
    }

    @Test("What is more than a list holds is counted")
    func limits() throws {
        let many = (0..<Limits.standard.differences + 5).map { ("key-\($0)", JSONValue.integer(1)) }
        let difference = VersionDifference(
            from: try version(1, [:]),
            to: try version(2, [:], metadata: .object(Dictionary(many) { $1 })))
        #expect(difference.values.count == Limits.standard.differences)
        #expect(difference.changedValues == Limits.standard.differences + 5)
    }
}
