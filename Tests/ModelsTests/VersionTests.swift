import Foundation
import Models
import Testing

@Suite struct VersionTests {
    private static func file(_ path: String, _ content: String) throws -> FileEntry {
        let bytes = Array(content.utf8)
        return FileEntry(path: try FilePath(path), size: UInt64(bytes.count), sha256: Digest(of: bytes), pages: [])
    }

    /// `printf hello > b.txt; mkdir a; printf world > a/c; find . -type f -printf '%P\0' | LC_ALL=C sort -z |
    /// xargs -0 sha256sum | sha256sum`
    @Test func theDigestIsWhatTheShellComputesWhateverTheOrder() throws {
        let files = [try Self.file("b.txt", "hello"), try Self.file("a/c", "world")]
        let expected = "26c3d447af7b2fb118156787e0aa7bec9841fcf94cb6be3d2cfca69846b051f8"
        #expect(Version.digest(of: files).description == expected)
        #expect(Version.digest(of: files.reversed()).description == expected)
    }

    @Test func jsonShowsAliasesAndSizeBesideTheVersionAndHidesPages() throws {
        let version = Version(
            project: try ProjectName("vision"), model: try ModelName("ranker"), number: 3,
            files: [try Self.file("b.txt", "hello"), try Self.file("a/c", "world")], metadata: .object([:]),
            tags: ["team": "red"], message: "", createdAt: Timestamp(milliseconds: 0),
            createdBy: try PrincipalName("ann"), site: try SiteName("north"))
        let description = VersionDescription(version: version, aliases: [.main])
        let data = try JSONEncoder().encode(description)
        #expect(try JSONDecoder().decode(VersionDescription.self, from: data) == description)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["size"] as? Int == 10)
        #expect(object["aliases"] as? [String] == ["main"])
        #expect(object["created_at"] as? String == "1970-01-01T00:00:00.000Z")
        let file = try #require((object["files"] as? [[String: Any]])?.first)
        #expect(Set(file.keys) == ["path", "size", "sha256"])
        #expect(file["path"] as? String == "a/c")
    }
}
