import Foundation
import Models
import Testing

@testable import PeerageClient

@Suite("Files to push")
struct LocalFileTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("all regular files below count, hidden ones too, in the order of their bytes; .git and partial files do not")
    func collects() throws {
        let pushed = ["b.txt", "a/c.txt", ".hidden", "a/.deep/x", "a#?%.bin"]
        let leftOut = [".git/config", "a/.git", ".b.txt.partial"]
        for name in pushed + leftOut { try directory.write("x", to: name) }
        let files = try LocalFile.files(at: directory.url)
        #expect(files.map(\.path.text) == [".hidden", "a#?%.bin", "a/.deep/x", "a/c.txt", "b.txt"])
        #expect(files.allSatisfy { $0.size == 1 })
        #expect(files.last?.localPath == "\(directory.path)/b.txt")
    }

    @Test("a file is pushed under its own name, also through a link the caller named")
    func singleFile() throws {
        let file = try directory.write("hello", to: "deep/model.bin")
        try directory.link("current.bin", to: "deep/model.bin")
        #expect(try LocalFile.files(at: file).map(\.path.text) == ["model.bin"])
        let linked = try LocalFile.files(at: directory.url.appending(path: "current.bin"))
        #expect(linked.map(\.path.text) == ["current.bin"])
        #expect(linked.map(\.size) == [5])
    }

    @Test("links below the directory are refused", arguments: ["/etc/hostname", "real.txt", "sub", "nowhere"])
    func links(target: String) throws {
        try directory.write("x", to: "real.txt")
        try directory.write("x", to: "sub/y")
        try directory.link("link", to: target)
        #expect(throws: ClientError.self) { try LocalFile.files(at: directory.url) }
    }

    @Test("a named pipe is refused")
    func pipes() throws {
        try directory.write("x", to: "a")
        try #require(mkfifo("\(directory.path)/pipe", 0o600) == 0)
        #expect(throws: ClientError.self) { try LocalFile.files(at: directory.url) }
    }

    @Test("an empty directory and a missing path are refused")
    func nothing() throws {
        #expect(throws: ClientError.invalidInput("“\(directory.path)” holds no file to push.")) {
            try LocalFile.files(at: URL(filePath: directory.path))
        }
        #expect(throws: ClientError.self) { try LocalFile.files(at: directory.url.appending(path: "nowhere")) }
    }

    @Test(
        "a name that no version may hold is refused before anything is sent",
        arguments: ["a\\b", "a\u{202E}b", "a\nb"])
    func names(name: String) throws {
        try directory.write("x", to: name)
        #expect(throws: ClientError.self) { try LocalFile.files(at: directory.url) }
    }

    @Test("two names that differ only in Unicode normalisation are refused")
    func normalisation() throws {
        try directory.write("x", to: "\u{FC}")
        try directory.write("x", to: "u\u{308}")
        #expect(throws: ClientError.self) { try LocalFile.files(at: directory.url) }
    }
}
