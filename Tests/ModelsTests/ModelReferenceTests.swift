import Models
import Testing

@Suite struct ModelReferenceTests {
    @Test(arguments: [
        "vision/ranker", "vision/ranker:3", "vision/ranker@production", "vision/ranker@latest", "Vision/rank.er:10",
    ])
    func aReferenceIsReadAsItIsWritten(text: String) throws {
        #expect(try ModelReference(text).description == text)
    }

    @Test(arguments: [
        "", "vision", "/ranker", "vision/", "vision/ranker:", "vision/ranker:0", "vision/ranker:main", "vision/ranker@",
        "vision/ranker@3", "vision/ranker/x", "vision/ranker:-1", "vision/ranker:99999999999999999999", "api/ranker",
    ])
    func anythingElseIsRefused(text: String) {
        #expect(throws: InvalidName.self) { try ModelReference(text) }
    }

    @Test func aSelectorIsAWordANumberOrAnAlias() throws {
        #expect(try VersionSelector("latest") == .latest)
        #expect(try VersionSelector("12") == .number(12))
        #expect(try VersionSelector("production") == .alias(AliasName("production")))
        #expect(throws: InvalidName.self) { try VersionSelector("0") }
        #expect(throws: InvalidName.self) { try VersionSelector("v3") }
    }
}
