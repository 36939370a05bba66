import Models
import Testing

@testable import PeerageClient

@Suite("Paths of requests")
struct APIPathTests {
    @Test(
        "what is not unreserved is encoded byte by byte",
        arguments: [
            ("plain-1.0_a~b", "plain-1.0_a~b"), ("a b", "a%20b"), ("a#b?c%d", "a%23b%3Fc%25d"), ("a/b", "a%2Fb"),
            ("ü", "%C3%BC"), ("u\u{308}", "u%CC%88"), ("😀", "%F0%9F%98%80"), ("%41", "%2541"),
            ("a+b&c=d;e:f@g", "a%2Bb%26c%3Dd%3Be%3Af%40g"),
        ])
    func encodes(text: String, encoded: String) {
        #expect(APIPath.encode(text) == encoded)
    }

    @Test("a file's path keeps its slashes and nothing else")
    func filePath() throws {
        let reference = try ModelReference("demo/m:3")
        let path = APIPath.file(try FilePath("a b/ü#?/c%2F.txt"), of: reference)
        #expect(path.description == "/projects/demo/models/m/versions/3/files/a%20b/%C3%BC%23%3F/c%252F.txt")
    }

    @Test(
        "a reference without a version means the newest",
        arguments: [("demo/m", "latest"), ("demo/m@prod", "prod"), ("demo/m:7", "7")])
    func version(text: String, selector: String) throws {
        let path = APIPath.version(try ModelReference(text))
        #expect(path.description == "/projects/demo/models/m/versions/\(selector)")
    }

    @Test("a query holds what has a value")
    func query() {
        let path = APIPath("audit").query(["cursor": "a=b&c", "limit": nil, "reason": "so so"])
        #expect(path.description == "/audit?cursor=a%3Db%26c&reason=so%20so")
        #expect(APIPath("audit").query(["cursor": nil]).description == "/audit")
    }
}
