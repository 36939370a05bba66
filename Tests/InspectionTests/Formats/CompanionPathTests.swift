import Testing

@testable import Inspection

@Suite struct CompanionPathTests {
    static let refused: [(path: String, problem: String)] = [
        ("", "is empty"), ("../a", "leaves the model's folder"), ("a/../b", "leaves the model's folder"),
        ("a/..", "leaves the model's folder"), ("..", "leaves the model's folder"), ("/etc/passwd", "is absolute"),
        ("C:/a", "has a drive letter"), ("c:a", "has a drive letter"), ("a\\b", "has a backslash"),
        ("\\\\host\\share", "has a backslash"), ("a//b", "has an empty component"), ("a/", "has an empty component"),
        ("./a", "has a component “.”"), ("a\u{0}b", "has a control character"), ("a\nb", "has a control character"),
        ("*/_ORT_MEM_ADDR_/*", "is a memory address"),
    ]

    @Test(arguments: refused) func `what leads elsewhere is told`(path: String, problem: String) {
        #expect(CompanionPath.problem(of: path) == problem)
    }

    @Test(arguments: ["a", "a/b.bin", "...", "..a", "a..", ".hidden", "ä/ö", "a b", "a%2e%2e/b"])
    func `plain names stay inside`(path: String) {
        #expect(CompanionPath.problem(of: path) == nil)
    }

    @Test func `a path has at most 4096 bytes`() {
        #expect(CompanionPath.problem(of: String(repeating: "a", count: 4_096)) == nil)
        #expect(CompanionPath.problem(of: String(repeating: "a", count: 4_097)) == "is too long")
    }
}
