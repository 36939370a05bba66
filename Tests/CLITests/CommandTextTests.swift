import Foundation
import Models
import PeerageClient
import Testing

@testable import CLI

@Suite("What commands print")
struct CommandTextTests {
    private func version(inspection: Inspection? = nil) throws -> VersionDescription {
        let version = Version(
            project: try ProjectName("demo"), model: try ModelName("m"), number: 3,
            files: [
                FileEntry(path: try FilePath("a b.txt"), size: 5, sha256: Digest(of: Array("hello".utf8)), pages: [])
            ],
            metadata: .object(["task": .string("test")]), tags: ["k": "v"], message: "first\nlight",
            createdAt: Timestamp(milliseconds: 0), createdBy: try PrincipalName("ann"), site: try SiteName("north"),
            inspection: inspection)
        return VersionDescription(version: version, aliases: [try AliasName("main"), try AliasName("prod")])
    }

    @Test("show prints a version in full")
    func show() throws {
        #expect(
            try VersionText.text(version()) == """
                version  demo/m:3
                digest   sha256:\(version().version.digest)
                aliases  main, prod
                created  1970-01-01T00:00:00.000Z by ann at north
                message  first light
                tags     k=v
                size     1 file, 5 B

                metadata
                {
                  "task" : "test"
                }

                SHA-256                                                           SIZE  PATH     INSPECTION
                2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824   5 B  a b.txt  not inspected
                """)
        let path = try FilePath("a b.txt")
        let found = Inspection(
            files: [.init(path: path, format: "pickle", verdict: .dangerous, reasons: ["it imports os.system"])],
            parameters: 7, elements: ["F32": 5, "BF16": 2])
        let text = VersionText.text(try version(inspection: found))
        #expect(text.contains("parameters  7 in BF16, F32\n"))
        #expect(text.hasSuffix("  a b.txt  pickle, dangerous: it imports os.system"))
        #expect(VersionText.text(try version(inspection: Inspection(files: []))).hasSuffix("  a b.txt  text"))
    }

    @Test("log prints a line a version")
    func log() throws {
        #expect(
            try LogCommand.text([version()]) == """
                VERSION  CREATED                   BY   SITE   FILES  SIZE  ALIASES     MESSAGE
                      3  1970-01-01T00:00:00.000Z  ann  north      1   5 B  main, prod  first light
                """)
        #expect(LogCommand.text([]) == "The model has no versions yet.")
    }

    @Test("history prints a line a move, with a dash where there was no version")
    func history() throws {
        let change = AliasChange(
            from: nil, to: 3, at: Timestamp(milliseconds: 0), by: try PrincipalName("ann"), reason: "")
        #expect(
            AliasCommand.History.text([change]) == """
                AT                        BY   FROM  TO  REASON
                1970-01-01T00:00:00.000Z  ann     -   3  -
                """)
    }

    @Test("cluster status says who leads and what is wrong")
    func cluster() throws {
        var leading = NodeStatus(
            id: try NodeName("n1"), site: try SiteName("x"), endpoint: "https://n1", role: "voter", leader: true,
            healthy: true, problem: "", term: 2, commit: 7, applied: 7, stateHash: String(repeating: "ab", count: 32),
            version: "1", level: 2, certificateExpires: Timestamp(milliseconds: 0), diskFreeBytes: 25,
            diskTotalBytes: 100, versionsBehind: 3)
        (leading.lag, leading.agrees) = (0, false)
        let silent = NodeStatus(
            id: try NodeName("s1"), site: try SiteName("x"), endpoint: "https://s1", role: "voter", leader: false,
            healthy: false, problem: "no answer", term: 0, commit: 0, applied: 0, stateHash: "", version: "")
        let identity = try #require(UniqueID(bytes: Array(repeating: 0, count: 16)))
        let text = ClusterCommand.text(ClusterStatus(cluster: identity, nodes: [leading, silent]))
        let rows = text.split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        }
        #expect(rows[0] == ["cluster", String(repeating: "0", count: 32)])
        #expect(
            rows[2] == [
                "n1", "x", "voter,", "leads", "healthy", "2", "7", "0", "abababab", "DIFFERS", "3", "versions",
                "behind",
                "75", "%", "used", "until", "1970-01-01", "1", "https://n1",
            ])
        #expect(rows[3].prefix(5) == ["s1", "x", "voter", "no", "answer"])
    }

    @Test("a pull's report is the version's description with what was received")
    func pullReport() throws {
        let report = PullReport(
            result: TransferResult(version: try version(), summary: TransferSummary()), directory: "/tmp/m/")
        let json = try JSONDecoder().decode(JSONValue.self, from: Data(Output.json(report).utf8))
        guard case .object(let members) = json else {
            Issue.record("not an object")
            return
        }
        #expect(members["number"] == JSONValue.integer(3))
        #expect(members["directory"] == JSONValue.string("/tmp/m/"))
        #expect(members["received_files"] == JSONValue.integer(0))
        #expect(report.text.contains("\(try version().version.digest) verified"))
    }

    @Test("metadata is one JSON object", arguments: [("{\"a\": 1}", true), ("[1]", false), ("{", false), ("", false)])
    func metadata(text: String, isGood: Bool) throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(text, to: "metadata.json").path()
        if isGood {
            #expect(try MetadataFile.read(file) == .object(["a": .integer(1)]))
        } else {
            #expect(throws: ClientError.self) { try MetadataFile.read(file) }
        }
    }
}
