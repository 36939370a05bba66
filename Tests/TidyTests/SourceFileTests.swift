import Testing

@Suite("Sources as the checks see them")
struct SourceFileTests {
    @Test(
        "comments and literals are told from code",
        arguments: [
            ("let a = 1 // one", "let a = 1", "// one"),
            ("a /* b /* c */ d */ e", "a                   e", "/* b /* c */ d */"),
            ("let a = \"// \\\" {\"", "let a = \"       \"", ""),
            ("f(\"\\(g(\"x\", (1)))y\")", "f(\"\\(g(\" \", (1))) \")", ""),
            ("let a = #\"\\ \" {\"# + b", "let a = #\"     \"# + b", ""), ("a / b", "a / b", ""),
        ])
    func splits(text: String, code: String, comment: String) {
        let lines = SourceFile(path: "A.swift", text: text).lines
        #expect(lines.map { trimmed($0.code) } == [code])
        #expect(lines.map(\.comment) == [comment])
    }

    @Test("long literals and comments span lines, and each line stays where it was")
    func spansLines() {
        let text = "let a = \"\"\"\n  { \" }\n  \\(b) \"\"\"\n/* x\ny */ c\n"
        let code = SourceFile(path: "A.swift", text: text).lines.map { trimmed($0.code) }
        #expect(code == ["let a = \"\"\"", "", "  \\(b) \"\"\"", "", "     c", ""])
    }

    private func trimmed(_ text: String) -> String {
        var text = text
        while text.last == " " { text.removeLast() }
        return text
    }
}
