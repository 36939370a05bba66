import Models
import Testing

@Suite struct FilePathTests {
    @Test(arguments: [
        "a", "weights.bin", "a/b/c", ".hidden", "a..b", "...", "a/.../b", "with space", " ", "ab:c", "1:x", "~",
        "-rf", "$HOME", "%2e%2e", "caf\u{E9}", "cafe\u{301}", "模型/权重.safetensors", "модель", "🦊.bin", "con", "a/nul",
        "trailing.", "trailing ", "\u{301}", "a'b\"c", "<script>",
    ])
    func aRelativePathIsKeptAsWritten(text: String) throws {
        let path = try FilePath(text)
        #expect(Array(path.text.utf8) == Array(text.utf8))
        #expect(try FilePath(canonicalBytes: path.canonicalBytes) == path)
    }

    @Test(arguments: [
        ("", "empty"), ("/", "absolute"), ("/etc/passwd", "absolute"), ("//a", "absolute"), ("a//b", "empty component"),
        ("a/", "empty component"), ("..", "component “..”"), (".", "component “.”"), ("../a", "component “..”"),
        ("a/../b", "component “..”"), ("a/..", "component “..”"), ("./a", "component “.”"), ("a/./b", "component “.”"),
        ("..\\a", "U+5C"), ("a\\b", "U+5C"), ("C:\\a", "U+5C"), ("C:/a", "drive letter"), ("c:", "drive letter"),
        ("a:b", "drive letter"),
        ("a\0b", "U+0"), ("a\nb", "U+A"), ("a\u{7F}", "U+7F"), ("a\u{85}b", "U+85"), ("a\u{200B}b", "U+200B"),
        ("\u{202E}gpj.exe", "U+202E"), ("a\u{2066}b", "U+2066"), ("a\u{FEFF}", "U+FEFF"), ("a\u{2028}b", "U+2028"),
        ("a\u{AD}b", "U+AD"), ("a\u{E0041}", "U+E0041"), ("a\u{378}", "U+378"),
    ])
    func aPathThatLeavesItsDirectoryOrHidesSomethingIsRefused(text: String, reason: String) {
        #expect { try FilePath(text) } throws: { "\($0)".contains(reason) }
    }

    /// To Swift, a separator and a combining mark are one character; the file system sees a separator.
    @Test(arguments: [
        ("/\u{301}etc", "absolute"), ("../\u{301}a", "component “..”"), ("a/../\u{308}b", "component “..”"),
        ("a//\u{301}b", "empty component"), (".//\u{FE0F}", "component “.”"),
    ])
    func aCombiningMarkDoesNotHideASeparator(text: String, reason: String) {
        #expect { try FilePath(text) } throws: { "\($0)".contains(reason) }
    }

    @Test func componentsAreSplitWhereTheFileSystemSplitsThem() throws {
        #expect(try FilePath("a/\u{301}b/c").components == ["a", "\u{301}b", "c"])
        #expect(try FilePath("a").components == ["a"])
    }

    @Test func aPathHas1024BytesAndAComponent255() throws {
        let component = String(repeating: "x", count: 255)
        let path = [component, component, component, component].joined(separator: "/")
        #expect(try FilePath(path).text.utf8.count == 1_023)
        #expect(try FilePath(path.dropLast(2) + "/y").text.utf8.count == 1_023)
        #expect { try FilePath(path + "/y") } throws: { "\($0)".contains("longer than 1024 bytes") }
        #expect { try FilePath(component + "x") } throws: { "\($0)".contains("longer than 255 bytes") }
        #expect { try FilePath(String(repeating: "é", count: 128)) } throws: { "\($0)".contains("255 bytes") }
    }

    @Test(
        arguments: [
            (["a", "b"], nil), (["a", "a-b", "a.b", "a b"], nil), (["a/b", "a/c", "ab"], nil), ([], nil),
            (["A", "a"], nil), (["a", "a"], "“a” occurs twice"), (["x", "a", "y", "a"], "“a” occurs twice"),
            (["a", "a/b"], "“a” is both"), (["a/b/c", "z", "a"], "“a” is both"), (["a", "a-b", "a/b"], "“a” is both"),
            (["a/b", "a/b/c/d"], "“a/b” is both"), (["caf\u{E9}", "cafe\u{301}"], "occurs twice"),
            (["caf\u{E9}", "cafe\u{301}/x"], "is both"), (["cafe\u{301}", "caf\u{E9}/x"], "is both"),
            (["\u{212B}", "\u{C5}"], "occurs twice"), (["a", "a/\u{301}b"], "“a” is both"),
            (["\u{1100}\u{1161}/x", "\u{AC00}"], "is both"),
        ] as [([String], String?)])
    func pathsThatCannotStandTogetherAreFound(paths: [String], problem: String?) throws {
        let conflict = FilePath.conflict(among: try paths.map { try FilePath($0) })
        #expect((conflict == nil) == (problem == nil))
        #expect(conflict?.contains(problem ?? "") ?? true, "\(conflict ?? "")")
    }

    @Test func pathsAreInTheOrderOfTheirBytes() throws {
        let texts = ["a", "B", "a/b", "a-b", "\u{E9}", "e\u{301}", "🦊", "\u{FF5A}"]
        let sorted = try texts.map { try FilePath($0) }.sorted().map(\.text)
        let expected = texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        #expect(sorted.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
    }
}
