import Models
import Testing

@testable import PeerageClient

@Suite("Paths of requests")
struct APIPathTests {
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
