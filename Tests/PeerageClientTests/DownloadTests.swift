import Models
import Testing

@testable import PeerageClient

@Suite("Versions that are pulled")
struct DownloadTests {
    @Test(
        "the start of a range is read from Content-Range",
        arguments: [
            ("bytes 5-9/10", 5), ("bytes 0-0/*", 0), ("bytes */10", nil), ("items 5-9/10", nil), ("bytes x-9/10", nil),
            ("", nil),
        ] as [(String, UInt64?)])
    func contentRange(header: String, start: UInt64?) {
        #expect(ContentRange.start(of: header) == start)
    }

    @Test("a version whose digest follows from its files is taken")
    func goodVersion() throws {
        try PeerageClient.check(version(["a", "b/c"]))
    }

    @Test("a version whose files cannot stand together is refused")
    func conflictingVersion() throws {
        let version = try version(["a", "a/b"])
        #expect(throws: ClientError.self) { try PeerageClient.check(version) }
    }

    private func version(_ paths: [String]) throws -> Version {
        Version(
            project: try ProjectName("demo"), model: try ModelName("m"), number: 1,
            files: try paths.map { FileEntry(path: try FilePath($0), size: 0, sha256: Digest(of: []), pages: []) },
            metadata: .object([:]), tags: [:], message: "", createdAt: Timestamp(milliseconds: 0),
            createdBy: try PrincipalName("me"), site: try SiteName("north"))
    }
}
