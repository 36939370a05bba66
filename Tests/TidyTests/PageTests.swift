import Testing

@Suite("Pages")
struct PageTests {
    @Test("every relative link of a page leads to a file")
    func linksLeadSomewhere() {
        let pages = Repository.paths.filter { $0.hasSuffix(".md") }
        expectNone(
            pages.flatMap { path in
                Page(path: path, text: Repository.text(of: path) ?? "").brokenLinks(exists: Repository.exists)
            })
    }

    @Test(
        "the link check bites",
        arguments: [
            "See [a](missing.md).", "[a](../missing.md#part)", "![picture](pictures/a.png \"title\")",
            "[a]: missing.md",
            "[out](../../elsewhere.md)", "[a](</missing.md>)",
        ])
    func linksBite(text: String) {
        #expect(Page(path: "docs/page.md", text: text).brokenLinks { $0 == "docs/there.md" }.count == 1)
    }

    @Test(
        "the link check lets good links and code pass",
        arguments: [
            "[a](there.md) [b](./there.md#part) [c](../docs/there.md)", "[a](https://example.org/x) [b](#part)",
            "`[a](missing.md)`", "```\n[a](missing.md)\n```", "[a](mailto:a@example.org)", "[a](/docs/there.md)",
        ])
    func linksPass(text: String) {
        #expect(Page(path: "docs/page.md", text: text).brokenLinks { $0 == "docs/there.md" } == [])
    }

    @Test("no file names a path of a workplace")
    func noWorkplace() {
        expectNone(
            Repository.paths.flatMap { path in
                Repository.text(of: path).map { Workplace.violations(inTextOf: path, $0) } ?? []
            })
    }

    @Test("the workplace check bites", arguments: ["work", "farm"])
    func workplaceBites(folder: String) {
        for text in ["cd /\(folder)/main", "path=\"/\(folder)/shared\"", "/\(folder)/x"] {
            #expect(Workplace.violations(inTextOf: "a.md", text).count == 1)
        }
        #expect(Workplace.violations(inTextOf: "a.md", "https://example.org/\(folder)/x, net/\(folder)/x").isEmpty)
    }
}
