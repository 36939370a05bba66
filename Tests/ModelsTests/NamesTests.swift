import Models
import Testing

@Suite struct NamesTests {
    @Test(arguments: ["a", "A", "0", "Llama-3-8B", "a.b_c-d", "x1", String(repeating: "a", count: 63)])
    func aNameIsKeptAsWritten(text: String) throws {
        #expect(try ProjectName(text).text == text)
        #expect(try ModelName(text).description == text)
        #expect(try NodeName(canonicalBytes: NodeName(text).canonicalBytes).text == text)
    }

    @Test(arguments: [
        "", "-a", "a-", ".a", "a.", "_", "a--b", "a..b", "a._b", "a b", "a/b", "a\\b", "a@b", "a:b", "a%b", "é", "а",
        "ａ",
        "a\u{301}", "a\0", "\n", "..", String(repeating: "a", count: 64),
    ])
    func whatIsNotANameIsRefusedForEveryKind(text: String) {
        #expect(throws: InvalidName.self) { try ProjectName(text) }
        #expect(throws: InvalidName.self) { try AliasName(text) }
        #expect(throws: InvalidName.self) { try PrincipalName(text) }
        var writer = CanonicalWriter()
        writer.write(text)
        let bytes = writer.bytes
        #expect(throws: CanonicalError.self) { try SiteName(canonicalBytes: bytes) }
    }

    @Test(arguments: ["api", "API", "v1", "admin", "Console", "openapi.json", "con", "NUL", "search", "peerage"])
    func reservedWordsNameNoProjectAndNoModel(text: String) throws {
        #expect { try ProjectName(text) } throws: { "\($0)".contains("reserved") }
        #expect { try ModelName(text) } throws: { "\($0)".contains("reserved") }
        #expect(try SiteName(text).text == text)
    }

    @Test(arguments: [
        ("latest", "newest"), ("LATEST", "newest"), ("1", "version number"), ("007", "version number"),
        ("v1", "version number"), ("V20", "version number"), (String(repeating: "a", count: 40), "digest"),
        (String(repeating: "0A", count: 25), "digest"),
    ])
    func anAliasDoesNotReadAsANumberOrADigest(text: String, reason: String) {
        #expect { try AliasName(text) } throws: { "\($0)".contains(reason) }
    }

    @Test(arguments: ["main", "production", "v", "v1.2", "1.0", "v1-rc", "2024-01-01", "deadbeef", "none"])
    func otherAliasesAreFine(text: String) throws {
        #expect(try AliasName(text).text == text)
    }

    @Test(arguments: [
        ("Rank-Er", "ranker"), ("model_1", "modell"), ("model.I", "modell"), ("g00d", "good"), ("O-0", "oo"),
        ("l1I", "lll"), ("AZaz09", "azazo9"),
    ])
    func aSkeletonIsWhatAHurriedReaderSees(name: String, skeleton: String) throws {
        #expect(try SiteName(name).skeleton == skeleton)
    }

    @Test func namesAreInTheOrderOfTheirBytes() throws {
        let names = try ["b", "a", "B", "a-b", "a.b", "1"].map { try NodeName($0) }
        #expect(names.sorted().map(\.text) == ["1", "B", "a", "a-b", "a.b", "b"])
    }

    @Test func aRefusalShowsNoControlsAndIsShort() {
        #expect {
            try ModelName("\u{1B}[31m" + String(repeating: "x", count: 500))
        } throws: { error in
            "\(error)".utf8.count < 300 && !"\(error)".contains("\u{1B}")
        }
    }
}
