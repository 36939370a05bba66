import Foundation
import Models
import NIOCore
import Synchronization
import Testing

@testable import PeerageClient

@Suite("Bytes of a local file")
struct FileBytesTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("a file comes whole, in blocks, and is counted", arguments: [0, 1, OpenFile.blockBytes, 2_500_000])
    func comesWhole(size: Int) async throws {
        let content = String(repeating: "0123456789", count: size / 10 + 1).prefix(size)
        let file = try directory.write(String(content), to: "file")
        let counted = Mutex(0)
        let bytes = FileBytes(path: file.path(percentEncoded: false), size: UInt64(size)) { count in
            counted.withLock { $0 += count }
        }
        var digest = RunningDigest()
        for try await block in bytes {
            #expect(block.readableBytes <= OpenFile.blockBytes)
            digest.update(block)
        }
        #expect(digest.digest == Digest(of: Array(content.utf8)))
        #expect(counted.withLock { $0 } == size)
    }

    @Test("bytes written after the file was hashed are not sent")
    func growingFile() async throws {
        let file = try directory.write("hello, world", to: "file")
        var text = ""
        for try await block in FileBytes(path: file.path(percentEncoded: false), size: 5, willGive: { _ in }) {
            text += String(buffer: block)
        }
        #expect(text == "hello")
    }

    @Test("a file that became shorter is an error, not a short upload")
    func shrinkingFile() async throws {
        let file = try directory.write("hello", to: "file")
        let bytes = FileBytes(path: file.path(percentEncoded: false), size: 6, willGive: { _ in })
        await #expect(throws: ClientError.self) { for try await _ in bytes {} }
    }

    @Test("a link put in the file's place is not followed")
    func swappedFile() async throws {
        try directory.write("secret", to: "target")
        try directory.link("file", to: "target")
        let bytes = FileBytes(path: "\(directory.path)/file", size: 6, willGive: { _ in })
        await #expect(throws: ClientError.self) { for try await _ in bytes {} }
    }
}
