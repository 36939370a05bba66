import Foundation
import Models
import NIOCore
import Testing

@testable import PeerageClient

@Suite("Files that arrive")
struct PartialFileTests {
    private let directory: TemporaryDirectory
    private let handle: DirectoryHandle

    init() throws {
        directory = try TemporaryDirectory()
        handle = try DirectoryHandle.opening(directory.path)
    }

    @Test("a file takes its place when it is whole, over what stood there")
    func finishes() async throws {
        try directory.write("old", to: "file")
        var partial = try await PartialFile(".file.partial", in: handle, size: 11)
        try await partial.append(ByteBuffer(string: "hello "))
        try await partial.append(ByteBuffer(string: "world"))
        #expect(try directory.read("file") == "old")
        try await partial.flush()
        #expect(partial.digest == Digest(of: Array("hello world".utf8)))
        try await partial.finish(as: "file")
        #expect(try directory.names == ["file"])
        #expect(try directory.read("file") == "hello world")
    }

    @Test("what an earlier pull left is taken up")
    func resumes() async throws {
        try directory.write("hello ", to: ".file.partial")
        var partial = try await PartialFile(".file.partial", in: handle, size: 11)
        #expect(partial.count == 6)
        try await partial.append(ByteBuffer(string: "world"))
        try await partial.flush()
        #expect(partial.digest == Digest(of: Array("hello world".utf8)))
    }

    @Test("a leftover that is longer than the file is thrown away")
    func tooLong() async throws {
        try directory.write("hello world", to: ".file.partial")
        #expect(try await PartialFile(".file.partial", in: handle, size: 5).count == 0)
        #expect(try directory.read(".file.partial").isEmpty)
    }

    @Test("starting again forgets all bytes, written or not")
    func startsAgain() async throws {
        try directory.write("bad", to: ".file.partial")
        var partial = try await PartialFile(".file.partial", in: handle, size: 5)
        try await partial.append(ByteBuffer(string: "xx"))
        try await partial.startAgain()
        #expect(partial.count == 0)
        try await partial.append(ByteBuffer(string: "hello"))
        try await partial.flush()
        #expect(try directory.read(".file.partial") == "hello")
    }

    @Test("two pulls do not write one file")
    func locks() async throws {
        let first = try await PartialFile(".file.partial", in: handle, size: 5)
        await #expect(throws: ClientError.self) { _ = try await PartialFile(".file.partial", in: handle, size: 5) }
        #expect(first.count == 0)
    }

    @Test("nothing is written through a symbolic link")
    func links() async throws {
        try directory.write("precious", to: "target")
        try directory.link(".file.partial", to: "target")
        await #expect(throws: ClientError.self) { _ = try await PartialFile(".file.partial", in: handle, size: 5) }
        #expect(try directory.read("target") == "precious")
    }

    @Test(
        "the name stands beside the file's, and never is another file's",
        arguments: [
            ("a/model.bin", [], ".model.bin.partial"), ("model.bin", ["a/.model.bin.partial"], ".model.bin.partial"),
            ("model.bin", [".model.bin.partial"], nil), (String(repeating: "n", count: 255), [], nil),
        ] as [(String, [String], String?)])
    func names(path: String, others: [String], expected: String?) throws {
        let digest = Digest(of: [])
        let paths = Set(try (others + [path]).map { try FilePath($0) })
        let name = PartialFile.name(for: try FilePath(path), digest: digest, among: paths)
        #expect(name == expected ?? ".\(digest).partial")
    }
}
