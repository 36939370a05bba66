import struct Crypto.SHA256
import Foundation
import Models
import NIOCore

/// The bytes of a local file, a block at a time: what an upload sends.
struct FileBytes: AsyncSequence, Sendable {
    let path: String
    /// How many bytes to give: the size the file had when it was hashed.
    let size: UInt64
    /// Told of every block before it is given.
    let willGive: @Sendable (Int) -> Void

    /// Reads on from where it stopped.
    struct AsyncIterator: AsyncIteratorProtocol {
        let bytes: FileBytes
        var file: OpenFile?
        var offset: UInt64 = 0

        mutating func next() async throws(ClientError) -> ByteBuffer? {
            guard offset < bytes.size else { return nil }
            let file = try await open()
            let (start, count) = (offset, Swift.min(Int(bytes.size - offset), OpenFile.blockBytes))
            let block = try await FileQueue.run { () throws(ClientError) in try file.read(at: start, count: count) }
            guard block.readableBytes > 0 else {
                throw .fileSystem(path: bytes.path, reason: "it became shorter while it was pushed; push again")
            }
            offset += UInt64(block.readableBytes)
            bytes.willGive(block.readableBytes)
            return block
        }

        private mutating func open() async throws(ClientError) -> OpenFile {
            if let file { return file }
            let opened = try await OpenFile.opening(bytes.path)
            file = opened
            return opened
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(bytes: self) }
}

/// A SHA-256 over bytes that come bit by bit, with their number.
struct RunningDigest: Sendable {
    private var hasher = SHA256()
    /// Bytes so far.
    private(set) var count: UInt64 = 0

    /// Takes in the readable bytes.
    mutating func update(_ buffer: ByteBuffer) {
        buffer.withUnsafeReadableBytes { hasher.update(bufferPointer: $0) }
        count += UInt64(buffer.readableBytes)
    }

    /// Takes in up to `limit` bytes of a file, from where this digest stands.
    mutating func update(
        _ file: OpenFile, upTo limit: UInt64, observer: (Int) -> Void = { _ in }
    ) async throws(ClientError) {
        while count < limit {
            if Task.isCancelled { throw .cancelled }
            let (start, length) = (count, Int(min(limit - count, UInt64(OpenFile.blockBytes))))
            let block = try await FileQueue.run { () throws(ClientError) in try file.read(at: start, count: length) }
            if block.readableBytes == 0 { return }
            update(block)
            observer(block.readableBytes)
        }
    }

    /// The digest of the bytes so far.
    var digest: Digest {
        guard let digest = Digest(bytes: Array(hasher.finalize())) else {
            preconditionFailure("SHA-256 has 32 bytes")
        }
        return digest
    }
}
