import Foundation
import Testing

@testable import PeerageClient

@Suite("Directories that files arrive in")
struct DirectoryHandleTests {
    private let directory: TemporaryDirectory
    private let handle: DirectoryHandle

    init() throws {
        directory = try TemporaryDirectory()
        handle = try DirectoryHandle.opening(directory.path)
    }

    @Test("directories are made once and found afterwards")
    func makes() throws {
        _ = try handle.makeDirectory("a").makeDirectory("b")
        _ = try handle.makeDirectory("a").makeDirectory("b").makeFile("c")
        #expect(FileManager.default.fileExists(atPath: "\(directory.path)/a/b/c"))
    }

    @Test("a link to a directory is not entered, and the message says so")
    func links() throws {
        let elsewhere = try TemporaryDirectory()
        try directory.link("a", to: elsewhere.path)
        let error = #expect(throws: ClientError.self) { try handle.makeDirectory("a") }
        #expect(error?.description.contains("symbolic link") == true)
        #expect(try elsewhere.names.isEmpty)
    }

    @Test("a directory that was opened stays the same when its name leads elsewhere")
    func swapped() throws {
        let elsewhere = try TemporaryDirectory()
        let opened = try handle.makeDirectory("a")
        try FileManager.default.moveItem(atPath: "\(directory.path)/a", toPath: "\(directory.path)/b")
        try directory.link("a", to: elsewhere.path)
        _ = try opened.makeFile("file")
        #expect(try elsewhere.names.isEmpty)
        #expect(FileManager.default.fileExists(atPath: "\(directory.path)/b/file"))
    }

    @Test("kinds are told without following links")
    func kinds() throws {
        try directory.write("12345", to: "file")
        try directory.link("link", to: "file")
        _ = try handle.makeDirectory("directory")
        #expect(try handle.status(of: "file")?.kind == .regular)
        #expect(try handle.status(of: "file")?.size == 5)
        #expect(try handle.status(of: "link")?.kind == .symbolicLink)
        #expect(try handle.status(of: "directory")?.kind == .directory)
        #expect(try handle.status(of: "nothing") == nil)
        #expect(try handle.names() == ["directory", "file", "link"])
    }
}
